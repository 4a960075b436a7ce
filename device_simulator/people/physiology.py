"""The formulas that bodies obey here. Units: kg, cm, years, kcal, minutes, bpm, metres, and VO2 in ml/kg/min.

`reserve` is a fraction of the heart rate reserve, from 0 (rest) to 1 (maximum); at work it equals the fraction of the
oxygen uptake reserve (Swain & Leutholtz, Med Sci Sports Exerc 1997;29:410-414).
"""

import math
from typing import Literal

Sex = Literal["female", "male"]

VO2_AT_REST = 3.5
KCAL_PER_LITRE_O2 = 5.0
KCAL_PER_KG_TISSUE = 7_700.0
"""Wishnofsky, Am J Clin Nutr 1958;6:542-546 (3500 kcal a pound)."""

LIVING_FACTOR = 1.3
"""Energy of a day without walks and workouts, in resting metabolic rates: between chair-bound, 1.2, and sedentary with
some walking, 1.4 (FAO/WHO/UNU, Human Energy Requirements, 2001)."""


def resting_kcal(sex: Sex, weight_kg: float, height_cm: float, age: float) -> float:
    """Resting metabolic rate, kcal a day (Mifflin & St Jeor, Am J Clin Nutr 1990;51:241-247)."""
    return 10 * weight_kg + 6.25 * height_cm - 5 * age + (5 if sex == "male" else -161)


def max_heart_rate(age: float) -> float:
    """Bpm (Tanaka, Monahan & Seals, J Am Coll Cardiol 2001;37:153-156)."""
    return 208 - 0.7 * age


def body_fat_pct(sex: Sex, weight_kg: float, height_cm: float, age: float) -> float:
    """Percent of body weight, from the body mass index (Deurenberg, Br J Nutr 1991;65:105-114), from 4 to 60."""
    bmi = weight_kg / (height_cm / 100) ** 2
    return min(max(1.2 * bmi + 0.23 * age - (10.8 if sex == "male" else 0) - 5.4, 4.0), 60.0)


def oxygen_uptake(reserve: float, vo2_max: float) -> float:
    """VO2 at work of this fraction of the reserve, ml/kg/min."""
    return VO2_AT_REST + reserve * (vo2_max - VO2_AT_REST)


def work_kcal(reserve: float, vo2_max: float, weight_kg: float, minutes: float) -> float:
    """Energy that work costs on top of rest, kcal, at 5 kcal a litre of oxygen."""
    net = oxygen_uptake(reserve, vo2_max) - VO2_AT_REST
    return net * weight_kg / 1000 * KCAL_PER_LITRE_O2 * minutes


def walking_kcal(distance_m: float, weight_kg: float) -> float:
    """Energy that walking costs on top of rest: 0.1 ml/kg a metre (ACSM, Guidelines for Exercise Testing, 10th ed.)."""
    return 0.1 * distance_m * weight_kg / 1000 * KCAL_PER_LITRE_O2


def trimp_per_min(reserve: float, sex: Sex) -> float:
    """Training impulse of one minute (Banister, in Physiological Testing of Elite Athletes, 1991)."""
    scale, power = (0.64, 1.92) if sex == "male" else (0.86, 1.67)
    return reserve * scale * math.exp(power * reserve)


def running_speed(vo2: float) -> float:
    """Metres a second on the flat (ACSM: VO2 = 3.5 + 0.2 v, v in m/min)."""
    return max(vo2 - VO2_AT_REST, 0) / 0.2 / 60


def walking_speed(vo2: float) -> float:
    """Metres a second on the flat (ACSM: VO2 = 3.5 + 0.1 v, v in m/min), at most 2.1."""
    return min(max(vo2 - VO2_AT_REST, 0) / 0.1 / 60, 2.1)


def cycling_power(vo2: float, weight_kg: float) -> float:
    """Watts at the crank (ACSM: VO2 = 7 + 10.8 W / kg)."""
    return max(vo2 - 7, 0) * weight_kg / 10.8


def cycling_speed(power_w: float, weight_kg: float, grade: float = 0.0) -> float:
    """Metres a second without wind, from the balance of power (Martin et al., J Appl Biomech 1998;14:276-291).

    Rolling resistance 0.005, CdA 0.35 m2, air 1.2 kg/m3, bicycle 9 kg, drive train 97.6 %.
    """
    force = (weight_kg + 9) * 9.81 * (0.005 + grade)
    speed = 6.0
    for _ in range(8):  # Newton's method; the cubic is monotonic where speed is above the terminal of coasting
        excess = 0.21 * speed**3 + force * speed - 0.976 * power_w
        speed = max(speed - excess / max(0.63 * speed**2 + force, 1.0), 1.0)
    return speed


def swimming_speed(vo2: float, weight_kg: float) -> float:
    """Metres a second at 1.1 kJ a metre (front crawl: di Prampero, Int J Sports Med 1986;7:55-72)."""
    watts = max(vo2 - VO2_AT_REST, 0) * weight_kg / 1000 * 20_900 / 60
    return watts / 1_100


def rowing_speed(power_w: float) -> float:
    """Metres a second of an ergometer whose display reckons power = 2.8 speed^3."""
    return math.cbrt(power_w / 2.8)


def one_rep_fraction(repetitions: float) -> float:
    """The weight that can be lifted so often, as a fraction of the weight that can be lifted once (Epley, 1985)."""
    return 1 / (1 + repetitions / 30)


def stride_m(height_cm: float) -> float:
    """Length of a walking step, metres: about 0.414 of the height."""
    return 0.00414 * height_cm
