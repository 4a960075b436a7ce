"""Energy eaten against energy spent, and food against a target.

What people log is less than what they eat (Goldberg et al., Eur J Clin Nutr 1991;45:569-581). So a day whose logged
energy is too little to be a whole day is left out, and the balance says how many days were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from contract.conventions import LIVING_FACTOR
from insights.series import aligned, daily

Sex = Literal["female", "male"]

_CV_INTAKE, _CV_RESTING, _CV_ACTIVITY = 23.0, 8.5, 15.0


def resting_energy(sex: Sex, weight_kg: float, height_cm: float, age: float) -> float:
    """Resting energy, kcal a day: 10 kg + 6.25 cm - 5 years, + 5 for men, - 161 for women.

    Mifflin et al., Am J Clin Nutr 1990;51:241-247; for adults. Of people without obesity 82 % are within 10 % of it
    (Frankenfield, Roth-Yousey & Compher, J Am Diet Assoc 2005;105:775-789).

    Raises:
        ValueError: weight, height or age is not above 0.
    """
    if min(weight_kg, height_cm, age) <= 0:
        raise ValueError("weight, height and age are above 0")
    return 10 * weight_kg + 6.25 * height_cm - 5 * age + (5 if sex == "male" else -161)


def least_plausible(resting_kcal: float, *, activity: float = 1.55, days: int = 1) -> float:
    """Logged energy, kcal a day over so many days, below which something was left out (Goldberg's cut-off).

    Two standard deviations below what is expected, with the coefficients of variation of Black, Int J Obes
    2000;24:1119-1130: 23 % of intake from day to day, 8.5 % of the resting energy's formula, 15 % of activity. For one
    day and an activity of 1.55 it is 0.87 resting energies.

    Raises:
        ValueError: `days` is below 1.
    """
    if days < 1:
        raise ValueError("a cut-off is for at least one day")
    variation = sqrt(_CV_INTAKE**2 / days + _CV_RESTING**2 + _CV_ACTIVITY**2)
    return resting_kcal * activity * exp(-2 * variation / 100)


@dataclass(frozen=True, slots=True)
class EnergyBalance:
    """Eaten and spent over some days, means a day in kcal.

    Attributes:
        eaten, spent: of the days that count.
        days: how many count.
        left_out: days with something logged, but too little for a whole day.
    """

    eaten: float
    spent: float
    days: int
    left_out: int

    @property
    def balance(self) -> float:
        """Eaten minus spent; below 0 is a deficit."""
        return self.eaten - self.spent


def energy_balance(
    eaten_kcal: ArrayLike,
    exercise_kcal: ArrayLike,
    resting_kcal: float,
    *,
    living_factor: float = LIVING_FACTOR,
    days: int = 7,
    least: int = 3,
) -> EnergyBalance | None:
    """The mean balance of the last days; None if fewer than `least` were logged as a whole.

    Spent is resting energy times the living factor, plus exercise. It is an estimate to about 10 %, so a balance of 200
    kcal may be none: the trend of the weight is the better judge over weeks.

    Args:
        eaten_kcal: a day, as logged.
        exercise_kcal: a day; NaN: none.
        resting_kcal: a day, as by `resting_energy`.
        living_factor: of a day without exercise.
        days: the last so many.
        least: days that count.

    Raises:
        ValueError: not daily series of one length.
    """
    eaten, exercise = (series[-days:] for series in aligned(eaten_kcal, exercise_kcal))
    logged = ~np.isnan(eaten)
    whole = logged & (np.nan_to_num(eaten) >= least_plausible(resting_kcal))
    count = int(np.count_nonzero(whole))
    if count < max(least, 1):
        return None
    spent = living_factor * resting_kcal + np.nan_to_num(exercise[whole])
    return EnergyBalance(float(eaten[whole].mean()), float(spent.mean()), count, int(np.count_nonzero(logged)) - count)


@dataclass(frozen=True, slots=True)
class Adherence:
    """How well a figure keeps to its target.

    Attributes:
        target: a day, in the unit of the figure.
        mean: of the days that have a value.
        within: share of these days that are within the tolerance, 0 to 1.
        days: how many those are.
    """

    target: float
    mean: float
    within: float
    days: int

    @property
    def deviation_pct(self) -> float:
        """The mean above (below: negative) the target, in percent of it."""
        return 100 * (self.mean / self.target - 1)


def adherence(
    columns: Mapping[str, ArrayLike],
    targets: Mapping[str, float],
    *,
    tolerance: float = 0.1,
    days: int = 7,
    least: int = 3,
) -> dict[str, Adherence]:
    """By column, how the last days keep to their targets; columns with fewer than `least` values are left out.

    Args:
        columns: daily series by column (`energy_in_kcal`, `protein_g`, ...).
        targets: a day, by column, above 0.
        tolerance: share of the target by which a day may be off.
        days: the last so many.
        least: days with a value.

    Raises:
        ValueError: not daily series, or a target is not above 0.
    """
    found: dict[str, Adherence] = {}
    for column, target in targets.items():
        if not target > 0:
            raise ValueError(f"the target of {column} is above 0")
        series = daily(columns.get(column, ()))[-days:]
        values = series[~np.isnan(series)]
        if len(values) >= max(least, 1):
            near = np.abs(values - target) <= tolerance * target * (1 + 1e-12)
            found[column] = Adherence(target, float(values.mean()), float(near.mean()), len(values))
    return found
