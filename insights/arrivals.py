"""Signs in what arrives: nothing at all, nothing that takes a person's doing, or less and less from a sensor.

A silence is one of days that have ended, and is over as soon as there is something of the day that is running.
What comes today but is of a day before only makes it begin later.
"""

import numpy as np

from insights.series import known
from insights.signs import Days, Sign
from insights.silence import Silence, silence
from insights.words import days, figure, percent, sentence

_BY_HAND = {"energy_in_kcal": "meals", "weight_kg": "weight", "mood": "answers to the morning questions"}
_WORN = ("steps", "sleep_min")
_ALL = (*_BY_HAND, *_WORN, "mean_heart_rate_bpm", "systolic_mmhg")

_FEW = 0.8
"""Of the samples of a poor day: below, the sensor loses some."""


def silence_of(lived: Days, *columns: str) -> Silence | None:
    """The silence of all of these columns that lasts until now (`insights.silence`)."""
    return None if lived.has_since(*columns) else silence(lived.any_of(*columns))


def nothing_arrives(lived: Days) -> Sign | None:
    """No device reports any more (`insights.silence`)."""
    found = silence_of(lived, *_ALL)
    if found is None:
        return None
    words = (
        f"nothing has arrived for {days(found.days)}; before, something came on {percent(found.usual_share)} of days"
    )
    figures = {"silent_days": float(found.days), "usual_share": found.usual_share}
    return Sign("nothing_arrives", "concern", min(0.5 + 0.05 * found.days, 0.9), sentence(words), _ALL, figures)


def stopped_logging(lived: Days) -> Sign | None:
    """What takes a person's own doing has stopped, while devices go on (`insights.silence`)."""
    if silence_of(lived, *_ALL) is not None:
        return None
    found = {column: quiet for column in _BY_HAND if (quiet := silence_of(lived, column)) is not None}
    if not found:
        return None
    parts = ", ".join(
        f"no {_BY_HAND[column]} for {days(quiet.days)} (before: on {percent(quiet.usual_share)} of days)"
        for column, quiet in found.items()
    )
    severity = min(0.35 + 0.15 * len(found) + 0.01 * max(quiet.days for quiet in found.values()), 0.85)
    figures = {f"{column}_silent_days": float(quiet.days) for column, quiet in found.items()}
    words = sentence(f"{parts}; devices still report")
    return Sign("stopped_logging", "concern", severity, words, tuple(found), figures)


def sensor_failing(lived: Days) -> Sign | None:
    """The watch is worn, as steps or sleep show, but sends less heart rate than it used to, or none.

    Less is: all but one of the last 5 days have fewer than 80 % of the samples of a poor day (10th percentile) of the
    four weeks that ended twelve days ago. Who takes the watch off now and then has poor days before as well.
    """
    # Whoever wears it again today has not worn it on the days that the heart rate is missing of.
    if silence(lived.any_of(*_WORN)) is not None:
        return None
    gone = silence_of(lived, "mean_heart_rate_bpm")
    if gone is not None:
        return _sensor(
            0.7, f"no heart rate for {days(gone.days)}, though steps arrive", {"silent_days": float(gone.days)}
        )
    lately, before = known(lived["heart_rate_count"][-5:]), known(lived["heart_rate_count"][-40:-12])
    if len(lately) < 3 or len(before) < 14:
        return None
    most, usual = float(np.sort(lately)[-2]), float(np.median(before))
    if most >= _FEW * float(np.percentile(before, 10)):
        return None
    said = (
        f"at most {figure(most)} heart rate samples on all but one of the last 5 days, against {figure(usual)} before"
    )
    return _sensor(0.55, said, {"samples": most, "usual_samples": usual})


def _sensor(severity: float, said: str, figures: dict[str, float]) -> Sign:
    words = sentence(f"{said}: the sensor may be failing, or not touch the skin")
    return Sign("sensor_failing", "concern", severity, words, ("heart_rate_count", "mean_heart_rate_bpm"), figures)
