"""How fast it is, and what it loses when parts of it are killed: `make bench`, `make chaos`."""
