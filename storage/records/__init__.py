"""The records: what is not a series. People, devices, consents, feedback, standings, audit, dead letters.

SQLite in one file by default, PostgreSQL in production; the same tests hold for both.
"""
