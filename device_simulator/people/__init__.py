"""Simulated people: who they are, and what each of their days holds. Pure functions of (seed, index, date)."""
