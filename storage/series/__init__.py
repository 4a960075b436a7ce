"""Telemetry: one protocol, and two stores that keep it: InfluxDB, or one SQLite file."""
