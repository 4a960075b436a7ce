"""Lives that insights are judged by have the columns that are made of them once they are stored."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.lived_days import COLUMNS, live_days
from contract.catalogue import CATALOGUE
from contract.reading import read_batch
from contract.stamping import Horizon, epoch_ms
from device_simulator.people.day import live_day
from device_simulator.people.person import Person
from insights.daily import Unknown, summarise
from insights.days import days_between
from insights.material import read_material
from storage.series.embedded import EmbeddedStore
from storage.series.options import SeriesOptions

LAST, DAYS = date(2026, 3, 31), 5  # with a day of 23 hours where there is summer time


@pytest.mark.parametrize("index", [0, 1, 2])
async def test_a_life_in_memory_is_the_stored_one(index: int, tmp_path: Path) -> None:
    person = Person.from_seed(5, index)
    zone, first = person.home.tz, LAST - timedelta(days=DAYS - 1)
    store = EmbeddedStore(tmp_path / "series.db", SeriesOptions())
    await store.setup()
    try:
        for number in range(DAYS):
            lived = live_day(person, first + timedelta(days=number))
            horizon = Horizon.at(epoch_ms(lived.today.local.start), 365)
            await store.write(
                [
                    read_batch(CATALOGUE[due.kind], person.user_id, due.payload(), horizon).stamped
                    for due in lived.batches
                ]
            )
        material = await read_material(store, person.user_id, days_between(zone, first, LAST), zone)
    finally:
        await store.close()
    stored = summarise(material, Unknown(), zone)
    columns = live_days(person, LAST, DAYS).columns
    for number in range(DAYS):
        figures = stored[first + timedelta(days=number)]
        lived_figures = {name: columns[name][number] for name in COLUMNS if not np.isnan(columns[name][number])}
        assert lived_figures == pytest.approx({name: figures[name] for name in COLUMNS if name in figures}, abs=1e-5)
