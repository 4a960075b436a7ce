"""Scenarios carried out against a real Mosquitto, with somebody who answers."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker.options import Backoff
from contract.errors import BrokerUnavailable, Misconfigured
from device_simulator.address import Address
from device_simulator.flight import DEFAULT_REPEAT
from device_simulator.ledger_reader import read_ledger
from device_simulator.report import report
from device_simulator.run import Phase, Run, RunOptions
from device_simulator.scenario import changed, load_scenario
from tests.device_simulator.answerer import Answerer, ignore, store
from tests.device_simulator.watched import WatchedTally
from tests.servers.mosquitto import MosquittoServer

LIMIT_S = 60


def run_of(own_mosquitto: MosquittoServer, name: str, tables: dict[str, dict[str, Any]], **more: Any) -> Run:
    tables = {"devices": {"count": 10, "lives": 10, "connect_rate": 0.0}, **tables}
    options = RunOptions(
        scenario=changed(load_scenario(name), **tables), address=Address.parse(str(own_mosquitto.endpoint)), seed=3
    )
    return Run(replace(options, **more), WatchedTally())


async def carry_out(run: Run) -> WatchedTally:
    async with asyncio.timeout(LIMIT_S):
        await run.run(asyncio.Event())
    assert run.phase is Phase.ENDED
    assert isinstance(run.tally, WatchedTally)
    return run.tally


async def test_every_batch_of_a_steady_run_is_published_once_and_has_its_receipt(
    own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path
) -> None:
    run = run_of(
        own_mosquitto,
        "steady",
        {"timing": {"interval_s": 0.1, "duration_s": 1.0}},
        ledger=tmp_path / "ledger",
    )
    tally = await carry_out(run)
    assert tally.published == 100 - run_late(run)
    assert tally.published == tally.acknowledged == tally.receipted == len(answerer.firsts)
    assert (tally.puback.count, tally.receipt.count, tally.connect.count) == (tally.published, tally.published, 10)
    assert tally.failures == 0
    _, entries = read_ledger(tmp_path / "ledger")
    assert Counter(entry.batch_id for entry in entries) == Counter(heard.batch_id for heard in answerer.firsts)
    assert all(entry.acknowledged and entry.status == "stored" for entry in entries)


def run_late(run: Run) -> int:
    """Jitter puts some of the last sends beyond the end."""
    return 100 - run.tally.lateness.count


async def test_the_same_seed_publishes_the_same(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    for _ in range(2):
        await carry_out(run_of(own_mosquitto, "steady", {"timing": {"interval_s": 0.1, "duration_s": 0.5}}))
    first = {(heard.topic, heard.payload) for heard in answerer.firsts}
    assert first == {(heard.topic, heard.payload) for heard in answerer.repeats}


async def test_made_ahead_it_publishes_the_same(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    tables = {"timing": {"interval_s": 0.01, "duration_s": 0.5}}
    await carry_out(run_of(own_mosquitto, "steady", tables))
    await carry_out(run_of(own_mosquitto, "steady", tables, pregenerate=True))
    assert {heard.batch_id for heard in answerer.firsts} == {heard.batch_id for heard in answerer.repeats}


async def test_without_a_subscriber_nothing_counts_as_delivered(own_mosquitto: MosquittoServer) -> None:
    tables = {"timing": {"interval_s": 0.1, "duration_s": 0.5}}
    tally = await carry_out(run_of(own_mosquitto, "steady", tables, receipts=False))
    assert tally.published == tally.not_delivered == tally.puback.count > 20
    assert (tally.acknowledged, tally.receipted, tally.failures) == (0, 0, 0)


async def test_a_broker_that_is_not_there_is_told_before_anything_else(own_mosquitto: MosquittoServer) -> None:
    own_mosquitto.stop()
    run = run_of(own_mosquitto, "steady", {})
    with pytest.RaisesGroup(BrokerUnavailable, flatten_subgroups=True, allow_unwrapped=True):
        await carry_out(run)


async def test_more_devices_than_the_machine_has_ports_for_are_told_so(own_mosquitto: MosquittoServer) -> None:
    with pytest.raises(Misconfigured, match=r"ulimit|ports"):
        await carry_out(run_of(own_mosquitto, "steady", {"devices": {"count": 1_000_000}}))


async def test_a_day_has_its_four_peaks_and_small_batches(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    tally = await carry_out(run_of(own_mosquitto, "day", {"devices": {"count": 40}, "timing": {"speed": 86_400.0}}))
    assert tally.published == tally.receipted == len(answerer.firsts) > 200
    assert all(heard.items <= 10 for heard in answerer.heard)
    assert {heard.topic.rpartition("/")[2] for heard in answerer.heard} == {"meals", "exercises", "sets", "steps"}


async def test_a_peak_larger_than_what_may_be_under_way_leaves_late_but_whole(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    run = run_of(
        own_mosquitto,
        "peak",
        {
            "devices": {"count": 10, "in_flight": 4},
            "timing": {"interval_s": 0.3, "sizes": (10, 300), "duration_s": 0.5},
        },
    )
    tally = await carry_out(run)
    assert tally.published == tally.receipted == 310


async def test_live_workouts_come_second_by_second(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    tables: dict[str, dict[str, Any]] = {
        "devices": {"count": 6, "lives": 2},
        "timing": {"interval_s": 1.0, "duration_s": 3.0},
    }
    tally = await carry_out(run_of(own_mosquitto, "live", tables))
    assert tally.published == tally.receipted > 6
    document = msgspec.json.decode(answerer.heard[-1].payload)
    assert {"time", "activity_id", "lat", "lng", "heart_rate"} <= set(document["items"][0])
    assert len({msgspec.json.decode(heard.payload)["user_id"] for heard in answerer.heard}) == 6


async def test_devices_that_come_back_bring_everything_that_they_have_kept(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    tally = await carry_out(run_of(own_mosquitto, "offline", {"devices": {"count": 5}, "content": {"past_days": 2}}))
    assert tally.published == tally.receipted == len(answerer.firsts)
    users = Counter(msgspec.json.decode(heard.payload)["user_id"] for heard in answerer.firsts)
    assert len(users) == 5
    assert min(users.values()) > 40


async def test_drops_doubles_and_wrong_clocks_lose_nothing(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    run = run_of(
        own_mosquitto,
        "flaky",
        {
            "timing": {"interval_s": 0.1, "duration_s": 2.0},
            "faults": {"away_s": 0.05, "dropped": 0.1, "duplicated": 0.2, "reordered": 0.2, "low_battery": 0.3},
        },
    )
    tally = await carry_out(run)
    assert tally.published == tally.receipted == len(answerer.firsts) > 100
    assert tally.repeated >= len(answerer.repeats) > 0
    assert tally.connect.count > 10
    assert tally.failures == 0, "a drop on purpose is no error"


async def test_everybody_reconnects_in_a_storm(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    tables: dict[str, dict[str, Any]] = {
        "timing": {"interval_s": 0.2, "duration_s": 1.4},
        "faults": {"reconnect_every_s": 0.5},
    }
    tally = await carry_out(run_of(own_mosquitto, "storm", tables))
    assert tally.connect.count == 30
    assert tally.published == tally.receipted == len(answerer.firsts)


class Asked(asyncio.Event):
    """Tells when it was heard and put back."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = asyncio.Event()

    def clear(self) -> None:
        super().clear()
        self.heard.set()


async def test_ctrl_c_waits_for_the_last_receipts_and_twice_does_not(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    answerer.policy = ignore
    stopping = Asked()
    run = run_of(own_mosquitto, "steady", {"timing": {"interval_s": 0.1}}, grace_s=LIMIT_S)
    tally = run.tally
    assert isinstance(tally, WatchedTally)
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        running = group.create_task(run.run(stopping))
        await tally.wait(lambda tally: tally.acknowledged >= 20)
        stopping.set()
        await stopping.heard.wait()
        assert not running.done()
        stopping.set()
    assert (tally.receipted, run.phase) == (0, Phase.ENDED)


async def test_ctrl_c_ends_a_return_while_devices_still_connect(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    few: dict[str, Any] = {"count": 1_000, "lives": 1, "connect_rate": 10.0}  # all would take longer than the limit
    run = run_of(own_mosquitto, "offline", {"devices": few, "content": {"past_days": 1}})
    tally, stopping = run.tally, asyncio.Event()
    assert isinstance(tally, WatchedTally)
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        group.create_task(run.run(stopping))
        await tally.wait(lambda tally: tally.receipted >= 20)
        stopping.set()
    assert run.phase is Phase.ENDED
    assert tally.published == tally.receipted, "the last receipts of those that were there are waited for"
    assert tally.connect.count < 1_000
    assert tally.unsent > 0


async def test_what_never_left_and_what_was_never_answered_is_told(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    answerer.policy = ignore
    tables: dict[str, dict[str, Any]] = {
        "devices": {"count": 10, "lives": 10, "connect_rate": 0.0, "in_flight": 2},
        "timing": {"interval_s": 0.1, "duration_s": 1.0},
    }
    tally = await carry_out(run_of(own_mosquitto, "steady", tables, grace_s=0.5))
    assert (tally.published, tally.unsettled) == (20, 20)
    assert tally.published + tally.unsent == tally.lateness.count > 50


async def test_what_has_no_receipt_is_repeated_until_it_has(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    answerer.policy = lambda heard: store(heard) if heard.before else None
    tables = {"timing": {"interval_s": 0.1, "duration_s": 0.5}}
    assert DEFAULT_REPEAT.first_s > 1
    tally = await carry_out(run_of(own_mosquitto, "steady", tables, repeat=Backoff(0.3, 1), grace_s=LIMIT_S))
    assert tally.published == tally.receipted
    assert tally.repeated >= tally.published


async def test_the_report_has_the_figures_that_were_promised(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    tables = {"timing": {"interval_s": 0.1, "duration_s": 0.5}}
    found = report(await carry_out(run_of(own_mosquitto, "steady", tables)))
    for name in ("connect", "puback", "receipt"):
        measured = found[name]
        assert isinstance(measured, dict)
        assert set(measured) == {"count", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms"}
        assert measured["p50_ms"] <= measured["p90_ms"] <= measured["p99_ms"] <= measured["max_ms"]
    for name in (
        "published",
        "back_filled",
        "acknowledged",
        "receipted",
        "not_delivered",
        "overruns",
        "errors",
        "peak_rss_mb",
    ):
        assert isinstance(found[name], int | float)
