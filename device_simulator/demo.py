"""A group of people who live beside a running installation: their past is back-filled, then they live on."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain
from pathlib import Path
from time import monotonic

from broker.options import Backoff
from contract.stamping import DAY_MS
from device_simulator.address import Address, Credentials
from device_simulator.clock import Clock, wall_ms
from device_simulator.correspondent import Correspondent
from device_simulator.diary import Diary
from device_simulator.fleet import Fleet, Ways
from device_simulator.flight import DEFAULT_REPEAT, Habits
from device_simulator.ledger import Ledger
from device_simulator.parcel import Parcel
from device_simulator.people.person import Person
from device_simulator.progress import Progress
from device_simulator.resident import Resident
from device_simulator.stopping import unless
from device_simulator.tally import Tally

LIVED_DAYS = 7
"""How many of the days are lived rather than back-filled when people live faster than real time."""

_BATCHES_A_TURN = 8
_LONGEST_SLEEP_S = 30.0
_LAST_RECEIPTS_S = 10.0
_DIARY_EVERY_S = 2.0
_READ_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """Who lives, and where.

    Attributes:
        broker: URL, `mqtt://user:password@host:port` or `mqtts://...`.
        people: how many.
        first_index: the first one's index; several machines take different ones.
        seed: same seed, same lives; 0 or more.
        days: of the past that are published.
        speed: simulated seconds a real second. Above 1, the last `LIVED_DAYS` of the days are lived at this speed
            instead of back-filled, and real time begins when they have caught up with it.
        diary: file that keeps how far everybody's life was confirmed, and what they have yet to read; None: begin anew
            each time.
        credentials: user name and password of a user id; None: those of the URL for all.
        certificates: folder with their client certificates, as `Address` wants it.
        in_flight: most batches of one person on their way.
        repeat: how long a device waits for a receipt before it publishes again.
        report_every_s: between calls of `on_progress`.
        cast: by index, those to whom something happens.
        absent: ids of those who do not live here any more.
    """

    broker: str
    people: int = 20
    first_index: int = 0
    seed: int = 1
    days: int = 30
    speed: float = 1.0
    diary: Path | None = None
    credentials: Credentials | None = None
    certificates: Path | None = None
    in_flight: int = 64
    repeat: Backoff = DEFAULT_REPEAT
    report_every_s: float = 0.5
    cast: Mapping[int, Person] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


async def run_demo(
    options: DemoOptions,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    duration_s: float | None = None,
    stopping: asyncio.Event | None = None,
    tally: Tally | None = None,
    ledger: Ledger | None = None,
) -> Progress:
    """Let people live until cancelled, or for a while.

    Lost connections are made again for as long as it takes. When cancelled, it says farewell to the broker and writes
    the diary.

    Args:
        options: who and where.
        on_progress: called every `report_every_s`, from the event loop.
        duration_s: real seconds; afterwards the last receipts are waited for, some seconds. None: without end.
        stopping: set, it ends in the same way as when the duration is over.
        tally: counts there, so that others can read it meanwhile.
        ledger: gets every batch.

    Returns:
        How far it came.

    Raises:
        Misconfigured: the broker refuses us, and will again.
    """
    return await _Demo(options, tally, ledger).run(
        on_progress or (lambda _: None), duration_s, stopping or asyncio.Event()
    )


class _Demo:
    def __init__(self, options: DemoOptions, tally: Tally | None, ledger: Ledger | None) -> None:
        now_ms = wall_ms()
        self._options = options
        self._tally = tally or Tally()
        self._from_ms = (now_ms // DAY_MS - options.days) * DAY_MS
        self._diary = Diary.read(options.diary, options.seed)
        ways = Ways(address=Address.parse(options.broker, options.credentials, options.certificates))
        habits = Habits(in_flight=options.in_flight, repeat=options.repeat)
        self._fleet = Fleet(ways, habits, self._tally, ledger=ledger)
        indexes = range(options.first_index, options.first_index + options.people)
        people = [options.cast.get(index) or Person.from_seed(options.seed, index) for index in indexes]
        self._residents = [self._move_in(person) for person in people if person.user_id not in options.absent]
        self._lived_ms = min((each.sent_ms for each in self._residents), default=now_ms)
        begin_ms = max(now_ms - LIVED_DAYS * DAY_MS, self._lived_ms) if options.speed > 1 else now_ms
        self._clock = Clock(begin_ms, options.speed)
        self._caught_up = False

    async def run(
        self, on_progress: Callable[[Progress], None], duration_s: float | None, stopping: asyncio.Event
    ) -> Progress:
        self._write_diary()  # better now than never: it may be that it can't
        try:
            async with self._fleet as fleet, asyncio.TaskGroup() as group:
                besides = (self._keep_diary(), self._report(on_progress), self._read())
                tasks = [group.create_task(each) for each in besides]
                await fleet.connect(rate=0)
                await self._live_for(duration_s, stopping)
                for task in tasks:
                    task.cancel()
        finally:
            self._write_diary()
        on_progress(self._progress())
        return self._progress()

    def _move_in(self, person: Person) -> Resident:
        known_as = self._fleet.known_as(person.index, person.user_id)
        device = Correspondent(self._fleet, known_as, person, lambda: self._clock.now_ms())  # noqa: PLW0108  # there is none yet
        device.unread |= self._diary.unread.get(person.user_id, {})
        self._fleet.devices.append(device)
        return Resident(person, device, self._diary.resume_ms.get(person.user_id, self._from_ms))

    async def _live_for(self, duration_s: float | None, stopping: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(duration_s):
                await unless(stopping, self._live())
        await self._wait_last_receipts(stopping)

    async def _live(self) -> None:
        """Publish everybody's batches in the order of time: at once what is due already, the rest when it is.

        The past waits for each device's receipts, and nobody's time is taken. Once lives have caught up, each batch has
        its moment, and nobody waits for another.
        """
        streams = []
        for resident in self._residents:
            batches = resident.batches()
            streams.append(chain([next(batches)], batches))
            await asyncio.sleep(0)  # some days were lived for it, and others share this event loop
        for count, (due_ms, _, resident, batch) in enumerate(merge(*streams)):
            await self._sleep_until(due_ms)
            if not self._caught_up:
                await resident.device.wait_room()
            self._lived_ms = due_ms
            if not resident.device.is_unwelcome:  # who is gone must not keep the others from living on
                self._publish(resident, Parcel.of(batch))
            if count % _BATCHES_A_TURN == 0:
                await asyncio.sleep(0)

    def _publish(self, resident: Resident, parcel: Parcel) -> None:
        resident.sent_ms = parcel.due_ms
        if self._caught_up:
            late_s = -self._clock.until_s(parcel.due_ms)
            self._tally.lateness.record_s(late_s)
            resident.device.owe(monotonic() - late_s, parcel)
        else:
            resident.device.send(None, parcel)

    async def _sleep_until(self, due_ms: int) -> None:
        # In short sleeps, since the wall clock may be set, and the machine may have slept itself.
        while (wait_s := self._clock.wait_s(due_ms)) > 0:
            self._caught_up = True
            await asyncio.sleep(min(wait_s, _LONGEST_SLEEP_S))

    async def _wait_last_receipts(self, stopping: asyncio.Event) -> None:
        stopping.clear()  # asked for once more, it means: at once
        with contextlib.suppress(TimeoutError):  # the progress says how many are missing
            async with asyncio.timeout(_LAST_RECEIPTS_S):
                await unless(stopping, self._fleet.wait_empty())

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(_READ_EVERY_S)
            for each in self._residents:
                each.device.read_due()

    async def _report(self, on_progress: Callable[[Progress], None]) -> None:
        while True:
            on_progress(self._progress())
            await asyncio.sleep(self._options.report_every_s)

    def _progress(self) -> Progress:
        return Progress(
            phase="live" if self._caught_up else "back-fill",
            people=len(self._residents),
            connected=sum(each.device.is_open for each in self._residents),
            in_flight=sum(len(each.device.flights) for each in self._residents),
            owed=sum(each.device.owed for each in self._residents),
            from_ms=self._from_ms,
            lived_ms=self._lived_ms,
            now_ms=self._clock.now_ms(),
            tally=self._tally,
        )

    async def _keep_diary(self) -> None:
        while True:
            await asyncio.sleep(_DIARY_EVERY_S)
            self._write_diary()

    def _write_diary(self) -> None:
        if self._options.diary is not None:
            self._diary.resume_ms.update((each.person.user_id, each.resume_ms) for each in self._residents)
            self._diary.unread.update((each.person.user_id, each.device.unread) for each in self._residents)
            self._diary.write(self._options.diary)
