"""Insights against the truth: people of the simulator to whom something happens, and people to whom nothing does.

The worlds are not those that the rules were tried on. `python -m benchmarks.insights` judges more of them.
"""

import pytest

from benchmarks.lived_days import LivedDays
from benchmarks.oddities import judge_anomalies, judge_correlations
from benchmarks.truth import SIGNS, Found, judge, look, other_signs, world
from device_simulator.people.stories import PLOTS
from insights.attention import attention

SEEDS = (7, 8, 9)
DAYS = (7, 14, 21, 28)


@pytest.fixture(scope="module")
def lives() -> list[LivedDays]:
    return [lived for seed in SEEDS for lived in world(seed, ordinary=8, each=2)]


@pytest.fixture(scope="module")
def ordinary(lives: list[LivedDays]) -> list[LivedDays]:
    return [each for each in lives if each.story is None]


@pytest.fixture(scope="module")
def found(lives: list[LivedDays]) -> list[Found]:
    return judge([look(each, DAYS) for each in lives])


def test_every_story_has_its_sign() -> None:
    assert SIGNS.keys() == PLOTS.keys()


@pytest.mark.parametrize("story", PLOTS)
def test_a_story_is_found_and_told_of_nobody_else(found: list[Found], story: str) -> None:
    (each,) = (each for each in found if each.story == story)
    assert each.recall >= 0.8
    assert each.precision >= 0.6
    assert each.false_a_hundred <= 4


def test_all_stories_together_are_found_and_hardly_any_is_told_of_others(found: list[Found]) -> None:
    people = sum(each.people for each in found)
    assert sum(each.recall * each.people for each in found) / people >= 0.9
    assert sum(each.right for each in found) / sum(each.told for each in found) >= 0.85


def test_other_signs_call_for_few_ordinary_people(ordinary: list[LivedDays]) -> None:
    rates = other_signs([look(each, DAYS) for each in ordinary])
    # A high blood pressure is a fact about some of them, and no false alarm.
    assert sum(rate for code, rate in rates.items() if code != "pressure_high") <= 8


def test_a_roster_puts_those_with_a_story_first(lives: list[LivedDays]) -> None:
    concerned = [each for each in lives if each.story not in {None, "improving"}]
    scores = sorted(((attention(each.columns).score, each.story) for each in lives), key=lambda each: -each[0])
    first = [story for _, story in scores[: len(concerned)]]
    assert sum(story not in {None, "improving"} for story in first) / len(concerned) >= 0.85


def test_an_odd_day_is_found_and_ordinary_ones_are_left_alone(ordinary: list[LivedDays]) -> None:
    found = judge_anomalies(ordinary, 0.8)
    assert found.found >= 0.65
    assert found.a_month <= 4
    assert found.high_a_month <= 1


def test_correlations_tell_what_is_true_and_nothing_where_there_is_nothing(ordinary: list[LivedDays]) -> None:
    found = judge_correlations(ordinary[::2])
    assert found.load_before_hrv >= 0.6
    assert found.people_told_of_nothing <= 0.1
