"""The command line, the settings and the local stack: where the rooms are put together."""
