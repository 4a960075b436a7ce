"""The records: what is not a series. People, devices, feedback, goals and audit will stand beside the dead letters.

SQLite in one file by default, PostgreSQL in production; the same tests hold for both.
"""
