"""What a person may do, as plain rules, each with the figures that it rests on and where the rule is from.

A recommendation follows from logged figures alone. Nobody has examined anybody: so none is a diagnosis or a treatment,
and `NOTICE` goes with them wherever they are shown.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from insights.condition import not_recovering
from insights.energy import adherence
from insights.load import load_status
from insights.pressure import GRADE_3, pressure_status
from insights.series import one_value
from insights.signs import Days
from insights.sleep import RECOMMENDED_MIN, sleep_debt, sleep_regularity
from insights.words import figure, is_level, name_of, unit_of

NOTICE = (
    "These recommendations follow from logged figures by plain rules. They are no diagnosis and replace no doctor; "
    "whoever feels unwell should see one."
)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Something to do.

    Attributes:
        code: names the rule; stable.
        words: what to do.
        because: what it rests on, in words with figures.
        figures: the same figures as numbers, by name.
        source: where the rule is from.
    """

    code: str
    words: str
    because: str
    figures: Mapping[str, float]
    source: str


def recommendations(
    columns: Mapping[str, ArrayLike],
    *,
    targets: Mapping[str, float] | None = None,
    sleep_need_min: float | None = None,
    is_adult: bool = True,
) -> list[Recommendation]:
    """What a person's days give reason to recommend; empty if nothing, or too little is known.

    Args:
        columns: daily series of the same days by column of the daily summary; the last day has ended.
        targets: a day, by column (`energy_in_kcal`, `protein_g`, ...).
        sleep_need_min: a night; 7 hours if it is not known of an adult.
        is_adult: rules that were made for adults are about this person.

    Raises:
        ValueError: not daily series, or of different lengths.
    """
    lived = Days(columns, is_adult=is_adult)
    rules = (rule for rule in _RULES if is_adult or rule not in _FOR_ADULTS)
    found = [each for rule in rules if (each := rule(lived)) is not None]
    debt = _sleep_more(lived, sleep_need_min)
    return [*found, *([debt] if debt else []), *_keep_to_targets(lived, targets or {})]


def _recover(lived: Days) -> Recommendation | None:
    sign = not_recovering(lived)
    if sign is None:
        return None
    words = "Plan some easy days, and train hard again once resting heart rate and HRV are back in their usual range."
    source = "Meeusen et al., Med Sci Sports Exerc 2013;45:186-205"
    return Recommendation("recover", words, sign.words, sign.figures, source)


def _vary_training(lived: Days) -> Recommendation | None:
    load = load_status(lived["session_load"])
    if load is None or load.monotony is None or load.monotony < 2 or load.week < load.chronic * 7:
        return None
    because = (
        f"The training load of the last 7 days was {figure(load.week)} AU with a monotony of {figure(load.monotony)}."
    )
    words = "Let hard and easy days take turns, with at least one day of rest a week."
    figures = {"week_load": load.week, "monotony": load.monotony}
    return Recommendation("vary_training", words, because, figures, "Foster, Med Sci Sports Exerc 1998;30:1164-1168")


def _keep_hours(lived: Days) -> Recommendation | None:
    sleep = sleep_regularity(lived["bed_time_h"], lived["wake_time_h"], days=14)
    if sleep is None or sleep.midsleep_sd_min < 60:
        return None
    because = f"The middle of sleep varied by {figure(sleep.midsleep_sd_min, 'min')} (standard deviation) in two weeks."
    words = "Go to bed and get up at more equal hours, on free days too."
    source = "Sletten et al., Sleep Health 2023;9:801-820"
    return Recommendation("keep_hours", words, because, {"midsleep_sd_min": sleep.midsleep_sd_min}, source)


def _sleep_more(lived: Days, need_min: float | None) -> Recommendation | None:
    need = need_min or (RECOMMENDED_MIN if lived.is_adult else None)
    debt = sleep_debt(lived["sleep_min"], need_min=need) if need else None
    if debt is None or debt.minutes < 180:
        return None
    because = (
        f"{figure(debt.mean_min / 60, 'h')} of sleep a night in the last 7 days, against a need of "
        f"{figure(debt.need_min / 60, 'h')}: {figure(debt.minutes / 60, 'h')} are missing."
    )
    figures = {"debt_min": debt.minutes, "mean_min": debt.mean_min, "need_min": debt.need_min}
    words = "Go to bed earlier on the coming nights."
    return Recommendation("sleep_more", words, because, figures, "Watson et al., Sleep 2015;38:843-844")


def _confirm_pressure(lived: Days) -> Recommendation | None:
    status = pressure_status(lived["systolic_mmhg"], lived["diastolic_mmhg"])
    if status is None or not status.high_at_home:
        return None
    because = (
        f"The mean of {status.days} days was {status.systolic:.0f}/{status.diastolic:.0f} mmHg; 135/85 and more counts "
        f"as high at home."
    )
    words = (
        "Show these readings to a doctor today."
        if status.office_class.grade >= GRADE_3
        else "Measure in the morning and the evening of a week, seated and at rest, and show the readings to a doctor."
    )
    figures = {"systolic_mmhg": status.systolic, "diastolic_mmhg": status.diastolic}
    return Recommendation("confirm_pressure", words, because, figures, "Williams et al., Eur Heart J 2018;39:3021-3104")


def _move_more(lived: Days) -> Recommendation | None:
    # Two weeks, since one without exercise is no habit; and only of people who wear something that would notice.
    minutes, steps = np.nan_to_num(lived["exercise_min"][-14:]), one_value(lived["steps"][-14:], 10)
    if len(minutes) < 14 or steps is None or minutes.sum() / 2 >= 150 or steps >= 8_000:
        return None
    weekly = float(minutes.sum() / 2)
    because = f"{figure(weekly, 'min')} of exercise a week and {figure(steps)} steps a day in the last 14 days."
    words = "Aim at 150 to 300 minutes of moderate activity a week; brisk walks count."
    source = "WHO guidelines 2020: Bull et al., Br J Sports Med 2020;54:1451-1462"
    return Recommendation("move_more", words, because, {"exercise_min_a_week": weekly, "steps": steps}, source)


def _eat_fibre(lived: Days) -> Recommendation | None:
    fibre = one_value(lived["fiber_g"][-14:], 7)
    if fibre is None or fibre >= 20:
        return None
    because = f"{figure(fibre, 'g')} of fibre a day were logged in the last 14 days; 25 g are adequate for adults."
    words = "Choose whole grains, pulses, vegetables and fruit more often."
    return Recommendation("eat_fibre", words, because, {"fiber_g": fibre}, "EFSA Journal 2010;8:1462")


def _keep_to_targets(lived: Days, targets: Mapping[str, float]) -> Iterator[Recommendation]:
    found = adherence({column: lived[column] for column in targets}, targets)
    for column, each in found.items():
        if abs(each.deviation_pct) <= 10:
            continue
        unit, less = unit_of(column), each.deviation_pct > 0
        how = "on average" if is_level(column) else "a day"
        because = (
            f"{figure(each.mean, unit)} {how} on {each.days} of the last 7 days, "
            f"{figure(abs(each.deviation_pct), '%')} {'above' if less else 'below'} the target of "
            f"{figure(each.target, unit)}."
        )
        words = f"Bring {name_of(column)} {'down' if less else 'up'} towards the target."
        figures = {"mean": each.mean, "target": each.target, "within": each.within}
        yield Recommendation(f"target_{column}", words, because, figures, "the target set with the coach")


_RULES: tuple[Callable[[Days], Recommendation | None], ...] = (
    _recover,
    _confirm_pressure,
    _vary_training,
    _keep_hours,
    _move_more,
    _eat_fibre,
)
_FOR_ADULTS = frozenset({_confirm_pressure, _move_more, _eat_fibre})
