"""What is older than an installation keeps it."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contract.catalogue import CATALOGUE
from contract.daily import DAILY, stamped_days, summary_of
from contract.errors import Misconfigured
from contract.stamping import DAY_MS, RetentionDays, StampedBatch
from ingestor.options import IngestorOptions
from paceline import parts
from paceline.cli import app
from paceline.retention import Household, removals, remove_old
from paceline.services import Stores, open_stores
from paceline.settings import Settings
from storage.records.dead_letters import DeadLetters
from storage.records.letters import DeadLetter
from storage.series.protocol import Selection

STEPS, TRACK = CATALOGUE["steps"], CATALOGUE["track"]


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    async with open_stores(Settings(data=tmp_path), expiring=False) as opened:
        yield opened


def walked(time_ms: int) -> StampedBatch:
    item = STEPS.item(steps=100)  # type: ignore[call-arg]
    return StampedBatch(STEPS, "ann", "watch", [item], [0], [time_ms], [time_ms * 1_000_000])


def ran(time_ms: int) -> StampedBatch:
    item = TRACK.item(activity_id="a1", lat=48.2, lng=16.4)  # type: ignore[call-arg]
    return StampedBatch(TRACK, "ann", "watch", [item], [0], [time_ms], [time_ms * 1_000_000])


def letter(kind: str, days: float) -> DeadLetter:
    received_at = datetime.now(UTC) - timedelta(days=days)
    return DeadLetter(f"v1/users/ann/telemetry/{kind}", b"{}%d" % days, "not JSON", received_at, "ann", kind)


def house(stores: Stores, days: int, letter_days: int | None = None, **by_kind: int) -> Household:
    return Household(stores.series, stores.records, RetentionDays(days, by_kind), letter_days or days)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def times(stores: Stores, kind: str) -> list[int]:
    return [row.time_ms for row in await stores.series.rows(Selection(CATALOGUE[kind], "ann"))]


async def ages(stores: Stores, kind: str) -> list[int]:
    page = await DeadLetters(stores.records).list(kind=kind)
    return [(datetime.now(UTC) - kept.last_received_at).days for kept in page.letters]


async def test_what_is_older_goes_and_the_rest_stays(stores: Stores) -> None:
    now = now_ms()
    await stores.series.write([walked(now - 31 * DAY_MS), walked(now - 29 * DAY_MS)])
    await DeadLetters(stores.records).add([letter("steps", 31), letter("steps", 29)])
    await remove_old(house(stores, 30))
    assert await times(stores, "steps") == [now - 29 * DAY_MS]
    assert await ages(stores, "steps") == [29]


async def test_a_kind_may_go_sooner_and_what_days_made_of_it_stays(stores: Stores) -> None:
    now = now_ms()
    await stores.series.write([each(now - days * DAY_MS) for each in (walked, ran) for days in (9, 6)])
    day = datetime.now(UTC).date() - timedelta(days=9)
    await stores.series.write([stamped_days("ann", [summary_of(day, "UTC", {"track_count": 1.0})])])
    await DeadLetters(stores.records).add([letter(kind, days) for kind in ("steps", "track") for days in (9, 6)])
    await remove_old(house(stores, 30, track=7))
    assert await times(stores, "track") == [now - 6 * DAY_MS]
    assert await times(stores, "steps") == [now - 9 * DAY_MS, now - 6 * DAY_MS]
    assert await stores.series.count(Selection(DAILY, "ann")) == 1
    # A dead letter holds what its kind does: it goes with it at the latest.
    assert await ages(stores, "track") == [6]
    assert await ages(stores, "steps") == [6, 9]


async def test_dead_letters_have_an_age_of_their_own(stores: Stores) -> None:
    await DeadLetters(stores.records).add([letter("steps", days) for days in (4, 2)])
    await stores.series.write([walked(now_ms() - 4 * DAY_MS)])
    await remove_old(house(stores, 30, 3, track=7))
    assert await ages(stores, "steps") == [2]
    assert len(await times(stores, "steps")) == 1


async def test_two_processes_may_do_it_at_once(stores: Stores) -> None:
    now = now_ms()
    await stores.series.write([ran(now - days * DAY_MS) for days in range(20)])
    await DeadLetters(stores.records).add([letter("track", days) for days in range(20)])
    await asyncio.gather(*(remove_old(house(stores, 30, track=7)) for _ in range(3)))
    assert await times(stores, "track") == [now - days * DAY_MS for days in range(7, -1, -1)]
    assert await ages(stores, "track") == list(range(8))


async def test_what_can_not_be_removed_keeps_nothing_else(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise Misconfigured("InfluxDB 3 can't delete points")

    monkeypatch.setattr(stores.series, "delete_before", refuse)
    await DeadLetters(stores.records).add([letter("track", 9)])
    await remove_old(house(stores, 30, track=7))
    assert await ages(stores, "track") == []


def test_stores_that_remove_by_themselves_are_asked_for_named_kinds_only(stores: Stores) -> None:
    assert [what for what, _ in removals(house(stores, 30))] == ["telemetry", "dead letters"]
    named = [what for what, _ in removals(house(stores, 30, track=7))]
    assert named == ["telemetry", "track", "dead letters of track", "dead letters"]


async def test_services_do_it_by_themselves_once_they_have_their_stores(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, retention_days_by_kind={"track": 7})
    async with open_stores(settings, expiring=False) as stores:
        await stores.series.write([ran(now_ms() - 9 * DAY_MS)])
    async with open_stores(settings) as stores:
        while await times(stores, "track"):
            pass


# What is said of it in the settings


def test_the_settings_name_what_is_kept_for_how_long() -> None:
    settings = Settings(retention_days=400, retention_days_by_kind={"track": 30, "dead_letters": 90})
    assert settings.retention == RetentionDays(400, {"track": 30})
    assert settings.dead_letter_days == 90
    assert parts.ingestor_options(settings, None) == IngestorOptions(retention_days=settings.retention)
    assert dict(parts.insights_options(settings, None).retention_days_by_kind) == {"track": 30}


def test_dead_letters_are_kept_as_long_as_telemetry_if_nobody_says_otherwise() -> None:
    assert Settings(retention_days=400, retention_days_by_kind={"track": 3}).dead_letter_days == 400


@pytest.mark.parametrize(
    ("by_kind", "complaint"),
    [
        ('{"tracks": 30}', "knows no tracks: expected some of meals, .*, dead_letters"),
        ('{"daily": 30}', "knows no daily: "),
        ('{"track": 2000}', "track: must be 1095 or less, which is PACELINE_RETENTION_DAYS"),
        ('{"track": 0}', "must be 1 or more"),
        ('{"track": "x"}', "must be a whole number"),
        ("{track: 30}", "must be JSON"),
        ("[1]", "must be a JSON object"),
    ],
)
def test_a_wrong_one_is_told_in_words(by_kind: str, complaint: str) -> None:
    ended = CliRunner().invoke(app, ["dead-letters", "list"], env={"PACELINE_RETENTION_DAYS_BY_KIND": by_kind})
    assert ended.exit_code == 2
    assert re.search(f"^PACELINE_RETENTION_DAYS_BY_KIND.*{complaint}.*settings.md", ended.output, re.MULTILINE)
    assert "Traceback" not in ended.output
