"""From MQTT to the database: read, validated, stored, and only then acknowledged."""
