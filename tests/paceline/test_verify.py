"""Simulations against the real ingestor, and the store held against their ledgers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from contract.catalogue import CATALOGUE
from contract.kinds import Meal
from contract.stamping import StampedBatch
from device_simulator.address import Address
from device_simulator.ledger import Ledger
from device_simulator.ledger_reader import Entry, read_ledger
from device_simulator.run import Run, RunOptions
from device_simulator.scenario import changed, load_scenario
from paceline.cli import app
from paceline.verify import Verdict, verify
from storage.series.opening import open_series_store
from storage.series.protocol import Selection
from tests.ingestor.conftest import Running, running_ingestor
from tests.servers.influx import InfluxServer
from tests.servers.mosquitto import MosquittoServer

LIMIT_S = 60
FEW: dict[str, Any] = {"count": 10, "lives": 10, "connect_rate": 0.0}


@pytest.fixture
async def ingesting(own_mosquitto: MosquittoServer, tmp_path: Path) -> AsyncIterator[Running]:
    store = open_series_store(tmp_path / "series.db")
    records = f"sqlite:///{tmp_path / 'records.db'}"
    async with running_ingestor(own_mosquitto.port, store, records, f"ingestor-{uuid4().hex}") as running:
        yield running


@pytest.fixture
async def ingesting_into_influx(
    own_mosquitto: MosquittoServer, influx: InfluxServer, tmp_path: Path
) -> AsyncIterator[Running]:
    store = open_series_store(influx.url, influx.options(f"verify_{uuid4().hex}"))
    records = f"sqlite:///{tmp_path / 'records.db'}"
    async with running_ingestor(own_mosquitto.port, store, records, f"ingestor-{uuid4().hex}") as running:
        yield running


async def simulated(ingesting: Running, path: Path, name: str, **tables: dict[str, Any]) -> tuple[Run, list[Entry]]:
    scenario = changed(load_scenario(name), **{"devices": FEW, **tables})
    address = Address.parse(f"mqtt://127.0.0.1:{ingesting.port}")
    run = Run(RunOptions(scenario=scenario, address=address, seed=4, ledger=path, grace_s=LIMIT_S))
    async with asyncio.timeout(LIMIT_S):
        await run.run(asyncio.Event())
    return run, list(read_ledger(path)[1])


def meal_again(entry: Entry, meal_id: str, time_ms: int) -> StampedBatch:
    """The same meal as a device without the contract's care would send it again: at another time."""
    meals = CATALOGUE["meals"]
    items = [Meal(meal_id=meal_id, calories=1)]
    moved_ms = [time_ms + 10]
    keys = [entry.points[0] + 1]
    return StampedBatch(meals, entry.user_id, entry.source_device, items, [0], moved_ms, keys)


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("steady", {"timing": {"interval_s": 0.05, "duration_s": 1.0}}),
        ("day", {"timing": {"speed": 86_400.0}}),
        ("live", {"timing": {"interval_s": 1.0, "duration_s": 2.5}, "devices": {**FEW, "lives": 2}}),
        ("offline", {"content": {"past_days": 1}}),
        (
            "flaky",
            {
                "timing": {"interval_s": 0.1, "duration_s": 1.5},
                "faults": {"away_s": 0.1, "dropped": 0.1, "duplicated": 0.2, "reordered": 0.2},
            },
        ),
        ("hostile", {"timing": {"interval_s": 0.05, "duration_s": 1.0}}),
    ],
)
async def test_all_that_a_scenario_publishes_is_stored_once(
    ingesting: Running, tmp_path: Path, name: str, tables: dict[str, Any]
) -> None:
    run, entries = await simulated(ingesting, tmp_path / "ledger", name, **tables)
    verdict = await verify([entries], ingesting.store)
    assert verdict.is_good, verdict.lines()
    assert verdict.published == verdict.receipted == len(entries) == run.tally.published > 20
    assert verdict.stored == verdict.items > 50
    assert verdict.rejected == 0
    if name == "hostile":
        assert run.tally.attacks > 20
        assert await ingesting.letters()


@pytest.mark.parametrize("name", ["day", "live"])
async def test_influxdb_is_held_to_the_same(ingesting_into_influx: Running, tmp_path: Path, name: str) -> None:
    tables: dict[str, Any] = {
        "day": {"timing": {"speed": 86_400.0}},
        "live": {"timing": {"interval_s": 0.1, "duration_s": 2.5}},
    }[name]
    _, entries = await simulated(ingesting_into_influx, tmp_path / "ledger", name, **tables)
    store = ingesting_into_influx.store
    verdict = await verify([entries], store)
    assert verdict.is_good, verdict.lines()
    assert verdict.stored == verdict.items > 50
    await store.delete_user(entries[0].user_id)
    broken = await verify([entries], store)
    lost = {entry.batch_id for entry in entries if entry.user_id == entries[0].user_id}
    assert {each.entry.batch_id for each in broken.missing} == lost


async def test_what_is_not_there_is_told_with_its_ids(ingesting: Running, tmp_path: Path) -> None:
    _, entries = await simulated(
        ingesting, tmp_path / "ledger", "steady", timing={"interval_s": 0.05, "duration_s": 0.5}
    )
    await ingesting.store.delete_user(entries[0].user_id)
    verdict = await verify([entries], ingesting.store)
    lost = [entry for entry in entries if entry.user_id == entries[0].user_id]
    assert {each.entry.batch_id for each in verdict.missing} == {entry.batch_id for entry in lost}
    assert verdict.missing_items == sum(len(entry.points) for entry in lost)
    assert verdict.stored + verdict.missing_items == verdict.items
    assert any(lost[0].batch_id in line for line in verdict.lines())
    assert not verdict.is_good


async def test_an_item_with_two_points_is_doubled(ingesting: Running, tmp_path: Path) -> None:
    _, entries = await simulated(ingesting, tmp_path / "ledger", "day", timing={"speed": 86_400.0})
    meal = next(entry for entry in entries if entry.kind == "meals")
    rows = await ingesting.store.rows(Selection(CATALOGUE["meals"], meal.user_id))
    row = next(row for row in rows if row.key_ns == meal.points[0])
    await ingesting.store.write([meal_again(meal, str(row.values["meal_id"]), row.time_ms)])
    verdict = await verify([entries], ingesting.store)
    assert (verdict.doubled, verdict.missing) == (1, [])
    assert not verdict.is_good


async def test_rejected_items_are_not_expected(ingesting: Running, tmp_path: Path) -> None:
    _, entries = await simulated(ingesting, tmp_path / "ledger", "day", timing={"speed": 86_400.0})
    await ingesting.store.delete_user(entries[0].user_id)
    for entry in entries:
        if entry.user_id == entries[0].user_id:
            entry.rejected = list(range(len(entry.points)))
    verdict = await verify([entries], ingesting.store)
    assert verdict.is_good
    assert verdict.rejected > 0


async def test_the_command_ends_with_status_1_when_something_is_missing(ingesting: Running, tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    _, entries = await simulated(ingesting, path, "steady", timing={"interval_s": 0.05, "duration_s": 0.5})
    arguments = ["simulate", "verify", str(path), "--data", str(tmp_path)]
    whole = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert (whole.exit_code, "missing                  0 items" in whole.output) == (0, True), whole.output
    await ingesting.store.delete_user(entries[0].user_id)
    broken = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert broken.exit_code == 1
    assert entries[0].batch_id in broken.output


async def test_little_at_a_time_it_finds_the_same(ingesting: Running, tmp_path: Path) -> None:
    _, entries = await simulated(
        ingesting, tmp_path / "ledger", "steady", timing={"interval_s": 0.02, "duration_s": 0.8}
    )
    for user_id in {entry.user_id for entry in entries[:3]}:
        await ingesting.store.delete_user(user_id)
    whole = await verify([entries], ingesting.store)
    assert await verify([entries], ingesting.store, portion=1, listed=0) == replace(whole, missing=[])
    assert whole.missing_batches == len(whole.missing) > 3
    assert whole.stored > 0


async def test_ledgers_of_several_processes_are_held_to_the_store_together(ingesting: Running, tmp_path: Path) -> None:
    paths = [tmp_path / "first", tmp_path / "other"]
    for path in paths:
        await simulated(ingesting, path, "steady", timing={"interval_s": 0.05, "duration_s": 0.5})
    arguments = ["simulate", "verify", *map(str, paths), "--data", str(tmp_path)]
    entries = [entry for path in paths for entry in read_ledger(path)[1]]
    whole = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert (whole.exit_code, whole.output.split()[1]) == (0, str(len(entries))), whole.output
    for user_id in {entry.user_id for entry in entries}:
        await ingesting.store.delete_user(user_id)
    few, every = [await asyncio.to_thread(CliRunner().invoke, app, [*arguments, *more]) for more in ([], ["--all"])]
    assert sum(entry.batch_id in few.output for entry in entries) < len(entries)
    assert all(entry.batch_id in every.output for entry in entries)


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger", "steady", 1).close()
    arguments = ["simulate", "verify", str(tmp_path / "ledger"), "--data", str(tmp_path / "nowhere")]
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, "there is no store" in done.output) == (1, True)
    assert not (tmp_path / "nowhere").exists()


def test_without_a_ledger_the_command_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["simulate", "verify", str(tmp_path / "none"), "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "can't be read" in done.output


async def test_nothing_published_is_nothing_missing(ingesting: Running) -> None:
    assert await verify([], ingesting.store) == Verdict()
