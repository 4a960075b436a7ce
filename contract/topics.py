"""The topics of the wire: building them, and reading them back."""

import re
from functools import lru_cache

from contract.errors import BatchRejected

ROOT = "v1/users"
EVENTS_STORED = "v1/events/stored"
TELEMETRY_FILTER = f"{ROOT}/+/telemetry/+"
STATUS_FILTER = f"{ROOT}/+/status/+"
CONFIRMATIONS_FILTER = f"{ROOT}/+/outbox/feedback"
REVOCATIONS = "v1/revocations"
REVOCATION_PARTS = f"{REVOCATIONS}/parts/+"
REVOCATIONS_ENFORCED = f"{REVOCATIONS}/enforced"

USER_ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
"""A user id is a level of a topic, a tag and the common name of a certificate: no wildcard, slash, space or dot."""

ME = "me"
"""Stands for the person who asks, in paths and bodies over HTTP; never anybody's id."""

_USER_ID = re.compile(USER_ID_PATTERN, re.ASCII)


def is_user_id(text: str) -> bool:
    """Whether a text can be a user's id."""
    # fullmatch: `$` alone would let a trailing newline through.
    return _USER_ID.fullmatch(text) is not None and text != ME


def telemetry(user_id: str, kind: str) -> str:
    """Where a user's devices publish batches of a kind."""
    return f"{ROOT}/{user_id}/telemetry/{kind}"


def receipts(user_id: str) -> str:
    """Where a user's devices read what became of their batches."""
    return f"{ROOT}/{user_id}/inbox/receipts"


def feedback(user_id: str) -> str:
    """Where a coach's messages arrive."""
    return f"{ROOT}/{user_id}/inbox/feedback"


def confirmations(user_id: str) -> str:
    """Where a device says that it has a coach's message, that it was read, and what the answer is."""
    return f"{ROOT}/{user_id}/outbox/feedback"


def alerts(user_id: str) -> str:
    """Where reminders and warnings arrive."""
    return f"{ROOT}/{user_id}/inbox/alerts"


def sync(user_id: str) -> str:
    """Where a device is asked to publish what it holds."""
    return f"{ROOT}/{user_id}/inbox/sync"


def inbox(user_id: str) -> str:
    """Filter for all that a user's devices are told."""
    return f"{ROOT}/{user_id}/inbox/#"


def status(user_id: str, device: str) -> str:
    """Where a device keeps its retained status."""
    return f"{ROOT}/{user_id}/status/{device}"


def shared(group: str, topic_filter: str) -> str:
    """A filter of which each message goes to one member of the group."""
    return f"$share/{group}/{topic_filter}"


def revocation_part(part: int) -> str:
    """Where one part of what is revoked is retained."""
    return f"{REVOCATIONS}/parts/{part}"


LONGEST_TELEMETRY = len(telemetry("u" * 64, "k" * 64))
"""A topic that is longer names no kind of ours, and must not fill the memory."""


def read_telemetry(topic: str) -> tuple[str, str]:
    """The (user id, kind) of a telemetry topic; the kind need not exist.

    Raises:
        BatchRejected: not a telemetry topic, or the user's part can't be a user id.
    """
    return _read_telemetry(topic) if len(topic) <= LONGEST_TELEMETRY else _read_telemetry.__wrapped__(topic)


@lru_cache(maxsize=65_536)
def _read_telemetry(topic: str) -> tuple[str, str]:
    parts = topic.split("/")
    if len(parts) != 5 or parts[:2] != ["v1", "users"] or parts[3] != "telemetry":
        raise BatchRejected(f"not a telemetry topic: expected {ROOT}/{{user_id}}/telemetry/{{kind}}")
    if not is_user_id(parts[2]):
        raise BatchRejected(
            "the topic's user id must be 1 to 64 letters, digits, '-' or '_', and not 'me'", field="user_id"
        )
    return parts[2], parts[4]
