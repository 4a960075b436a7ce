"""Asking what the boards ask, as Grafana would: for tests, for measurements, and for pictures without a Grafana.

`Asker` takes a board's JSON, expands variables and macros, sends each question to the real database, and applies the
panel's transformations.
"""
