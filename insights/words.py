"""Figures as people say them: with unit, and with as many digits as they deserve."""

import re

from contract.daily import DAILY

_SUFFIX = re.compile(r"_(mmol_l|kcal|mmhg|bpm|pct|min|kg|km|mg|ms|g|m|c|h)$")
_NAMES = {
    "hrv_ms": "HRV",
    "spo2_pct": "oxygen saturation",
    "rem_sleep_min": "REM sleep",
    "trimp": "TRIMP",
    "bed_time_h": "time of falling asleep",
    "wake_time_h": "time of waking",
    "systolic_mmhg": "systolic blood pressure",
    "diastolic_mmhg": "diastolic blood pressure",
    "glucose_mmol_l": "glucose",
    "session_load": "training load",
    "sleep_min": "sleep",
    "awake_min": "time awake at night",
    "exercise_min": "time of exercise",
    "energy_in_kcal": "energy eaten",
    "energy_out_kcal": "energy of exercise",
}
_CLOCKS = {"bed_time_h", "wake_time_h"}
_LEVELS = {"resting_heart_rate_bpm", "mean_heart_rate_bpm", "hrv_ms", "systolic_mmhg", "diastolic_mmhg"} | {
    "weight_kg",
    "glucose_mmol_l",
    "temperature_c",
    "spo2_pct",
    "sleep_quality",
    "mood",
}
"""Columns that are high or low, where others are much or little."""


def name_of(column: str) -> str:
    """What a column of the daily summary is called: `resting_heart_rate_bpm` is the resting heart rate."""
    return _NAMES.get(column) or _SUFFIX.sub("", column).replace("_", " ")


def unit_of(column: str) -> str:
    """The unit of a column of the daily summary, as it is written; empty if it has none."""
    field = DAILY.field(column)
    return field.quantity.unit if field and field.quantity else ""


def figure(value: float, unit: str = "", *, signed: bool = False) -> str:
    """A value with its unit: three significant digits, whole from 100 on (`62.5 bpm`, `10,412`, `+4.2 %`)."""
    size = abs(value)
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in {"-0", "+0"}:
        text = "0"
    return f"{text} {unit}".rstrip()


def percent(share: float) -> str:
    """A share of 0 to 1: `95 %`."""
    return f"{100 * share:.0f} %"


def said(column: str, value: float) -> str:
    """A value of a column, with its unit; a time of day as on a clock (-0.5 h is 23:30)."""
    if column in _CLOCKS:
        minutes = round(value * 60) % 1_440
        return f"{minutes // 60}:{minutes % 60:02}"
    return figure(value, unit_of(column))


def amount_of(column: str, *, more: bool) -> str:
    """`more steps`, `a lower resting heart rate`, `an earlier time of waking`."""
    if column in _CLOCKS:
        return f"{'a later' if more else 'an earlier'} {name_of(column)}"
    if column in _LEVELS:
        return f"{'a higher' if more else 'a lower'} {name_of(column)}"
    return f"{'more' if more else 'less'} {name_of(column)}"


def is_level(column: str) -> bool:
    """Whether it is high or low, rather than much or little of something a day."""
    return column in _LEVELS


def days(count: int) -> str:
    """`1 day`, `5 days`."""
    return f"{count} day" if count == 1 else f"{count} days"


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
