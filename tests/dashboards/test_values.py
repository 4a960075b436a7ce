"""What boards of one client show, against the same worked out from what devices published."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import exp, fsum, log
from statistics import fmean, stdev
from typing import Any

import pytest

from benchmarks.coached import Lived
from contract.items import Item
from dashboards.asking.asker import Asker, panels_of
from dashboards.asking.sources import Sources
from tests.dashboards.conftest import SOMEBODY_NEW, Care, board
from tests.dashboards.looking import approximately, column, days_of, last_ended, line, midnight_ms, noon_ms, shown

CITIES = pytest.mark.parametrize("city", ["Los Angeles", "Auckland", "São Paulo"])


async def test_days_on_a_board_are_what_the_devices_published(care: Care, sources: Sources) -> None:
    lived = care.of("overreaching")
    what = await shown("client", "Resting heart rate", care, sources, lived)
    rates = {
        noon_ms(day): value["resting_heart_rate_bpm"]
        for day, value in days_of(lived).items()
        if "resting_heart_rate_bpm" in value
    }
    found = line(what, "a day")
    assert len(found) > 60
    assert found == approximately({at: rates[at] for at in found})


@pytest.mark.parametrize(("title", "name", "logarithm"), [
    ("Is the resting heart rate as usual?", "resting_heart_rate_bpm", False),
    ("Is HRV as usual?", "hrv_ms", True),
])  # fmt: skip
async def test_the_usual_range_is_that_of_the_28_values_before_the_last_7(
    title: str, name: str, logarithm: bool, care: Care, sources: Sources
) -> None:
    lived = care.of(None)
    what = await shown("recovery", title, care, sources, lived)
    days = sorted((day, values[name]) for day, values in days_of(lived).items() if name in values)
    taken = [log(value) if logarithm else value for _, value in days]
    back = exp if logarithm else float
    low, high, week = line(what, "usual from"), line(what, "usual to"), line(what, "7 days")
    for place in (40, 50, len(days) - 1):
        at = noon_ms(days[place][0])
        before, recent = taken[place - 34 : place - 6], taken[place - 6 : place + 1]
        assert week[at] == pytest.approx(back(fmean(recent)))
        assert low[at] == pytest.approx(back(fmean(before) - stdev(before) / 2), rel=1e-6)
        assert high[at] == pytest.approx(back(fmean(before) + stdev(before) / 2), rel=1e-6)


def ended_loads(lived: Lived, care: Care) -> list[float]:
    """Day by day to the last that has ended there, rest days as 0."""
    loads = {day: values.get("session_load", 0.0) for day, values in days_of(lived).items()}
    return [loads.get(last_ended(lived, care) - timedelta(days=back), 0.0) for back in range(40)][::-1]


@CITIES
async def test_load_its_ratio_and_monotony_are_those_of_days_that_have_ended(
    city: str, care: Care, sources: Sources
) -> None:
    lived = care.living_in(city)
    loads, last = ended_loads(lived, care), noon_ms(last_ended(lived, care))
    week, month = loads[-7:], loads[-28:]
    title = "Load of the last 7 days"
    summed = line(await shown("training", title, care, sources, lived), title)
    assert max(summed) == last
    assert summed[last] == pytest.approx(fsum(week))
    ratio = line(await shown("training", "Acute to chronic", care, sources, lived), "acute to chronic")
    assert max(ratio) == last
    assert ratio[last] == pytest.approx(fmean(week) / fmean(month))
    same = line(await shown("training", "Is every day the same?", care, sources, lived), "monotony")
    assert same.get(last) == pytest.approx(fmean(week) / stdev(week) if any(week) else None)


@CITIES
async def test_sums_that_are_looked_at_at_once_are_of_days_that_have_ended_there(
    city: str, care: Care, sources: Sources
) -> None:
    lived = care.living_in(city)
    for title, name in (("Energy eaten", "energy_in_kcal"), ("Protein", "protein_g")):
        eaten = {
            noon_ms(day): values[name]
            for day, values in sorted(days_of(lived).items())
            if name in values and day <= last_ended(lived, care)
        }
        found = line(await shown("nutrition", title, care, sources, lived), title)
        assert max(found) == max(eaten)
        assert found[max(found)] == pytest.approx(fmean(list(eaten.values())[-7:]))


async def test_weeks_begin_on_monday_and_add_up(care: Care, sources: Sources) -> None:
    lived = care.of("improving")
    what = await shown("client", "How do the weeks compare?", care, sources, lived)
    found = dict(zip(column(what, "Time").values, column(what, "Exercise").values, strict=True))
    expected: defaultdict[int, float] = defaultdict(float)
    for day, values in days_of(lived).items():
        monday = day - timedelta(days=day.weekday())
        expected[noon_ms(monday)] += values.get("exercise_min", 0.0) / 60
    whole = sorted(at for at in found if at > care.now_ms - 60 * 86_400_000)
    assert len(whole) >= 8
    assert {at: found[at] for at in whole if found[at]} == approximately(
        {at: expected[at] for at in whole if expected[at]}
    )


async def test_the_stages_of_a_night_without_its_time_awake_are_the_sleep(care: Care, sources: Sources) -> None:
    lived = care.of(None)
    stages = await shown("recovery", "How is the sleep made up?", care, sources, lived)
    slept = line(await shown("recovery", "How long do they sleep?", care, sources, lived), "night")
    assert len(slept) > 60
    staged = [line(stages, name) for name in ("deep", "REM", "light")]
    assert slept == approximately({at: fsum(stage[at] for stage in staged) for at in slept})
    nights = {noon_ms(day): values for day, values in days_of(lived).items() if "sleep_min" in values}
    assert slept == approximately({at: nights[at]["sleep_min"] / 60 for at in slept})
    assert fsum(line(stages, "awake").values()) > 1


def meals(lived: Lived, care: Care, days: int) -> list[tuple[int, Any]]:
    return sorted((at, item) for at, item in unique(lived.items("meals")) if at >= care.now_ms - days * 86_400_000)


def unique(items: Any) -> Sequence[tuple[int, Item]]:
    return list({(at, item.meal_id): (at, item) for at, item in items}.values())


@CITIES
async def test_energy_by_type_of_meal_is_the_sum_of_these_meals_on_the_days_of_who_ate_them(
    city: str, care: Care, sources: Sources
) -> None:
    lived = care.living_in(city)
    what = await shown("nutrition", "How is the energy spread over the meals?", care, sources, lived)
    expected: defaultdict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for at, meal in meals(lived, care, 28):
        expected[meal.meal_type or ""][midnight_ms(lived, at)] += meal.calories
    for name in ("Breakfast", "Lunch", "Dinner", "Snack"):
        assert line(what, name) == approximately(expected[name])


async def test_the_heatmap_has_every_meal_at_its_hour(care: Care, sources: Sources) -> None:
    lived = care.of(None)
    what = await shown("nutrition", "When is eaten through the day?", care, sources, lived)
    hours = [datetime.fromtimestamp(at / 1_000, UTC).hour for at, _ in meals(lived, care, 28)]
    assert sorted(column(what, "hour").values) == sorted(hours)


@CITIES
async def test_the_longest_gap_is_that_between_two_meals(city: str, care: Care, sources: Sources) -> None:
    lived = care.living_in(city)
    found = line(await shown("nutrition", "Longest gap between meals", care, sources, lived), "longest gap")
    times = sorted(at // 1_000 for at, _ in unique(lived.items("meals")))
    gaps: dict[int, float] = {}
    for before, after in pairwise(times):
        day_ms = midnight_ms(lived, after * 1_000)
        gaps[day_ms] = max(gaps.get(day_ms, 0.0), (after - before) / 3_600)
    inner = list(found)[1:]  # of the first day, only what is on the screen
    assert {at: found[at] for at in inner} == pytest.approx({at: gaps[at] for at in inner}, abs=1 / 60 + 1e-9)


@pytest.mark.parametrize("city", ["Los Angeles", "São Paulo"])  # who has a scale
async def test_living_takes_what_mifflin_says_of_weight_height_age_and_sex(
    city: str, care: Care, sources: Sources
) -> None:
    lived = care.living_in(city)
    body, what = lived.person.body, await shown("nutrition", "Energy in against out", care, sources, lived)
    ended = [values for day, values in sorted(days_of(lived).items()) if day <= last_ended(lived, care)]
    weights = [values["weight_kg"] for values in ended if "weight_kg" in values]
    # Accounts have a birth date, and their people turn a year older on it.
    resting = [
        1.4 * (10 * weights[-1] + 6.25 * body.height_cm - 5 * age + (5 if body.sex == "male" else -161))
        for age in (body.age - 1, body.age)
    ]
    assert any(list(line(what, "living").values())[-1] == pytest.approx(each, abs=0.1) for each in resting)


async def test_of_somebody_who_is_not_of_age_no_need_is_reckoned(care: Care, sources: Sources) -> None:
    of_minor = Asker(board("nutrition"), sources, care.now_ms, chosen={"client": SOMEBODY_NEW})
    await of_minor.choose()
    [need] = of_minor.scope.choices["living_need"].values
    chosen = {"client": care.living_in("São Paulo").user_id, "living_need": need}
    asker = Asker(board("nutrition"), sources, care.now_ms, chosen=chosen)
    await asker.choose()
    what = await asker.show(
        next(panel for panel in panels_of(asker.board) if panel["title"] == "Energy in against out")
    )
    assert line(what, "eaten")
    assert not [frame for frame in what.frames if frame.field("living")]


async def test_a_figure_that_a_correction_took_away_is_shown_of_no_session(care: Care, sources: Sources) -> None:
    lived = care.living_in("Denver")
    what = await shown("training", "Which sessions were there?", care, sources, lived)
    exercises: Any = lived.items("exercises")
    published = {item.exercise_id: item for _, item in exercises}
    ids = column(what, "session").values
    assert set(ids) == set(published)
    assert column(what, "Time").values == sorted(column(what, "Time").values, reverse=True)
    for title, name in (("Distance", "distance_km"), ("Energy", "calories"), ("Effort", "rpe")):
        told = dict(zip(ids, column(what, title).values, strict=True))
        assert told == {each: getattr(item, name) for each, item in published.items()}
    assert any(item.rpe is None or item.distance_km is None for item in published.values())


async def test_the_target_is_what_the_coach_wrote_and_is_kept_or_not(care: Care, sources: Sources) -> None:
    lived = care.lives[0]
    what = await shown("nutrition", "Energy in against out", care, sources, lived)
    assert set(line(what, "target").values()) == {2_400}
    kept = await shown("nutrition", "Are the targets kept?", care, sources, lived)
    assert column(kept, "Target of").values == ["Energy (kcal)", "Protein (g)"]
    assert column(kept, "Target").values == [2_400, 110]


async def test_marks_say_who_wrote_what(care: Care, sources: Sources) -> None:
    asker = Asker(board("client"), sources, care.now_ms, chosen={"client": care.lives[0].user_id})
    await asker.choose()
    texts = [field.values for asked in await asker.annotate() if (field := asked.frames[0].field("text"))]
    assert texts == [
        ["Carla Coach: A day of rest before the long run, and some more protein."],
        ["Will do."],
        ["Nothing was logged yesterday."],
    ]


async def test_blood_pressure_is_each_measurement(care: Care, sources: Sources) -> None:
    lived = care.of("rising blood pressure")
    found = line(await shown("recovery", "Systolic", care, sources, lived), "systolic")
    published: Any = lived.items("blood_pressure")
    assert found == {at: item.systolic for at, item in published if at >= care.now_ms - 84 * 86_400_000}


async def test_personal_bests_are_of_all_sessions(care: Care, sources: Sources) -> None:
    lived = care.of("overreaching")
    what = await shown("training", "Bests over distance", care, sources, lived)
    published: Any = lived.items("exercises")
    longest: defaultdict[str, float] = defaultdict(float)
    for _, item in published:
        if item.distance_km:
            longest[item.type] = max(longest[item.type], item.distance_km)
    assert dict(zip(column(what, "Type").values, column(what, "Longest (max)").values, strict=True)) == dict(longest)


async def measured_by(device: str, care: Care, sources: Sources, lived: Lived) -> dict[int, float]:
    asker = Asker(board("recovery"), sources, care.now_ms, chosen={"client": lived.user_id, "device": device})
    await asker.choose()
    panel = next(panel for panel in panels_of(asker.board) if panel["title"] == "Systolic")
    what = await asker.show(panel)
    return line(what, "systolic") if what.frames else {}


async def test_a_chosen_device_shows_what_it_measured_alone(care: Care, sources: Sources) -> None:
    lived = care.of("rising blood pressure")
    everything = line(await shown("recovery", "Systolic", care, sources, lived), "systolic")
    cuff = lived.person.devices.cuff or ""
    assert await measured_by(cuff, care, sources, lived) == everything
    assert await measured_by(lived.person.devices.watch, care, sources, lived) == {}


@pytest.mark.parametrize("name", ["O'Neil's \"H10\" (chest)/2", "a|b.*", "x) OR (1=1", "$__all.*$"])
async def test_a_device_of_any_name_is_just_that_name(name: str, care: Care, sources: Sources) -> None:
    assert await measured_by(name, care, sources, care.of("rising blood pressure")) == {}


async def test_a_longer_period_has_means_of_its_days(care: Care, sources: Sources) -> None:
    lived = care.of(None)
    what = await shown("client", "Energy", care, sources, lived)  # by weeks, unless somebody chooses otherwise
    found = line(what, "eaten")
    expected: defaultdict[int, list[float]] = defaultdict(list)
    for day, values in days_of(lived).items():
        if "energy_in_kcal" in values and day <= last_ended(lived, care):
            expected[noon_ms(day - timedelta(days=day.weekday()))].append(values["energy_in_kcal"])
    assert len(found) >= 10
    assert found == approximately({at: fmean(expected[at]) for at in found})
