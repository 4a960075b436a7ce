"""Simulated people: same seed, same lives; plausible; and nothing that the contract would refuse."""
