"""What the board Operations says of the data, against what devices published."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from benchmarks.coached import Lived, live, store, work_out
from contract.stamping import epoch_ms
from dashboards.asking.asker import Asker, panels_of
from dashboards.asking.sources import Sources
from dashboards.operations_queries import ANSWERS, DOUBTS
from device_simulator.people.person import Person
from device_simulator.people.uploads import DueBatch
from ingestor.metrics import AHEAD_S
from insights.attention import RULES
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.series.opening import open_series_store
from tests.dashboards.conftest import Care, board
from tests.dashboards.looking import column, line, shown
from tests.servers.postgres import PostgresServer

SHARE_AHEAD = 100 * (3 / 400) / 1.03
"""In %: `tests.dashboards.metered` counts 3 in 400 as more than a minute ahead; 3 in 100 more are not stored whole."""
DOUBTED = "Whose data have gaps, or sensors that repeat themselves?"


async def test_users_whose_data_have_gaps_are_named_with_what_is_missing(care: Care, sources: Sources) -> None:
    what = await shown("operations", DOUBTED, care, sources)
    named = set(zip(column(what, "User").values, column(what, "What").values, strict=True))
    assert (care.of("stopped logging").user_id, DOUBTS["stopped_logging"]) in named
    assert (care.of("dying sensor").user_id, DOUBTS["sensor_failing"]) in named
    assert {said for _, said in named} <= set(DOUBTS.values())


async def test_a_user_whose_sensor_repeats_itself_is_named(postgres: PostgresServer, tmp_path: Path) -> None:
    now, url = datetime.now(UTC), postgres.make_database()
    lives = [Lived(Person.from_seed(11, index), None) for index in range(2)]
    for lived in lives:
        live(lived, now, 6, tracked=0)
    stuck, well = lives
    stuck.batches = [_stuck(due) if due.kind == "heart_rate" else due for due in stuck.batches]
    series, records = open_series_store(tmp_path / "series.db"), Database.open(url)
    await migrate(url)
    await series.setup()
    await store(series, records, lives)
    await work_out(series, records)
    await series.close()
    await records.close()
    [panel] = [each for each in panels_of(board("operations")) if each["title"] == DOUBTED]
    async with Sources(postgres_url=url) as sources:
        what = await Asker(board("operations"), sources, epoch_ms(now)).show(panel)
    named = dict(zip(column(what, "User").values, column(what, "What").values, strict=True))
    assert named.get(stuck.user_id) == "Sensor repeats itself"
    assert well.user_id not in named


def _stuck(due: DueBatch) -> DueBatch:
    items = [msgspec.structs.replace(item, bpm=72.0) for item in due.batch.items]
    return replace(due, batch=msgspec.structs.replace(due.batch, items=items))


def test_every_doubt_is_a_sign_that_there_is() -> None:
    assert DOUBTS.keys() <= {rule.__name__ for rule in RULES}


async def test_batches_from_the_future_are_shown_by_how_far_they_are_ahead(care: Care, sources: Sources) -> None:
    what = await shown("operations", "Do clocks run ahead?", care, sources)
    nearest, *farther = (line(what, f"more than {limit}") for limit in AHEAD_S)
    assert nearest
    assert all(each == nearest for each in farther), "as they were counted"
    share = await shown("operations", "Batches ahead of time", care, sources)
    assert column(share, "Value").values[-1] == pytest.approx(SHARE_AHEAD, rel=1e-6)


async def test_every_group_of_http_answers_is_a_line_and_no_status_is_in_two(care: Care, sources: Sources) -> None:
    what = await shown("operations", "How are HTTP requests answered?", care, sources)
    rates = {name: list(line(what, name).values())[-1] for name in ANSWERS}
    # As `tests.dashboards.metered` counts them: of six requests two are answered well, and 401, 404, 429, 500 once.
    single = rates["faults of ours (5xx)"]
    assert rates == pytest.approx(dict.fromkeys(ANSWERS, single) | {"answered": 2 * single})
