"""HTTP: uploads through a real broker, stored items, health, metrics and problem documents."""
