import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.pressure import pressure_class, pressure_status


@pytest.mark.parametrize(
    ("systolic", "diastolic", "name"),
    [
        (119, 79, "optimal"),
        (120, 79, "normal"),
        (119, 80, "normal"),
        (129, 84, "normal"),
        (130, 84, "high normal"),
        (129, 85, "high normal"),
        (139, 89, "high normal"),
        (140, 90, "grade 1 hypertension"),
        (135, 92, "grade 1 hypertension"),
        (159, 99, "grade 1 hypertension"),
        (160, 99, "grade 2 hypertension"),
        (159, 109, "grade 2 hypertension"),
        (180, 100, "grade 3 hypertension"),
        (170, 110, "grade 3 hypertension"),
        (145, 85, "isolated systolic hypertension, grade 1"),
        (185, 80, "isolated systolic hypertension, grade 3"),
    ],
)
def test_classes_are_those_of_the_european_table(systolic: float, diastolic: float, name: str) -> None:
    found = pressure_class(systolic, diastolic)
    assert (found.guideline, found.name) == ("ESC/ESH 2018", name)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "name"),
    [
        (119, 79, "normal"),
        (120, 79, "elevated"),
        (129, 79, "elevated"),
        (130, 79, "stage 1 hypertension"),
        (125, 80, "stage 1 hypertension"),
        (139, 89, "stage 1 hypertension"),
        (140, 80, "stage 2 hypertension"),
        (120, 90, "stage 2 hypertension"),
    ],
)
def test_classes_are_those_of_the_american_table(systolic: float, diastolic: float, name: str) -> None:
    found = pressure_class(systolic, diastolic, "ACC/AHA 2017")
    assert (found.guideline, found.name) == ("ACC/AHA 2017", name)


@given(st.floats(70, 200), st.floats(40, 69), st.floats(0, 40), st.floats(0, 40))
def test_a_higher_pressure_is_never_in_a_lower_class(low: float, bottom: float, up: float, more: float) -> None:
    for guideline in ("ESC/ESH 2018", "ACC/AHA 2017"):
        before = pressure_class(low, bottom, guideline)
        after = pressure_class(low + up + more, bottom + more, guideline)
        assert after.grade >= before.grade


def test_a_week_is_its_mean_on_days_with_both() -> None:
    found = pressure_status([120.0, 136, 138, np.nan, 137], [80.0, 84, np.nan, 80, 86], days=4)
    assert found is None
    found = pressure_status([190.0, 136, 138, np.nan, 137], [110.0, 84, 85, 80, 86], days=4)
    assert found is not None
    assert (found.systolic, found.diastolic, found.days) == (137, 85, 3)
    assert (found.office_class.name, found.high_at_home) == ("high normal", True)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "shown", "name", "high"),
    [
        (139.7, 80, (140, 80), "isolated systolic hypertension, grade 1", True),
        (179.6, 100, (180, 100), "grade 3 hypertension", True),
        (134.6, 80, (135, 80), "high normal", True),
        (134.4, 84.4, (134, 84), "high normal", False),
        (80.4, 80.3, (80, 80), "normal", False),
    ],
)
def test_the_class_is_that_of_the_figures_that_are_shown(
    systolic: float, diastolic: float, shown: tuple[float, float], name: str, high: bool
) -> None:
    found = pressure_status([systolic] * 3, [diastolic] * 3)
    assert found is not None
    assert (found.systolic, found.diastolic) == shown
    assert (found.office_class.name, found.high_at_home) == (name, high)


def test_what_is_no_blood_pressure_is_refused() -> None:
    with pytest.raises(ValueError, match="below diastolic"):
        pressure_class(80, 120)
