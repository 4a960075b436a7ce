from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import correlation, mean

import pytest

from contract.kinds import Body, Exercise, HeartRateSample, Meal, Sleep, Steps, StrengthSet
from device_simulator.people.day import Day
from device_simulator.people.nights import night
from device_simulator.people.person import Person
from device_simulator.people.physiology import KCAL_PER_KG_TISSUE, resting_kcal
from device_simulator.people.state import ANCHOR_DAYS, State, states
from device_simulator.people.today import Today
from tests.device_simulator.people.lives import FIRST, items, month

PEOPLE = range(12)


@pytest.mark.parametrize("index", PEOPLE)
def test_the_heart_beats_slowest_asleep_and_fastest_in_workouts(index: int) -> None:
    days = month(1, index)
    samples = [item for item in items(days, "heart_rate") if isinstance(item, HeartRateSample)]
    means = {
        context: mean(each.bpm for each in samples if each.context == context)
        for context in ("sleep", "resting", "active", "workout")
    }
    assert means["sleep"] < means["resting"] < means["active"] < means["workout"]
    body = days[0].today.person.body
    lowest = [min(each.bpm for each in _samples(day) if each.context == "resting") for day in days]
    assert mean(lowest) == pytest.approx(body.resting_bpm, abs=4)
    assert mean(lowest) < mean(each.bpm for each in samples) < means["workout"]
    assert max(each.bpm for each in samples) < body.max_bpm


def _samples(day: Day) -> list[HeartRateSample]:
    return [item for item in items((day,), "heart_rate") if isinstance(item, HeartRateSample)]


@pytest.mark.parametrize("index", PEOPLE)
def test_weight_changes_by_what_was_eaten_and_not_spent(index: int) -> None:
    days = [day.today for day in month(1, index)]
    for today, tomorrow in pairwise(days):
        balance = today.energy.eaten - today.energy.spent
        if tomorrow.ordinal % ANCHOR_DAYS:
            change = tomorrow.state.weight_kg - today.state.weight_kg
            assert change == pytest.approx(balance / KCAL_PER_KG_TISSUE, abs=1e-9)


def test_a_long_way_down_on_the_scale_went_with_eating_less_than_was_spent() -> None:
    slopes, balances = [], []
    for index in range(20):
        days = month(1, index, 60)
        weights = [item.weight_kg for item in items(days, "body") if isinstance(item, Body) and item.weight_kg]
        if len(weights) > 30:
            slopes.append(mean(weights[-12:]) - mean(weights[:12]))
            balances.append(mean(day.today.energy.eaten - day.today.energy.spent for day in days))
    assert len(slopes) > 8
    assert correlation(slopes, balances) > 0.7


@pytest.mark.parametrize("index", PEOPLE)
def test_what_is_logged_is_what_was_eaten_but_for_forgotten_meals(index: int) -> None:
    days = month(1, index)
    person = days[0].today.person
    logged = sum(item.calories for item in items(days, "meals") if isinstance(item, Meal))
    eaten = sum(day.today.energy.eaten for day in days)
    assert logged / eaten == pytest.approx(person.habits.meal_logging, abs=0.1)
    body = person.body
    assert 1.2 < eaten / 30 / resting_kcal(body.sex, body.weight_kg, body.height_cm, body.age) < 2.6


def test_meals_suit_the_diet() -> None:
    for index in PEOPLE:
        days = month(1, index)
        meals = [item for item in items(days, "meals") if isinstance(item, Meal)]
        diet, calories = days[0].today.person.diet, sum(each.calories for each in meals)
        assert 4 * sum(each.protein_g or 0 for each in meals) / calories == pytest.approx(diet.protein, abs=0.07)
        assert 4 * sum(each.carbs_g or 0 for each in meals) / calories == pytest.approx(diet.carbs, abs=0.09)
        for each in meals:
            atwater = 4 * (each.carbs_g or 0) + 4 * (each.protein_g or 0) + 9 * (each.fat_g or 0)
            assert each.calories == pytest.approx(atwater, abs=1)


def test_dinner_is_later_in_madrid_than_in_oslo() -> None:
    hours: dict[str, list[float]] = {"Madrid": [], "Oslo": []}
    for index in range(60):
        if (city := Person.from_seed(1, index).home.city) in hours:
            for day in month(1, index, 5):
                dinners = [each for each in items((day,), "meals") if isinstance(each, Meal)]
                local = [
                    each.timestamp.astimezone(day.today.person.home.tz)
                    for each in dinners
                    if each.meal_type == "Dinner" and each.timestamp
                ]
                hours[city] += [each.hour + each.minute / 60 for each in local]
    assert mean(hours["Madrid"]) > mean(hours["Oslo"]) + 2


def test_nights_are_made_of_stages_and_end_when_people_get_up() -> None:
    for index in PEOPLE:
        sleeps = [item for item in items(month(1, index), "sleep") if isinstance(item, Sleep)]
        assert len(sleeps) == 30
        for each in sleeps:
            stages = [each.light_min, each.deep_min, each.rem_min, each.awake_min]
            assert sum(stage or 0 for stage in stages) == pytest.approx(each.duration_min, abs=1)
            assert 180 < each.duration_min < 720
        share = {
            name: mean(getattr(each, name) / each.duration_min for each in sleeps)
            for name in ("light_min", "deep_min", "rem_min", "awake_min")
        }
        assert 0.4 < share["light_min"] < 0.75
        assert 0.08 < share["deep_min"] < 0.28
        assert 0.15 < share["rem_min"] < 0.30
        assert 0.01 < share["awake_min"] < 0.15


def test_steps_are_those_of_the_plan_and_its_workouts() -> None:
    for index in PEOPLE:
        for day in month(1, index):
            counted = sum(item.steps for item in items((day,), "steps") if isinstance(item, Steps))
            plan = day.today.outline
            sport = sum(each.minutes * each.sport.steps_per_min for each in plan.sessions)
            assert counted == pytest.approx(plan.steps + sport, rel=0.03, abs=150)


def test_hrv_drops_and_pulse_rises_in_the_night_after_a_hard_day() -> None:
    """Everything else kept the same: only the strain of the day before differs."""
    for index in range(30):
        person = Person.from_seed(1, index)
        usual = State(person.body.weight_kg, 0.0, 60.0, 60.0, 60.0, 1.0)
        hard = State(person.body.weight_kg, 0.0, 62.0, 75.0, 150.0, 1.0)
        calm, after = night(person, FIRST, usual), night(person, FIRST, hard)
        assert after.hrv_ms < 0.85 * calm.hrv_ms
        assert after.resting_bpm > calm.resting_bpm + 2


def test_the_hardest_days_are_followed_by_lower_hrv_than_days_off() -> None:
    ratios = []
    for index in range(20):
        person = Person.from_seed(1, index)
        hrv = {}
        for number, state in zip(range(60), states(person, FIRST), strict=False):
            today = Today.of(person, FIRST + timedelta(days=number), state)
            hrv[state.strain_ratio] = today.last_night.hrv_ms
        ordered = [hrv[ratio] for ratio in sorted(hrv)]
        ratios.append(mean(ordered[-15:]) / mean(ordered[:15]))
    assert mean(ratios) < 0.85
    assert max(ratios) < 1


def test_short_nights_make_hrv_fall() -> None:
    person = Person.from_seed(1, 0)
    rested = State(person.body.weight_kg, 0.0, 60.0, 60.0, 55.0, 0.0)
    tired = State(person.body.weight_kg, 0.0, 60.0, 60.0, 55.0, 5.0)
    assert night(person, FIRST, tired).hrv_ms < 0.85 * night(person, FIRST, rested).hrv_ms


def test_workouts_lie_within_the_day_that_is_lived() -> None:
    for index in PEOPLE:
        for day in month(1, index):
            end = 0
            for session in day.today.outline.sessions:
                assert day.today.outline.wake_min < session.start_min
                assert end < session.start_min
                end = session.end_min
                assert end < day.today.outline.bed_min


def test_the_fit_run_faster_at_the_same_effort() -> None:
    runs = []
    for index in range(80):
        person = Person.from_seed(1, index)
        if person.archetype in {"runner", "triathlete"}:
            runs += [
                (person.body.vo2_max, item.distance_km / item.duration_min * 60)
                for item in items(month(1, index, 7), "exercises")
                if isinstance(item, Exercise) and item.type == "Running" and item.distance_km
            ]
    assert correlation(*map(list, zip(*runs, strict=True))) > 0.6
    assert all(5 < speed < 18 for _, speed in runs)


def test_sets_are_lifted_within_their_workout() -> None:
    lifted = 0
    for index in range(20):
        for day in month(1, index):
            spans = {
                item.exercise_id: (item.timestamp, item.timestamp + timedelta(minutes=item.duration_min))
                for item in items((day,), "exercises")
                if isinstance(item, Exercise) and item.timestamp
            }
            for each in items((day,), "sets"):
                assert isinstance(each, StrengthSet)
                start, end = spans[each.exercise_id or ""]
                assert each.timestamp is not None
                assert start < each.timestamp <= end
                lifted += 1
    assert lifted > 200


def test_six_in_the_evening_is_the_peak_of_uploads() -> None:
    """Of what waits until people look at their phones; by the clock of where they live."""
    around: Counter[int] = Counter()
    for index in range(20):
        for day in month(1, index):
            for due in day.batches:
                if due.kind in {"meals", "exercises", "steps", "sets"}:
                    local = datetime.fromtimestamp(due.due_ms / 1000, UTC).astimezone(day.today.person.home.tz)
                    around[(local + timedelta(minutes=30)).hour] += 1
    assert set(around) <= {9, 10, 13, 14, 17, 18, 21, 22} | {11, 15, 19, 23}
    assert {hour for hour, _ in around.most_common(4)} == {10, 14, 18, 22}
    assert around.most_common(1)[0][0] == 18
