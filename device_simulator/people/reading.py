"""When a person reads what a coach wrote to them: some minutes after it came, and never asleep.

Half of the messages that come to a phone are looked at within 6.15 minutes, the others later (Pielot, de Oliveira, Kwak
& Oliver, CHI 2014:3319-3328). How far delays spread around that is our choice: one in ten takes half an hour and more.
"""

import math
from datetime import UTC, datetime, timedelta
from zlib import crc32

from device_simulator.people.chance import Stream
from device_simulator.people.localday import LocalDay
from device_simulator.people.outline import outline
from device_simulator.people.person import Person

_MEDIAN_MIN = 6.15
_SPREAD = 1.2
"""Standard deviation of the delay's logarithm."""
_LONGEST_MIN = 180.0


def reads_at_ms(person: Person, message_id: str, came_ms: int) -> int:
    """When a person reads a message; the same for the same person, message and moment.

    Args:
        person: who reads.
        message_id: what.
        came_ms: when their phone had it, milliseconds since 1970 UTC.
    """
    rng = person.chances(crc32(message_id.encode()), Stream.READING)
    delay_ms = round(60_000 * min(_MEDIAN_MIN * math.exp(_SPREAD * rng.standard_normal()), _LONGEST_MIN))
    awake_ms = _awake_ms(person, came_ms + delay_ms)
    return came_ms + delay_ms if awake_ms is None else awake_ms + delay_ms


def _awake_ms(person: Person, moment_ms: int) -> int | None:
    """When a person who is asleep wakes; None: they are awake."""
    today = datetime.fromtimestamp(moment_ms / 1_000, UTC).astimezone(person.home.tz).date()
    for waking in (today, today + timedelta(days=1)):
        evening = waking - timedelta(days=1)
        before, after = LocalDay.of(evening, person.home.tz), LocalDay.of(waking, person.home.tz)
        asleep_ms = before.due_ms(before.second(outline(person, evening).bed_min))
        awake_ms = after.due_ms(after.second(outline(person, waking).wake_min))
        if asleep_ms <= moment_ms < awake_ms:
            return awake_ms
    return None
