"""Reason codes of a PUBACK (MQTT 5, 3.4.2.1): what became of a message that was published at QoS 1."""

SUCCESS = 0

NO_MATCHING_SUBSCRIBERS = 16
"""Accepted, and gone, since nobody has subscribed to it."""

REFUSED = 128
"""And all above."""
