"""Kills, freezes and contradicts every part while devices publish, and counts what was lost: `make chaos`."""
