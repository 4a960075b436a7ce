"""Where a scenario's batches and moments come from: one door for the lives, the recordings and the plans."""

from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from math import ceil
from random import Random
from types import MappingProxyType

from device_simulator.deeds import Step
from device_simulator.lives import Lives
from device_simulator.parcel import Parcel
from device_simulator.people.chance import user_id
from device_simulator.people.person import Person
from device_simulator.plan import plan_of, with_troubles
from device_simulator.recordings import Recordings
from device_simulator.scenario import Scenario

_SPARE = 2
"""Batches made ahead beyond those that the plan's pace needs."""
_HALF_HOUR_S = 1_800


class Source:
    """The batches and the moments of one run.

    Args:
        scenario: which, and when.
        seed: of the lives.
        start_index: of the first device.
        now_ms: the present, milliseconds since 1970 UTC.
        cast: by index, those to whom something happens.

    Attributes:
        indexes: of the devices.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        start_index: int,
        now_ms: int,
        cast: Mapping[int, Person] = MappingProxyType({}),
    ) -> None:
        self._scenario, self._seed = scenario, seed
        self.indexes = range(start_index, start_index + scenario.devices.count)
        self._lives = Lives(
            seed,
            scenario.devices.lives,
            scenario.content,
            now_ms,
            ends=scenario.timing.pace == "return",
            reserve=self._at_once(),
            cast=cast,
        )
        self._days: dict[int, list[tuple[float, Parcel]]] = {}
        self._recordings = Recordings(seed, scenario.devices.lives, self._lives.until)
        self.next = self._recordings.next if scenario.content.of == "workout" else self._lives.next

    def user_id(self, index: int) -> str:
        """A device's own."""
        return user_id(self._seed, index)

    def prepare(self, *, pregenerate: bool = False) -> Iterator[float]:
        """Make what must be there before the first moment, life by life: nobody should wake up while others send.

        Yields:
            After each day of a life, how much is done, 0 to 1.
        """
        # Batches that are due at the same moment can't be made at that moment.
        ahead = pregenerate or self._scenario.timing.pace == "bursts"
        indexes = self.indexes[: self._scenario.devices.lives]
        for number, index in enumerate(indexes):
            for _ in self._prepare_one(index, ahead=ahead):
                yield number / len(indexes)

    def _prepare_one(self, index: int, *, ahead: bool) -> Iterator[None]:
        timing, life = self._scenario.timing, self._lives.life(index)
        if self._scenario.content.of == "workout":
            self._recordings.recording(index)
            yield
        elif timing.pace == "day":
            self._last_day(index)
            yield
        elif timing.pace == "return":
            yield from life.telling(1_000_000)
        else:
            yield from life.telling(self._needed() if ahead else 1)
            life.forgets = timing.duration_s is None or not ahead

    def tell_on(self) -> bool:
        """Make something that will be needed soon, in 2 ms or so; False if there is nothing."""
        return self._lives.tell_on()

    def steps(self, chance: Random) -> Iterator[Step]:
        """The plan."""
        match self._scenario.timing.pace:
            case "day":
                return with_troubles(iter(self._day(chance)), self._scenario, chance)
            case "return":
                return with_troubles(self._return(), self._scenario, chance)
            case _:
                return plan_of(self._scenario, chance)

    def _needed(self) -> int:
        """Batches of each device in the whole run; of bursts without an end, in one round of their sizes."""
        timing, count = self._scenario.timing, self._scenario.devices.count
        rounds = ceil((timing.duration_s or 0) / (timing.interval_s / timing.speed))
        if timing.pace == "bursts":
            sizes = islice(cycle(timing.sizes), rounds or len(timing.sizes))
            rounds = ceil(sum(sizes) / count)
        return rounds + _SPARE

    def _at_once(self) -> int:
        timing, count = self._scenario.timing, self._scenario.devices.count
        return ceil(max(timing.sizes) / count) + _SPARE if timing.pace == "bursts" else 0

    def _last_day(self, index: int) -> list[tuple[float, Parcel]]:
        if index not in self._days:
            self._days[index] = self._lives.last_day(index)
        return self._days[index]

    def _day(self, chance: Random) -> list[Step]:
        timing, lives = self._scenario.timing, self._scenario.devices.lives
        days = [self._last_day(index) for index in self.indexes[:lives]]
        steps: list[Step] = []
        for number in range(len(self.indexes)):
            # Those who live the same day need not be in step to the millisecond.
            later_s = timing.jitter * 600 * chance.random() if number >= lives else 0.0
            steps += (((second + later_s) / timing.speed, number, parcel) for second, parcel in days[number % lives])
        steps.sort(key=lambda step: step[0])
        # The night is left out: nobody wants to watch how nothing happens.
        begin_s = steps[0][0] * timing.speed // _HALF_HOUR_S * _HALF_HOUR_S / timing.speed if steps else 0.0
        return [(due - begin_s, number, deed) for due, number, deed in steps]

    def _return(self) -> Iterator[Step]:
        kept = [self._lives.life(index).tell_all(0) for index in self.indexes]
        for place in range(max(kept, default=0)):
            yield from ((0.0, number, None) for number, count in enumerate(kept) if place < count)
