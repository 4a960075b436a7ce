"""When devices upload.

The watch sends its heart rate hour by hour; what is measured in the morning is sent at once. Steps and what people log
wait for an occasion on which they look at their phones: 10:00, 14:00, 18:00 and 22:00 local time, within some minutes.
Not everything goes on the first occasion, least of all before work is over: so 18:00 has most.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from contract import topics
from contract.envelope import MAX_ITEMS, Batch
from contract.items import Item
from contract.stamping import epoch_ms
from device_simulator.people.chance import Stream, thing_id
from device_simulator.people.mornings import Measured
from device_simulator.people.pulse import HOUR_S
from device_simulator.people.today import Today

_OCCASIONS_MIN = (600, 840, 1_080, 1_320, 2_040)
"""Minutes after local midnight; the last is tomorrow's first, for what came too late today."""
_PUT_OFF = (0.55, 0.5, 0.03, 0.15)
"""Chance that what is ready on each of today's occasions waits for the next."""
_ON_OCCASION = ("steps", "meals", "exercises", "sets")
_AT_ONCE_S = 45
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, eq=False)
class DueBatch:
    """A batch and the moment when its device publishes it.

    Attributes:
        due_ms: milliseconds since 1970 UTC.
        kind: of measurement.
        batch: the envelope with its items; always with a batch id.
    """

    due_ms: int
    kind: str
    batch: "Batch[Item]"

    @property
    def batch_id(self) -> str:
        """As the receipt will name it."""
        return self.batch.batch_id or ""

    @property
    def topic(self) -> str:
        """Where it is published."""
        return topics.telemetry(self.batch.user_id, self.kind)

    def payload(self) -> bytes:
        """As it is published."""
        return _encoder.encode(self.batch)


def uploads(
    today: Today, hours: Sequence[list[Item]], steps: Iterable[tuple[float, Item]], rest: Iterable[Measured]
) -> list[DueBatch]:
    """All batches of a day in the order in which they are due.

    Args:
        today: the day.
        hours: heart rate, hour by hour.
        steps: with the second at which each half-hour ends; `time` counts from the day's start.
        rest: all that carries its own timestamp.
    """
    rng = today.person.chances(today.ordinal, Stream.UPLOADS)
    normal, (lag,) = rng.standard_normal(len(_OCCASIONS_MIN)).tolist(), rng.integers(60, 600, 1).tolist()
    put_off = (rng.random((len(_ON_OCCASION), len(_PUT_OFF))) < _PUT_OFF).tolist()
    occasions = _Occasions(
        [today.local.second(minute) + 300 * each for minute, each in zip(_OCCASIONS_MIN, normal, strict=True)],
        dict(zip(_ON_OCCASION, put_off, strict=True)),
    )
    due = [_hour(today, number, samples, lag) for number, samples in enumerate(hours) if samples]
    due += _steps(today, steps, occasions)
    due += _rest(today, rest, occasions)
    return sorted(due, key=lambda each: (each.due_ms, each.kind, each.batch_id))


@dataclass(frozen=True, slots=True)
class _Occasions:
    """When people look at their phones (seconds of the day), and of which kinds something is put off then."""

    seconds: list[float]
    put_off: dict[str, list[bool]]

    def after(self, kind: str, second: float) -> int:
        """The number of the occasion on which something of that moment is sent; put off at most once."""
        at = min(bisect_left(self.seconds, second), len(_PUT_OFF))
        return at + (at < len(_PUT_OFF) and self.put_off[kind][at])


def in_pieces(today: Today, kind: str, start: datetime, items: Sequence[Item], size: int) -> list[DueBatch]:
    """A stream of the watch (items with `time`, from `start`) in batches of at most `size` items.

    Each is due when its last item is measured.
    """
    size = min(size, MAX_ITEMS)
    pieces = [list(items[at : at + size]) for at in range(0, len(items), size)]
    return [
        _batch(
            today,
            kind,
            piece,
            due_ms=epoch_ms(start) + int((piece[-1].time or 0) * 1000),
            timestamp=start,
            name=f"{epoch_ms(start)}/{number}",
        )
        for number, piece in enumerate(pieces)
    ]


def _hour(today: Today, number: int, samples: list[Item], lag: int) -> DueBatch:
    due_ms = today.local.due_ms((number + 1) * HOUR_S + lag)
    start = today.local.moment(number * HOUR_S)
    return _batch(today, "heart_rate", samples, due_ms=due_ms, timestamp=start, name=number)


def _steps(today: Today, steps: Iterable[tuple[float, Item]], occasions: _Occasions) -> Iterator[DueBatch]:
    gathered: dict[int, list[Item]] = {}
    for second, item in steps:
        gathered.setdefault(occasions.after("steps", second), []).append(item)
    for at, items in gathered.items():
        due_ms = today.local.due_ms(occasions.seconds[at])
        yield _batch(today, "steps", items, due_ms=due_ms, timestamp=today.local.start, name=at)


def _rest(today: Today, rest: Iterable[Measured], occasions: _Occasions) -> Iterator[DueBatch]:
    gathered: dict[tuple[int, str, str], list[Item]] = {}
    for second, kind, device, item in rest:
        if kind in _ON_OCCASION:
            gathered.setdefault((occasions.after(kind, second), kind, device), []).append(item)
        else:
            yield _sent(today, second + _AT_ONCE_S, kind, [item], device=device, name=f"at {second}")
    for (at, kind, device), items in gathered.items():
        yield _sent(today, occasions.seconds[at], kind, items, device=device, name=str(at))


def _sent(today: Today, second: float, kind: str, items: list[Item], *, device: str, name: str) -> DueBatch:
    due_ms, timestamp = today.local.due_ms(second), today.local.moment(second)
    return _batch(today, kind, items, due_ms=due_ms, timestamp=timestamp, name=name, device=device)


def _batch(
    today: Today,
    kind: str,
    items: list[Item],
    *,
    due_ms: int,
    timestamp: datetime,
    name: int | str,
    device: str | None = None,
) -> DueBatch:
    """One batch, of the watch unless said otherwise; `name` tells it from the day's others of its kind."""
    user_id = today.person.user_id
    batch_id = thing_id(user_id, f"batch/{kind}/{today.local.day}/{name}")
    return DueBatch(due_ms, kind, Batch(user_id, timestamp, device or today.person.devices.watch, items, batch_id))
