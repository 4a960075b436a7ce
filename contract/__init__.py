"""What may be said: kinds of measurement, units, bounds, topics, receipts and events.

Pure values and functions without I/O. Everything else in the house imports this room; it imports none of ours.
"""
