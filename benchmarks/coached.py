"""People in care, with what they lived: databases as boards find them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count, islice
from typing import Any

from sqlalchemy import insert

from contract.catalogue import CATALOGUE
from contract.envelope import Batch
from contract.items import Item
from contract.kinds import TrackPoint
from contract.stamping import StampedBatch, epoch_ms, item_times_ms, keys_ns
from device_simulator.people.day import live_day, recorded
from device_simulator.people.person import Person
from device_simulator.people.state import states
from device_simulator.people.stories import PLOTS, with_story
from device_simulator.people.uploads import DueBatch
from insights.options import InsightsOptions
from insights.rebuild import Wanted, rebuild
from paceline.demo_people import COACH, PROFESSIONALS, person_of
from storage.records.consents import WIDEST, Consents
from storage.records.database import Database
from storage.records.feedback import Confirmed, Feedbacks, Message
from storage.records.people import People
from storage.records.source_devices import SourceDevices
from storage.records.tables import ALERTS
from storage.series.protocol import SeriesStore

STORY_DAYS = 28
TRACKED_DAYS = 10
"""Of so many of the newest days, unless said otherwise, workouts have a track at 1 Hz."""
_AT_ONCE = 400


@dataclass(slots=True)
class Lived:
    """A client, and all that their devices published.

    Attributes:
        person: who.
        story: what happened to them; None: nothing.
        batches: up to now.
    """

    person: Person
    story: str | None
    batches: list[DueBatch] = field(default_factory=list)

    @property
    def user_id(self) -> str:
        """As everywhere."""
        return self.person.user_id

    def sessions(self) -> Iterator[tuple[str, int, int]]:
        """Workouts with a track: id, beginning and end, milliseconds since 1970 UTC."""
        spans: dict[str, list[int]] = {}
        for time_ms, item in self.items("track"):
            assert isinstance(item, TrackPoint)
            spans.setdefault(item.activity_id, []).append(time_ms)
        return ((name, min(times), max(times)) for name, times in spans.items())

    def items(self, kind: str) -> Iterator[tuple[int, Item]]:
        """Items of a kind with their times, milliseconds since 1970 UTC."""
        for due in self.batches:
            if due.kind == kind:
                yield from zip(
                    item_times_ms(due.batch.items, epoch_ms(due.batch.timestamp)), due.batch.items, strict=True
                )


def cast(seed: int, ordinary: int, today: date) -> list[Lived]:
    """Some to whom nothing happens, one of them with every device, and one person for each story."""
    people = (Person.from_seed(seed, index) for index in count())
    lives = [Lived(person, None) for person in islice(people, ordinary)]
    lives.append(Lived(next(filter(_measures_all, people)), None))
    for story, plot in PLOTS.items():
        person = next(filter(plot.suits, people))
        lives.append(Lived(with_story(person, story, today - timedelta(days=STORY_DAYS - 1)), story))
    return lives


def _measures_all(person: Person) -> bool:
    return None not in {person.devices.cuff, person.devices.glucose_meter, person.devices.thermometer}


def live(lived: Lived, now: datetime, days: int, tracked: int = TRACKED_DAYS) -> None:
    """Let somebody live these days, the last of them with tracks; what is not due yet is not published."""
    first, now_ms = now.astimezone(lived.person.home.tz).date() - timedelta(days=days), epoch_ms(now)
    for number, state in zip(range(days + 1), states(lived.person, first), strict=False):
        day = live_day(lived.person, first + timedelta(days=number), state)
        batches = list(day.batches)
        if number > days - tracked:
            for session in range(len(day.today.outline.sessions)):
                batches += recorded(day, session)
        lived.batches += [due for due in batches if due.due_ms <= now_ms]


async def store(series: SeriesStore, records: Database, lives: Sequence[Lived]) -> None:
    """Make their accounts, with consents for coach and nutritionist, and store what they published."""
    people, consents = People(records), Consents(records)
    await people.ensure([*PROFESSIONALS, *(person_of(lived.person) for lived in lives)])
    for lived in lives:
        for professional in PROFESSIONALS:
            await consents.give(lived.user_id, professional.id, WIDEST[professional.role])
        devices = {(lived.user_id, due.batch.source_device) for due in lived.batches}
        await SourceDevices(records).admit(devices)
        stamped_batches = [stamped(due.kind, due.batch) for due in lived.batches]
        for at in range(0, len(stamped_batches), _AT_ONCE):
            await series.write(stamped_batches[at : at + _AT_ONCE])


def stamped(kind_name: str, batch: "Batch[Item]", user_id: str | None = None) -> StampedBatch:
    """A batch with its points."""
    kind = CATALOGUE[kind_name]
    times = item_times_ms(batch.items, epoch_ms(batch.timestamp))
    keys = keys_ns(kind, batch.items, times)
    return StampedBatch(
        kind, user_id or batch.user_id, batch.source_device, batch.items, range(len(batch.items)), times, keys
    )


async def write_to(records: Database, lived: Lived, now: datetime) -> None:
    """A coach writes to somebody, with targets; they answer, and are alerted to something."""
    feedbacks, sent_at = Feedbacks(records), now - timedelta(days=12)
    message = Message(
        id=f"feedback-{lived.person.index}",
        user_id=lived.user_id,
        author_id=COACH.id,
        author_role=COACH.role,
        sent_at=sent_at,
        text="A day of rest before the long run, and some more protein.",
        tags=("adjust",),
        targets={"energy_in_kcal": 2_400, "protein_g": 110},
    )
    await feedbacks.add(message)
    said = Confirmed(lived.user_id, message.id, sent_at, "Will do.", "answer-1")
    await feedbacks.confirm([said], sent_at + timedelta(hours=3))
    alert: dict[str, Any] = {
        "id": f"alert-{lived.person.index}",
        "user_id": lived.user_id,
        "rule": "inactivity",
        "cause": "meals",
    }
    alert |= {"day": now.date(), "raised_at": now - timedelta(days=3), "text": "Nothing was logged yesterday."}
    async with records.write() as connection:
        await connection.execute(insert(ALERTS), alert)


async def work_out(series: SeriesStore, records: Database) -> None:
    """Summaries and standings, as the service makes them."""
    progress = await rebuild(Wanted(), InsightsOptions(retention_days=500), series, records)
    assert progress.failed == 0
