"""What stored telemetry says: daily summaries, baselines, trends, anomalies and who needs attention.

The modules here are pure functions on numpy arrays; only `insights.service` and what it calls reads and writes. A
daily series is an array with one value a local day, oldest first, and NaN where there is none.
"""
