"""What an installation has been through by the time somebody looks: its devices, and what could not be stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from benchmarks.coached import Lived
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters
from storage.records.devices import Certificate, Device, Devices
from storage.records.letters import DeadLetter

_REASONS = (
    ("meals", "item 2: calories: must be at most 10000", 4),
    ("exercises", "item 0: duration_min: is missing", 2),
    ("heart_rate", "item 0: timestamp: is more than 24 hours ahead of the server's clock", 1),
)
"""Kind, reason, and how many such messages came."""
_STATES = ("online", "online", "online", "offline", None)


async def keep_house(records: Database, lives: Sequence[Lived], now: datetime) -> None:
    """Register a device for each, and keep some letters that nobody could store."""
    devices = Devices(records)
    for lived in lives:
        await devices.add(_device(lived, now))
    letters = [
        DeadLetter(
            f"v1/users/{lived.user_id}/telemetry/{kind}",
            f"{reason}, message {number}".encode(),
            reason,
            now - timedelta(minutes=11 * number + 3),
            lived.user_id,
            kind,
        )
        for (kind, reason, times), lived in zip(_REASONS, lives, strict=False)
        for number in range(times)
    ]
    await DeadLetters(records).add(letters)


def _device(lived: Lived, now: datetime) -> Device:
    state = _STATES[lived.person.index % len(_STATES)]
    registered = now - timedelta(days=90)
    certificate = Certificate(f"{lived.person.index:04x}", registered, now + timedelta(days=300), "none was issued")
    return Device(
        id=f"watch-{lived.person.index}",
        user_id=lived.user_id,
        name="Watch",
        client_id=f"watch-{lived.person.index}",
        key_hash=f"{lived.person.index:064x}",
        registered_at=registered,
        certificate=certificate,
        last_seen_at=now - timedelta(minutes=5) if state else None,
        state=state,
        battery_pct=80.0,
    )
