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
        ends: those are all. Else each person's first day is told from another of its hours, so that a fleet sends of
            everything from its first minute on; and when all days are told, those before them follow, and so on: each
            batch comes once only.
        reserve: batches that may be asked for at once.

    Attributes:
        forgets: only the last days are kept; who asks for one that is older gets the oldest that is kept.
        ahead: from this batch on it is time to tell the next day, if there is a moment to spare.
    """

    __slots__ = ("_beyond", "_content", "_days", "_ends", "_first", "_kept", "_lengths", "_reserve", "ahead", "forgets",
                 "person")  # fmt: skip

    def __init__(self, person: Person, content: Content, until: date, *, ends: bool = False, reserve: int = 0) -> None:
        self.person, self.forgets = person, True
        self._content, self._ends = content, ends
        self._days = self._backwards(until)
        self._kept: list[Parcel] = []
        self._lengths: deque[int] = deque()
        self._first = self._beyond = self.ahead = 0
        self._reserve = reserve

    def parcel(self, number: int) -> tuple[int, Parcel] | None:
        """Its batch of this number, or the oldest that is kept, with its number; None: there are no more."""
        while number >= self._beyond:
            if not self.tell_on():
                return None
        place = number - self._first
        if place < 0:
            return self._first, self._kept[0]
        return number, self._kept[place]

    def tell_all(self, most: int) -> int:
        """Tell so many batches, or all that there are, and keep them; returns how many there are now.

        At least half a day is told. A day takes 2 ms; so a fleet that sends in step needs none all at once.
        """
        for _ in self.telling(most):
            pass
        return self._beyond

    def telling(self, most: int) -> Iterator[None]:
        """The same, day by day."""
        self.forgets = False
        while (self._beyond < most or self.ahead < 0) and self.tell_on():
            yield

    def tell_on(self) -> bool:
        """Tell the next day; False if there is none."""
        day = next(self._days, None)
        if day is None:
            return False
        half = len(day) // 2
        if not self._lengths and not self._ends:
            del day[: int(self.person.index * _GOLDEN % 1 * len(day))]
        self._kept += day
        self._lengths.append(len(day))
        self._beyond += len(day)
        self.ahead = self._beyond - max(half, self._reserve)
        if self.forgets:
            self._forget(2 * self._reserve + len(day))
        return True

    def _forget(self, spared: int) -> None:
        """Let go of the oldest days; so many batches somebody may still ask for who shares this life."""
        while len(self._lengths) > _KEPT_DAYS and len(self._kept) - self._lengths[0] >= spared:
            oldest = self._lengths.popleft()
            del self._kept[:oldest]
            self._first += oldest

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
        ends, reserve: see `Life`.
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
        reserve: int = 0,
        cast: Mapping[int, Person] = MappingProxyType({}),
    ) -> None:
        self._seed, self._lives, self._content = seed, lives, content
        self._ends, self._reserve = ends, reserve
        # A date that has begun in no time zone yet: the day before it has ended, or may be lived to its end.
        self.until = (datetime.fromtimestamp(now_ms / 1000, UTC) - timedelta(hours=12)).date()
        self._known: dict[int, Life] = {}
        self._hungry: dict[Life, int] = {}  # in the order of asking; which batch was asked for
        self._cast = cast

    def life(self, index: int) -> Life:
        """The life of a device."""
        number = index % self._lives
        known = self._known.get(number)
        if known is None:
            person = self.person(index)
            known = Life(person, self._content, self.until, ends=self._ends, reserve=self._reserve)
            self._known[number] = known
        return known

    def person(self, index: int) -> Person:
        """Who lives it."""
        number = index % self._lives
        return self._cast.get(number) or Person.from_seed(self._seed, number)

    def next(self, index: int, cursor: int, _now_ms: int) -> tuple[int, Parcel] | None:
        """What a device publishes next, and its cursor after that; the first cursor is 0."""
        life = self.life(index)
        found = life.parcel(cursor)
        if cursor >= life.ahead and life.forgets:
            self._hungry[life] = cursor
        return (found[0] + 1, found[1]) if found else None

    def tell_on(self) -> bool:
        """Use a moment to spare: tell the next day of a life that will need it soon; False if none does."""
        if not self._hungry:
            return False
        life, asked = next(iter(self._hungry.items()))
        del self._hungry[life]
        if life.tell_on() and asked >= life.ahead:
            self._hungry[life] = asked
        return True

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
