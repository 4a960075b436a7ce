"""Many aggregates at once, means of minutes, and summaries of days, compared with plain Python."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from statistics import fmean
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.daily import DAILY, STORED, day_ms, stamped_days, summary_of
from contract.kinds import HeartRateSample
from contract.quantities import Operation
from contract.stamping import epoch_ms
from storage.series.periods import edges_ms
from storage.series.protocol import Period, Question, Row, Selection, SeriesStore
from tests.storage.series.conftest import new_user, skip_on_influxdb_3
from tests.storage.series.ledger import Ledger
from tests.storage.series.test_buckets import PLACES, expected, label, told
from tests.strategies import stamped, stamped_batches

with_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
ASKED = [
    ("meals", "calories", None),
    ("meals", "fat_g", None),
    ("meals", "carbs_g", ("meal_type", "Dinner")),
    ("heart_rate", "bpm", None),
    ("heart_rate", "hrv_ms", None),
    ("heart_rate", "bpm", ("context", "resting")),
    ("steps", "steps", None),
]
MONDAY = date(2026, 1, 12)


def having(rows: list[Row], where: tuple[str, str] | None) -> list[Row]:
    return [row for row in rows if where is None or row.values.get(where[0]) == where[1]]


@with_store
@given(data=st.data())
async def test_questions_asked_at_once_are_answered_each(store: SeriesStore, data: st.DataObject) -> None:
    user, (place, moment) = new_user(), data.draw(st.sampled_from(PLACES))
    zone, around = ZoneInfo(place), epoch_ms(moment)
    near, devices = st.integers(around - 90_000_000, around + 90_000_000), st.sampled_from(["phone", "watch"])
    kinds = [CATALOGUE[name] for name in ("meals", "heart_rate", "steps")]
    batches = st.one_of(*(stamped_batches(kind, user, devices=devices, times_ms=near, max_items=8) for kind in kinds))
    written = data.draw(st.lists(batches, min_size=1, max_size=6))
    await store.write(written)
    period: Period = data.draw(st.sampled_from(["hour", "day"]))
    edges = edges_ms("day", zone, around - 90_000_000, around + 90_000_000)
    asked = data.draw(st.lists(st.tuples(st.sampled_from(ASKED), st.sampled_from(get_args(Operation))), max_size=8))
    questions = [
        Question(Selection(CATALOGUE[name], user, edges[0], edges[-1]), field, operation, where)
        for (name, field, where), operation in asked
    ]
    answers = await store.figures(questions, period, zone)
    for question, answer in zip(questions, answers, strict=True):
        rows = having(Ledger(written).rows(question.selection), question.where)
        pencil = expected(rows, question.field or "", question.operation, period, zone)
        assert told(answer, period) == pytest.approx(pencil)


@with_store
@given(data=st.data())
async def test_items_are_counted_whatever_fields_they_have(store: SeriesStore, data: st.DataObject) -> None:
    user, at = new_user(), day_ms(MONDAY)
    near, devices = st.integers(at - 90_000_000, at + 90_000_000), st.sampled_from(["phone", "watch"])
    kind = data.draw(st.sampled_from(list(CATALOGUE.values())))
    written = data.draw(stamped_batches(kind, user, devices=devices, times_ms=near, max_items=8))
    await store.write([written])
    noon = day_ms(MONDAY)
    selection = Selection(kind, user, noon - 2 * 86_400_000, noon + 2 * 86_400_000)
    [answer] = await store.figures([Question(selection, None, "count")], "day", UTC)
    days = Counter(label("day", row, UTC) for row in Ledger([written]).rows(selection))
    assert told(answer, "day") == days


async def test_one_day_is_answered_like_many(store: SeriesStore, user: str) -> None:
    edges = edges_ms("day", UTC, day_ms(MONDAY), day_ms(MONDAY) + 1)
    selection = Selection(CATALOGUE["heart_rate"], user, edges[0], edges[1])
    items = [HeartRateSample(bpm=bpm) for bpm in (50.0, 70.0)]
    await store.write([stamped(selection.kind, user, "watch", items, [edges[0], edges[1] - 1])])
    questions = [Question(selection, "bpm", operation) for operation in ("mean", "count", "last")]
    questions.append(Question(selection, "hrv_ms", "mean"))
    answers = await store.figures(questions, "day", UTC)
    assert [[(each.start, each.value) for each in answer] for answer in answers] == [
        [(datetime(2026, 1, 12, tzinfo=UTC), value)] for value in (60.0, 2.0, 70.0)
    ] + [[]]


async def test_no_question_has_no_answer(store: SeriesStore) -> None:
    assert await store.figures([], "day", UTC) == []
    assert await store.minutes([]) == []


@pytest.mark.parametrize(("start_ms", "end_ms"), [(None, 1_000), (0, None), (0, 1_001)])
async def test_questions_need_both_ends(store: SeriesStore, user: str, start_ms: int, end_ms: int) -> None:
    selection = Selection(CATALOGUE["steps"], user, start_ms, end_ms)
    with pytest.raises(ValueError, match="both ends"):
        await store.figures([Question(selection, "steps", "sum")], "day", UTC)


@with_store
@given(data=st.data())
async def test_the_mean_of_a_minute_is_of_all_devices(store: SeriesStore, data: st.DataObject) -> None:
    user, at = new_user(), day_ms(MONDAY)
    near, devices = st.integers(at - 200_000, at + 200_000), st.sampled_from(["strap", "watch"])
    asked = [(Selection(CATALOGUE["heart_rate"], user, at - 180_000, at + 180_000), "bpm")]
    asked.append((Selection(CATALOGUE["track"], user), "heart_rate"))
    written = [
        data.draw(stamped_batches(selection.kind, user, devices=devices, times_ms=near, max_items=12))
        for selection, _ in asked
    ]
    await store.write(written)
    for (selection, field), answer in zip(asked, await store.minutes(asked), strict=True):
        minutes = defaultdict(list)
        for row in Ledger(written).rows(selection):
            if field in row.values:
                minutes[row.time_ms // 60_000 * 60_000].append(float(row.values[field]))
        assert dict(answer) == pytest.approx({minute: fmean(values) for minute, values in minutes.items()})
        assert [minute for minute, _ in answer] == sorted(minutes)


async def test_a_summary_that_is_written_again_is_replaced_as_a_whole(store: SeriesStore, user: str) -> None:
    for figures in ({"steps": 100.0, "fat_g": 5.0}, {"steps": 120.0}):
        await store.write([stamped_days(user, [summary_of(MONDAY, "Europe/Berlin", figures)])])
    [row] = await store.rows(Selection(DAILY, user))
    assert row.values == {"date": "2026-01-12", "time_zone": "Europe/Berlin", "steps": 120.0}
    assert datetime.fromtimestamp(row.time_ms / 1_000, UTC) == datetime(2026, 1, 12, 12, tzinfo=UTC)
    assert row.key_ns == row.time_ms * 1_000_000
    assert await store.count(Selection(DAILY, user)) == 1
    assert await store.last_seen(user) == {}


async def test_summaries_are_deleted_alone(store: SeriesStore, user: str) -> None:
    await skip_on_influxdb_3(store, "it can't delete points")
    days = [date(2026, 1, number) for number in (12, 13, 14)]
    await store.write([stamped_days(user, [summary_of(day, "UTC", {"steps": 1.0}) for day in days])])
    sample = stamped(CATALOGUE["heart_rate"], user, "watch", [HeartRateSample(bpm=60.0)], [day_ms(MONDAY)])
    await store.write([sample])
    await store.delete(Selection(DAILY, user, day_ms(days[1]), day_ms(days[2])))
    await store.delete(Selection(DAILY, user, day_ms(days[1]), day_ms(days[2])))
    assert [row.values["date"] for row in await store.rows(Selection(DAILY, user))] == ["2026-01-12", "2026-01-14"]
    # Written again after it was deleted, it is there, without what it had.
    await store.write([stamped_days(user, [summary_of(days[1], "UTC", {"fat_g": 2.0})])])
    buckets = await store.buckets(Selection(DAILY, user), "steps", "sum", "week", UTC)
    assert [bucket.value for bucket in buckets] == [2.0]
    await store.delete_user(user)
    assert [await store.count(Selection(kind, user)) for kind in STORED.values()] == [0] * len(STORED)


async def test_what_devices_uploaded_is_not_deleted_in_part(store: SeriesStore, user: str) -> None:
    with pytest.raises(ValueError, match="of devices"):
        await store.delete(Selection(CATALOGUE["meals"], user))
