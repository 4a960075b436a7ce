"""A period of somebody's days against the one before it: what a coach reads before they write. No I/O."""

from collections.abc import Collection
from datetime import date
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from api.finding_models import Column, First, Last, Words
from api.findings import WHAT_TO_DO
from api.window import Window
from insights.ages import age_on, is_adult
from insights.attention import attention
from insights.comparison import LEAST_DAYS, Comparison, compare
from insights.energy import EnergyBalance, energy_balance, resting_energy
from insights.load import LoadStatus, load_status
from insights.pressure import PressureStatus, pressure_status
from insights.recovery import RecoveryStatus, hrv_status, resting_status
from insights.series import TELLING, Floats, last_value
from insights.signs import Days, Sign
from insights.silence import logged_share
from insights.sleep import SleepDebt, SleepRegularity, sleep_debt, sleep_regularity
from insights.standing import HISTORY_DAYS, WORN_HOURS, Columns
from insights.words import days, name_of, unit_of
from storage.records.people import Person


class FigureShown(Struct, frozen=True, kw_only=True):
    """A figure of the period against the one before."""

    column: Column
    name: str
    unit: str
    mean: Annotated[float, Meta(description="A day; of workouts, days without one count as 0.")]
    days: int
    mean_before: float | None
    days_before: int
    change: float | None
    change_pct: float | None
    notable: Annotated[bool, Meta(description="The difference is more than days differ anyway.")]
    words: str


class AdherenceShown(Struct, frozen=True, kw_only=True):
    """Shares of days, 0 to 1."""

    wear: Annotated[float, Meta(description="With 10 hours of wear or more.")]
    wear_before: float
    logging: Annotated[float, Meta(description="With a meal logged.")]
    logging_before: float


class StatusShown(Struct, frozen=True, kw_only=True):
    """Where the person stands on the last day; null where too little is known, or the rule is not for their age."""

    training: LoadStatus | None
    hrv: RecoveryStatus | None
    resting_heart_rate: RecoveryStatus | None
    sleep_regularity: SleepRegularity | None
    sleep_debt: SleepDebt | None
    blood_pressure: PressureStatus | None
    energy: EnergyBalance | None


class PeriodShown(Struct, frozen=True, kw_only=True):
    """A period against as many days before."""

    first: First
    last: Last
    first_before: date
    last_before: date
    time_zone: str
    words: Words
    reasons: Annotated[list[Sign], Meta(description="Why to look at them: what the roster would say on the last day.")]
    figures: Annotated[list[FigureShown], Meta(description="The clearest difference first.")]
    adherence: AdherenceShown
    status: StatusShown


def history_before(window: Window) -> int:
    """Days that are to be read before a window, for `period_of`."""
    return max(len(window), HISTORY_DAYS - len(window))


def period_of(person: Person, columns: Columns, window: Window, since: Collection[str] = ()) -> PeriodShown:
    """What there is to say.

    Args:
        person: whose days they are.
        columns: daily series of the window and `history_before` it.
        window: the period.
        since: columns of which something has come since.
    """
    figures = [_figure(each) for each in compare(columns, len(window)) if each.column in TELLING]
    history = {name: series[-HISTORY_DAYS:] for name, series in columns.items()}
    adult = is_adult(window.last, person.birth_date)
    return PeriodShown(
        first=window.first,
        last=window.last,
        first_before=window.before.first,
        last_before=window.before.last,
        time_zone=window.zone.key,
        words=_words(figures, window),
        reasons=list(attention(history, since=since, is_adult=adult).signs),
        figures=figures,
        adherence=_adherence(columns, len(window)),
        status=_status(person, Days(history, is_adult=adult), window.last),
    )


def _words(figures: list[FigureShown], window: Window) -> str:
    if len(window) < LEAST_DAYS:
        return f"A summary takes {days(LEAST_DAYS)}: ask for more of them."
    if not figures:
        return f"No figure has a value on three days of {window.words}. {WHAT_TO_DO}"
    compared = [each for each in figures if each.change is not None]
    if not compared:
        return f"The {days(len(window))} before have too few values to compare with; a shorter period may have more."
    notable = sum(each.notable for each in compared)
    return f"{notable} of {len(compared)} figures differ notably from the {days(len(window))} before."


def _figure(found: Comparison) -> FigureShown:
    return FigureShown(
        column=found.column,
        name=name_of(found.column),
        unit=unit_of(found.column),
        mean=found.mean,
        days=found.days,
        mean_before=found.mean_before,
        days_before=found.days_before,
        change=found.change,
        change_pct=found.change_pct,
        notable=found.is_notable,
        words=found.words,
    )


def _adherence(columns: Columns, period: int) -> AdherenceShown:
    worn, logged = _worn(columns), columns.get("energy_in_kcal")
    return AdherenceShown(
        wear=_share(worn, period),
        wear_before=_share(worn, period, before=period),
        logging=_share(logged, period),
        logging_before=_share(logged, period, before=period),
    )


def _worn(columns: Columns) -> Floats | None:
    hours = columns.get("wear_hours")
    return None if hours is None else np.where(hours >= WORN_HOURS, hours, np.nan)


def _share(series: Floats | None, period: int, before: int = 0) -> float:
    if series is None:
        return 0.0
    return logged_share(series[: len(series) - before], days=period)


def _status(person: Person, lived: Days, last: date) -> StatusShown:
    return StatusShown(
        training=load_status(lived["session_load"]),
        hrv=hrv_status(lived["hrv_ms"]),
        resting_heart_rate=resting_status(lived["resting_heart_rate_bpm"]),
        sleep_regularity=sleep_regularity(lived["bed_time_h"], lived["wake_time_h"]),
        sleep_debt=sleep_debt(lived["sleep_min"]) if lived.is_adult else None,
        blood_pressure=pressure_status(lived["systolic_mmhg"], lived["diastolic_mmhg"]) if lived.is_adult else None,
        energy=_energy(person, lived, last),
    )


def _energy(person: Person, lived: Days, last: date) -> EnergyBalance | None:
    weighed = last_value(lived["weight_kg"])
    if weighed is None or person.sex is None or person.height_cm is None or person.birth_date is None:
        return None
    if not lived.is_adult:
        return None
    resting = resting_energy(person.sex, weighed[1], person.height_cm, age_on(last, person.birth_date))
    return energy_balance(lived["energy_in_kcal"], lived["energy_out_kcal"], resting)
