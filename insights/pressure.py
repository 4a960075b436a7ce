"""Which class a blood pressure is in, by a published guideline, which is always named with it.

Both are for adults and for measurements in an office; at home 135/85 mmHg means as much as 140/90 there (Williams et
al. 2018, table 9). A class is not a diagnosis: that needs repeated measurements by a professional.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from contract.conventions import HOME_DIASTOLIC_MMHG, HOME_SYSTOLIC_MMHG
from insights.series import Floats, aligned

Guideline = Literal["ESC/ESH 2018", "ACC/AHA 2017"]

GRADE_2, GRADE_3 = 4, 5
"""Places of these classes in the table of the ESC/ESH."""
WEEK_DAYS = 7
_LEAST_DAYS = 3


@dataclass(frozen=True, slots=True)
class PressureClass:
    """The class of a blood pressure.

    Attributes:
        guideline: by which it is.
        name: in the guideline's words.
        grade: 0 for the lowest class, one more for each above it; isolated systolic hypertension has its grade.
    """

    guideline: Guideline
    name: str
    grade: int


# Williams et al., Eur Heart J 2018;39:3021-3104, table 3.
_ESC_ESH = (
    ("optimal", 0, 0),
    ("normal", 120, 80),
    ("high normal", 130, 85),
    ("grade 1 hypertension", 140, 90),
    ("grade 2 hypertension", 160, 100),
    ("grade 3 hypertension", 180, 110),
)
# Whelton et al., Hypertension 2018;71:e13-e115, table 6.
_ACC_AHA = (
    ("normal", 0, 0),
    ("elevated", 120, 1_000),
    ("stage 1 hypertension", 130, 80),
    ("stage 2 hypertension", 140, 90),
)
"""Name, from systolic, from diastolic (mmHg); the higher of both counts. No diastolic makes a pressure `elevated`."""


def pressure_class(systolic: float, diastolic: float, guideline: Guideline = "ESC/ESH 2018") -> PressureClass:
    """The class of one blood pressure in mmHg.

    Raises:
        ValueError: systolic is below diastolic, or diastolic not above 0.
    """
    if not 0 < diastolic <= systolic:
        raise ValueError("systolic is not below diastolic, and diastolic above 0")
    table = _ESC_ESH if guideline == "ESC/ESH 2018" else _ACC_AHA
    grade = max(at for at, (_, high, low) in enumerate(table) if systolic >= high or diastolic >= low)
    name = table[grade][0]
    if guideline == "ESC/ESH 2018" and systolic >= 140 and diastolic < 90:
        name = f"isolated systolic hypertension, {name.split(' hyper')[0]}"
    return PressureClass(guideline, name, grade)


@dataclass(frozen=True, slots=True)
class PressureStatus:
    """Blood pressure of a week.

    Attributes:
        systolic, diastolic: means of the days that have both, whole mmHg: what is shown is what is judged.
        days: how many those are.
        office_class: the class that these means would be in.
        high_at_home: 135/85 mmHg or more, the guideline's threshold for hypertension by home measurements.
    """

    systolic: float
    diastolic: float
    days: int
    office_class: PressureClass
    high_at_home: bool


def pressure_status(
    systolic: ArrayLike, diastolic: ArrayLike, *, days: int = WEEK_DAYS, guideline: Guideline = "ESC/ESH 2018"
) -> PressureStatus | None:
    """Mean of the last days and its class; None if fewer than 3 of them have both values.

    A week is what the guideline asks for at home (at least 3 days, better 6 to 7: Williams et al. 2018).

    Raises:
        ValueError: not daily series of one length, in mmHg.
    """
    high, low = (series[-days:] for series in aligned(systolic, diastolic))
    both = ~np.isnan(high) & ~np.isnan(low)
    if np.count_nonzero(both) < _LEAST_DAYS:
        return None
    top, bottom = _whole_mean(high[both]), _whole_mean(low[both])
    found = pressure_class(top, bottom, guideline)
    raised = top >= HOME_SYSTOLIC_MMHG or bottom >= HOME_DIASTOLIC_MMHG
    return PressureStatus(top, bottom, int(np.count_nonzero(both)), found, raised)


def _whole_mean(values: Floats) -> float:
    # As cuffs show it: 139.7 mmHg would read as 140 in a class that ends below 140.
    return float(round(float(values.mean())))
