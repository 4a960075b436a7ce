"""Workouts as they go on: what a watch has recorded at 1 Hz since its last upload, stamped with the present."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from contract.catalogue import CATALOGUE
from contract.envelope import Batch
from contract.items import Item
from device_simulator.parcel import Parcel
from device_simulator.people.day import live_day
from device_simulator.people.person import Person
from device_simulator.people.today import Today
from device_simulator.people.track import track_points

_TRACK = CATALOGUE["track"]
_LOOKED_THROUGH_DAYS = 28
_STAGGER_S = 37
"""So far apart are the people who share a recording."""
_LONGEST_S = 120


class Recordings:
    """The workouts of a fleet, each over and over.

    Args:
        seed: of the people.
        lives: how many different workouts there are.
        until: first date beyond those on which the workouts were planned.
    """

    def __init__(self, seed: int, lives: int, until: date) -> None:
        self._seed, self._lives, self._until = seed, lives, until
        self._known: dict[int, tuple[str, Sequence[Item]]] = {}

    def recording(self, index: int) -> tuple[str, Sequence[Item]]:
        """A device's: its watch, and an item for each second."""
        number = index % self._lives
        if number not in self._known:
            self._known[number] = self._record(number)
        return self._known[number]

    def next(self, index: int, cursor: int, now_ms: int) -> tuple[int, Parcel] | None:
        """What was recorded from the cursor (seconds since 1970 UTC) until now; a few seconds at first."""
        watch, points = self.recording(index)
        end_s = now_ms // 1000
        start_s = max(cursor, end_s - _LONGEST_S) if cursor else end_s - 5
        if end_s <= start_s:
            return None
        first = start_s + index // self._lives * _STAGGER_S
        activity = f"live-{index}-{first // len(points)}"
        items: list[Item] = [
            replace(points[(first + second) % len(points)], time=float(second), activity_id=activity)
            for second in range(end_s - start_s)
        ]
        batch = Batch("-", datetime.fromtimestamp(start_s, UTC), watch, items, f"live-{start_s}")
        return end_s, Parcel.pack(batch, _TRACK, now_ms)

    def _record(self, number: int) -> tuple[str, Sequence[Item]]:
        """The last outdoor workout of a person, or of the next person who has one."""
        while True:
            person = Person.from_seed(self._seed, number)
            for back in range(1, _LOOKED_THROUGH_DAYS):
                today = live_day(person, self._until - timedelta(days=back)).today
                if (place := _outdoors(today)) is not None:
                    return person.devices.watch, track_points(today, place)
            number += self._lives


def _outdoors(today: Today) -> int | None:
    return next((place for place, each in enumerate(today.outline.sessions) if each.sport.outdoors), None)
