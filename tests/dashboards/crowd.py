"""A group that is large enough for percentiles: all in care, and copies of them, in the care of one more coach."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import insert, select

from benchmarks.coached import Lived
from contract.daily import DAILY, stamped_days, summary_of
from paceline.demo_people import person_of
from storage.records.consents import Consents
from storage.records.database import Database
from storage.records.people import People, new_person
from storage.records.tables import STANDINGS
from storage.series.protocol import Selection, SeriesStore

LEAD = new_person("group-lead", "coach", "Zora Lead", email="lead@example.org")
COPIES = 24
_NAMESPACE = UUID("0c3c1a52-6c5f-4f0b-9a55-4d6a5b2a7f10")
_FIGURES = ("sleep_min", "steps", "resting_heart_rate_bpm", "hrv_ms", "energy_in_kcal")


@dataclass(frozen=True, slots=True)
class Copy:
    """Somebody whose figures are those of somebody else, times a factor.

    Attributes:
        of: whose.
        factor: by which their days differ.
        silent: columns of which their last week has none.
    """

    of: Lived
    factor: float
    silent: frozenset[str] = frozenset()


def crowd_of(lives: Sequence[Lived]) -> list[Copy]:
    """Everybody as they are, and copies: energy of some, and protein of all copies, is not known."""
    copies = []
    for number in range(COPIES):
        silent = {"protein_g"} | ({"energy_in_kcal"} if number >= COPIES * 2 // 3 else set())
        copies.append(Copy(lives[number % len(lives)], 1 + (number + 1) / 200, frozenset(silent)))
    return [*(Copy(lived, 1.0) for lived in lives), *copies]


async def gather(series: SeriesStore, records: Database, lives: Sequence[Lived]) -> None:
    """Let all of the crowd be, once those whom it is made of are worked out."""
    people, consents = People(records), Consents(records)
    await people.ensure([LEAD])
    for number, copy in enumerate(crowd_of(lives)):
        user_id = copy.of.user_id
        if copy.factor != 1:
            user_id = str(uuid5(_NAMESPACE, str(number)))
            await people.add(replace(person_of(copy.of.person), id=user_id))
            await _write(series, records, copy, user_id)
        await consents.give(user_id, LEAD.id, "training")


async def _write(series: SeriesStore, records: Database, copy: Copy, user_id: str) -> None:
    days = []
    for row in await series.rows(Selection(DAILY, copy.of.user_id)):
        figures = {name: float(row.values[name]) * copy.factor for name in _FIGURES if name in row.values}
        days.append(summary_of(date.fromisoformat(str(row.values["date"])), "UTC", figures))
    await series.write([stamped_days(user_id, days)])
    async with records.write() as connection:
        mine = select(STANDINGS).where(STANDINGS.c.user_id == copy.of.user_id)
        found = dict((await connection.execute(mine)).mappings().one())
        for name in [name for name in found if name.endswith("_week") and found[name] is not None]:
            known = name.removesuffix("_week") not in copy.silent
            found[name] = found[name] * copy.factor if known else None
        await connection.execute(insert(STANDINGS), found | {"user_id": user_id})
