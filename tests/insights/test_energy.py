import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.energy import adherence, energy_balance, least_plausible, resting_energy
from insights.series import Floats, known
from tests.insights.strategies import series


def test_resting_energy_is_mifflins() -> None:
    """A man of 80 kg, 180 cm, 30 years: 800 + 1125 - 150 + 5; a woman of 60 kg, 165 cm, 40 years: 1270.25."""
    assert resting_energy("male", 80, 180, 30) == 1_780
    assert resting_energy("female", 60, 165, 40) == 1_270.25


def test_the_cut_off_is_blacks() -> None:
    """Black 2000: with 23, 8.5 and 15 % and an activity of 1.55, one day of one person is cut off at 0.87."""
    assert least_plausible(1_000) == pytest.approx(870, abs=5)
    assert least_plausible(1_000, days=7) == pytest.approx(1_055, abs=15)


def test_days_that_were_logged_in_part_are_left_out_and_counted() -> None:
    eaten = [2_200.0, 400, np.nan, 2_000, 2_100, 300, 2_300]
    found = energy_balance(eaten, [np.nan, 0, 500, 300, np.nan, 0, 0], 1_500)
    assert found is not None
    assert (found.days, found.left_out) == (4, 2)
    assert found.eaten == pytest.approx(2_150)
    assert found.spent == pytest.approx(1.4 * 1_500 + 75)
    assert found.balance == pytest.approx(-25)


def test_too_few_whole_days_have_no_balance() -> None:
    assert energy_balance([2_000.0, 2_000, np.nan], [0.0] * 3, 1_500) is None


def test_adherence_counts_days_near_the_target() -> None:
    found = adherence({"protein_g": [100.0, 110, 90, 150, np.nan]}, {"protein_g": 100, "fat_g": 60})
    assert list(found) == ["protein_g"]
    each = found["protein_g"]
    assert (each.within, each.days) == (0.75, 4)
    assert each.deviation_pct == pytest.approx(12.5)


@given(series(3, 14, st.one_of(st.floats(1, 500), st.just(float("nan")))), st.floats(10, 300), st.floats(0, 0.5))
def test_a_wider_tolerance_never_counts_fewer_days(values: Floats, target: float, tolerance: float) -> None:
    near = adherence({"protein_g": values}, {"protein_g": target}, tolerance=tolerance)
    wide = adherence({"protein_g": values}, {"protein_g": target}, tolerance=2 * tolerance)
    assert bool(near) == bool(wide) == (len(known(values[-7:])) >= 3)
    if near:
        assert 0 <= near["protein_g"].within <= wide["protein_g"].within <= 1


def test_figures_that_no_person_has_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        resting_energy("male", 0, 180, 30)
    with pytest.raises(ValueError, match="target of protein_g"):
        adherence({}, {"protein_g": 0})
    with pytest.raises(ValueError, match="at least one day"):
        least_plausible(1_500, days=0)
