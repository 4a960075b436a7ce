"""A calendar day in a time zone, of 23, 24 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import floor
from typing import Self

from contract.stamping import epoch_ms


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day that begins with local midnight and ends with the next.

    Attributes:
        day: the date, local.
        zone: the time zone.
        start: its first moment, UTC.
        seconds: its length.
    """

    day: date
    zone: tzinfo
    start: datetime
    seconds: float

    @classmethod
    def of(cls, day: date, zone: tzinfo) -> Self:
        """The day of this date in a zone."""
        start = _moment(day, 0, zone)
        return cls(day, zone, start, (_moment(day, 1440, zone) - start).total_seconds())

    def second(self, minute: float) -> float:
        """Seconds from the day's start to a minute of its wall clock, which may lie beyond the day."""
        return (_moment(self.day, minute, self.zone) - self.start).total_seconds()

    def moment(self, second: float) -> datetime:
        """The UTC time of a second after the day's start, to the second."""
        return self.start + timedelta(seconds=floor(second))  # cut, as clocks do: nothing is stamped after it is sent

    def due_ms(self, second: float) -> int:
        """The same in milliseconds since 1970 UTC, to the millisecond."""
        return epoch_ms(self.start) + round(second * 1000)


def _moment(day: date, minute: float, zone: tzinfo) -> datetime:
    # Adding to an aware datetime moves its wall clock; going to UTC afterwards says when that is.
    return (datetime.combine(day, time(), zone) + timedelta(minutes=minute)).astimezone(UTC)
