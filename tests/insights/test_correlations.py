from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, spearmanr

from insights.correlations import Correlation, correlations
from insights.series import Floats


def _noise(seed: int, days: int, alike: float = 0.0) -> Floats:
    random = np.random.default_rng(seed)
    noise = random.standard_normal(days)
    for at in range(1, days):
        noise[at] += alike * noise[at - 1]
    return noise


def test_what_follows_two_days_later_is_found_with_its_lag() -> None:
    load = _noise(1, 90)
    hrv = 60 - 5 * np.roll(load, 2) + _noise(2, 90)
    (found, *_) = correlations({"session_load": load, "hrv_ms": hrv})
    assert (found.first, found.second, found.lag) == ("session_load", "hrv_ms", 2)
    assert found.rho < -0.9
    assert found.words.startswith("With more training load there was a lower HRV 2 days later (rank correlation -0.9")
    assert found.words.endswith("this does not say that one causes the other.")


def test_two_things_that_drift_are_not_told_to_go_together() -> None:
    day = np.arange(90)
    up, also_up = day + 5 * _noise(3, 90), 2 * day + 9 * _noise(4, 90)
    assert spearmanr(up, also_up).statistic > 0.9
    assert correlations({"weight_kg": up, "hrv_ms": also_up}, lags=[0]) == []


def test_parts_of_one_thing_are_no_news() -> None:
    energy = _noise(5, 90)
    assert correlations({"energy_in_kcal": energy, "carbs_g": energy + 0.1 * _noise(6, 90)}) == []


@given(st.integers(0, 27), st.integers(0, 2**32 - 1))
def test_with_too_few_days_nothing_is_said(days: int, seed: int) -> None:
    values = _noise(seed, 60)
    values[days:] = np.nan
    assert correlations({"mood": values, "hrv_ms": 2 * values}) == []


def test_days_that_tell_too_little_say_nothing_however_many() -> None:
    slow = np.repeat(_noise(8, 6), 10)
    assert correlations({"mood": slow, "hrv_ms": slow}) == []


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.8])
def test_of_noise_hardly_anything_is_told(alike: float) -> None:
    """Of people without anything to tell, at most one in twenty is told of something (all discoveries are false)."""
    columns = ["mood", "steps", "hrv_ms", "sleep_min", "weight_kg", "glucose_mmol_l"]
    told = 0
    for seed in range(80):
        days = {column: _noise(1_000 * seed + at, 84, alike) for at, column in enumerate(columns)}
        told += bool(correlations(days, weakest=0.0))
    assert told <= 8


def test_the_published_example_of_false_discovery_rates_rejects_four() -> None:
    """Benjamini & Hochberg 1995, section 3.2: fifteen p-values, of which Bonferroni rejects three, theirs four."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    q = false_discovery_control([*p, 0.7590, 1.0])
    assert int((q <= 0.05).sum()) == 4


@given(st.floats(-0.6, 0.9), st.floats(-0.6, 0.9))
@settings(max_examples=20)
def test_as_many_days_count_as_bartlett_says(one: float, other: float) -> None:
    """Two autoregressions: N* / N = (1 - ab) / (1 + ab), and never more than N."""
    found = []
    for seed in range(12):
        columns = {"mood": _noise(seed, 400, one), "hrv_ms": _noise(seed + 1_000, 400, other)}
        found += correlations(columns, lags=[0], false_share=1, weakest=0)
    effective = np.mean([each.effective for each in found])
    expected = min((1 - one * other) / (1 + one * other), 1)
    assert effective / 400 == pytest.approx(expected, abs=0.2)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_every_correlation_told_keeps_to_what_was_asked(seed: int) -> None:
    shared = _noise(seed, 84)
    columns = {name: shared + _noise(seed + at, 84) for at, name in enumerate(("mood", "steps", "hrv_ms"), 1)}
    found = correlations(columns, lags=[0], weakest=0.4)
    assert {frozenset((each.first, each.second)) for each in found} <= set(map(frozenset, combinations(columns, 2)))
    for each in found:
        assert 0.4 <= abs(each.rho) <= 1
        assert each.p <= each.q <= 0.05
        assert 10 <= each.effective <= each.days == 84


def test_a_lag_goes_forward() -> None:
    with pytest.raises(ValueError, match="0 days or more"):
        correlations({}, lags=[-1])
    assert correlations({}) == []


def test_a_rate_of_false_ones_is_told_as_people_write_it() -> None:
    clear = Correlation("hrv_ms", "soreness", 0, -0.85, 1e-9, 8.6e-05, 29, 25)
    assert "false discovery rate below 0.001)" in clear.words
    assert "false discovery rate 0.044)" in replace(clear, q=0.044).words
