from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.ages import age_on, is_adult


def test_somebody_is_of_age_from_their_eighteenth_birthday_on() -> None:
    assert not is_adult(date(2026, 5, 3), date(2008, 5, 4))
    assert is_adult(date(2026, 5, 4), date(2008, 5, 4))
    assert not is_adult(date(2026, 2, 28), date(2008, 2, 29))
    assert is_adult(date(2026, 3, 1), date(2008, 2, 29))


def test_who_has_not_said_when_they_were_born_counts_as_an_adult() -> None:
    assert is_adult(date(2026, 5, 4), None)


@given(st.dates(date(1930, 1, 1), date(2026, 1, 1)), st.integers(-400, 30_000))
def test_an_age_is_never_negative_and_agrees_with_being_of_age(born: date, later: int) -> None:
    day = born + timedelta(days=later)
    assert age_on(day, born) == pytest.approx(max(later, 0) / 365.2425)
    assert is_adult(day, born) == (age_on(day, born) >= 18 - 2 / 365) or abs(age_on(day, born) - 18) < 2 / 365
