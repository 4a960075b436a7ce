"""Where it is kept: telemetry in `series/`, people and their records in `records/`."""
