"""What devices publish, batch by batch: the lives behind a fleet.

A fleet may be larger than there are lives (`lives` of the scenario). Then several devices live the same days, each
under a user id of its own; a life costs memory and time once. Device `index` lives life `index % lives`, so which life
it has depends on neither the size of the fleet nor the number of machines.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from contract.catalogue import CATALOGUE
from contract.envelope import Batch
from contract.items import Item
from device_simulator.parcel import Parcel
from device_simulator.people.day import live_day
from device_simulator.people.person import Person
from device_simulator.people.state import State, states
from device_simulator.people.uploads import DueBatch
from device_simulator.scenario import Content

_KEPT_DAYS = 2
_GOLDEN = 0.618034
"""Its multiples spread evenly over the unit interval, however many there are."""
_MOST_DAYS_BACK = 1_000
"""Installations keep 1095 days by default."""


class Life:
    """The batches of a person's days, one after the other, from `past_days` before `until` on.

    Args:
        person: who lives.
        content: which batches, and in pieces of which size.
        until: first date beyond.
        ends: those are all. Else, when they are told, those of the days before them follow, and so on: each batch comes
            once only.

    Attributes:
        forgets: only the last days are kept; who asks for one that is older gets the oldest that is kept.
    """

    __slots__ = ("_ahead", "_beyond", "_content", "_days", "_ends", "_slack", "_told", "forgets", "person")

    def __init__(self, person: Person, content: Content, until: date, *, ends: bool = False) -> None:
        self.person, self.forgets = person, True
        self._content, self._ends = content, ends
        self._days = self._backwards(until)
        self._told: deque[tuple[int, list[Parcel]]] = deque()
        self._beyond = self._ahead = 0
        # To live a day takes 2 ms. If all told the next when the last has ended, a fleet that sends in step would stop
        # for a second; so each begins at another place of its day.
        self._slack = person.index * _GOLDEN % 1

    def parcel(self, number: int) -> tuple[int, Parcel] | None:
        """Its batch of this number, or the oldest that is kept, with its number; None: there are no more."""
        while number >= self._ahead:
            if not self._tell_on():
                break
        if number >= self._beyond:
            return None
        for first, told in self._told:
            if number < first + len(told):
                place = max(number - first, 0)
                return first + place, told[place]
        raise AssertionError("every number below the end is in a day that is kept, or before it")

    def tell_all(self, most: int) -> int:
        """Tell so many batches, or all that there are, and keep them; returns how many there are now."""
        self.forgets = False
        while self._beyond < most and self._tell_on():
            pass
        return self._beyond

    def _tell_on(self) -> bool:
        day = next(self._days, None)
        if day is None:
            return False
        if day:
            self._told.append((self._beyond, day))
            self._beyond += len(day)
            self._ahead = self._beyond - int(self._slack * len(day))
            if self.forgets and len(self._told) > _KEPT_DAYS:
                self._told.popleft()
        return True

    def _backwards(self, until: date) -> Iterator[list[Parcel]]:
        span = max(self._content.past_days, 1)
        first = until - timedelta(days=span)
        while (until - first).days <= _MOST_DAYS_BACK:
            for state, number in zip(states(self.person, first), range(span), strict=False):
                yield self._day(first + timedelta(days=number), state)
            if self._ends:
                return
            first -= timedelta(days=span)

    def _day(self, day: date, state: State) -> list[Parcel]:
        lived = live_day(self.person, day, state)
        return [piece for due in lived.batches for piece in pieces(due, self._content)]


def pieces(due: DueBatch, content: Content) -> Iterator[Parcel]:
    """A due batch as it is published: whole, in pieces, or not at all."""
    if content.kinds and due.kind not in content.kinds:
        return
    batch, most = due.batch, content.most_items
    if len(batch.items) <= most:
        yield Parcel.of(due)
        return
    for place in range(0, len(batch.items), most):
        yield Parcel.pack(_piece(batch, place, most), CATALOGUE[due.kind], due.due_ms)


def _piece(batch: "Batch[Item]", place: int, most: int) -> "Batch[Item]":
    batch_id = f"{batch.batch_id}/{place // most}"
    return Batch(batch.user_id, batch.timestamp, batch.source_device, batch.items[place : place + most], batch_id)


class Lives:
    """The lives of a fleet.

    Args:
        seed: of the people.
        lives: how many different ones there are.
        content: of what is published.
        now_ms: the present, milliseconds since 1970 UTC.
        ends: see `Life`.
        cast: by index, those to whom something happens.
    """

    def __init__(
        self,
        seed: int,
        lives: int,
        content: Content,
        now_ms: int,
        *,
        ends: bool = False,
        cast: Mapping[int, Person] = MappingProxyType({}),
    ) -> None:
        self._seed, self._lives, self._content, self._ends = seed, lives, content, ends
        # A date that has begun in no time zone yet: the day before it has ended, or may be lived to its end.
        self.until = (datetime.fromtimestamp(now_ms / 1000, UTC) - timedelta(hours=12)).date()
        self._known: dict[int, Life] = {}
        self._cast = cast

    def life(self, index: int) -> Life:
        """The life of a device."""
        number = index % self._lives
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = Life(self.person(index), self._content, self.until, ends=self._ends)
        return known

    def person(self, index: int) -> Person:
        """Who lives it."""
        number = index % self._lives
        return self._cast.get(number) or Person.from_seed(self._seed, number)

    def next(self, index: int, cursor: int, _now_ms: int) -> tuple[int, Parcel] | None:
        """What a device publishes next, and its cursor after that; the first cursor is 0."""
        found = self.life(index).parcel(cursor)
        return (found[0] + 1, found[1]) if found else None

    def last_day(self, index: int) -> list[tuple[float, Parcel]]:
        """The last whole day of a device's life: when each batch is due, seconds after local midnight."""
        lived = live_day(self.person(index), self.until - timedelta(days=1))
        midnight_ms = lived.today.local.due_ms(0)
        return [
            ((parcel.due_ms - midnight_ms) / 1000, parcel)
            for due in lived.batches
            for parcel in pieces(due, self._content)
            if parcel.due_ms < midnight_ms + lived.today.local.seconds * 1000
        ]
