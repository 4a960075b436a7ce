"""What a device tells of its battery, alive and as its last will."""

import msgspec
from mqtt5 import QoS, Will

from contract import topics
from contract.status import Status

LOW_PCT = 20
"""Below it a device saves power."""


def is_low(percent: int | None) -> bool:
    """Whether the end may be near; None: it does not tell."""
    return percent is not None and percent < LOW_PCT


def status_topic(user_id: str) -> str:
    """Where a person's watch keeps its status."""
    return topics.status(user_id, "watch")


def online(percent: int | None) -> bytes:
    """That it is there, with its charge if it tells that."""
    return msgspec.json.encode(Status("online", percent))


def last_will(user_id: str, percent: int | None) -> Will | None:
    """What the broker publishes when the watch is gone without a farewell: was it low, the battery may be why."""
    if percent is None:
        return None
    status = Status("offline", percent if is_low(percent) else None)
    return Will(status_topic(user_id), payload=msgspec.json.encode(status), qos=QoS.AT_LEAST_ONCE, retain=True)
