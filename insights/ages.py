"""How old somebody is, and whether rules that were made for adults are about them."""

from datetime import date

from contract.conventions import ADULT_AGE

_DAYS_A_YEAR = 365.2425


def age_on(day: date, born: date) -> float:
    """Years from a birth to a day; 0 before it."""
    return max((day - born).days, 0) / _DAYS_A_YEAR


def is_adult(day: date, born: date | None) -> bool:
    """Whether somebody is 18 on a day; who has not said when they were born counts as one who is."""
    return born is None or (day.year - ADULT_AGE, day.month, day.day) >= (born.year, born.month, born.day)
