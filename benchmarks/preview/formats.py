"""Numbers with their units, in the words of Grafana's value formats."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

_FIXED: Mapping[str, str] = {
    "none": "",
    "percent": "%",
    "conmmolL": " mmol/L",
    "celsius": " °C",
    "velocityms": " m/s",
    "velocitykmh": " km/h",
    "degree": " °",
    "rotrpm": " rpm",
    "ops": " ops/s",
}
_SI: Mapping[str, tuple[str, int]] = {
    "massg": ("g", 0), "massmg": ("g", -1), "masskg": ("g", 1), "lengthm": ("m", 0), "lengthkm": ("m", 1),
    "watt": ("W", 0),
}  # fmt: skip
"""Unit, and the power of 1000 that the values have."""
_PREFIXES = ("n", "µ", "m", "", "k", "M", "G")

_SECONDS = (("ms", 1e-3), ("s", 1.0), ("mins", 60.0), ("hours", 3_600.0), ("days", 86_400.0), ("weeks", 604_800.0))
_TIMES: Mapping[str, float] = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3_600.0}
"""Seconds of one."""
SCALED = frozenset(_TIMES)
"""Units of which large and small values have another."""
_AGO = (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3_600), ("minute", 60))
_MOMENT = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "MMM": "%b", "HH": "%H", "mm": "%M", "ddd": "%a"}


def formatted(value: float, unit: str, decimals: int | None, now_ms: int) -> str:
    """A number as Grafana writes it.

    Raises:
        LookupError: a unit that is not known here.
    """
    form, _, more = unit.partition(":")
    written: Mapping[str, Callable[[], str]] = {
        "suffix": lambda: f"{fixed(value, decimals)} {more.strip()}",
        "time": lambda: moment(value, more),
        "dateTimeFromNow": lambda: ago((now_ms - value) / 1_000),
        "percentunit": lambda: fixed(100 * value, decimals) + "%",
        "dthms": lambda: _clock(round(value)),
    }
    if form in written:
        return written[form]()
    if unit in _TIMES:
        return _span(value * _TIMES[unit], decimals, _TIMES[unit])
    return _scaled(value, *_SI[unit], decimals) if unit in _SI else fixed(value, decimals) + _FIXED[unit]


def fixed(value: float, decimals: int | None) -> str:
    """With so many decimals; None: with about three digits that tell something."""
    return f"{value:.{_telling(value) if decimals is None else decimals}f}"


def moment(epoch_ms: float, form: str) -> str:
    """A moment, in the form that the JSON asks for (a part of moment.js)."""
    for name in sorted(_MOMENT, key=len, reverse=True):
        form = form.replace(name, _MOMENT[name])
    return datetime.fromtimestamp(epoch_ms / 1_000, UTC).strftime(form)


def ago(seconds: float) -> str:
    """How long ago, in one word."""
    for word, length in _AGO:
        number = round(seconds / length)
        if seconds >= 0.8 * length and number:
            return f"{number} {word}s ago" if number > 1 else f"{'an' if word == 'hour' else 'a'} {word} ago"
    return "a few seconds ago"


def _telling(value: float) -> int:
    if value == 0 or float(value).is_integer():
        return 0
    places = 1 - math.floor(math.log10(abs(value)))
    return max(places + (abs(value) / 10.0**-places > 2.25 and places > 0), 0)


def _scaled(value: float, unit: str, power: int, decimals: int | None) -> str:
    while abs(value) >= 1_000 and power < 3:
        value, power = value / 1_000, power + 1
    while 0 < abs(value) < 1 and power > -3:
        value, power = value * 1_000, power - 1
    return f"{fixed(value, decimals)} {_PREFIXES[power + 3]}{unit}"


def _span(seconds: float, decimals: int | None, least: float) -> str:
    fitting: Sequence[tuple[str, float]] = [each for each in _SECONDS if each[1] >= least] or _SECONDS[:1]
    if least == 1.0 and 0 < abs(seconds) < 1:
        fitting = _SECONDS
    name, length = next((each for each in reversed(fitting) if abs(seconds) >= each[1]), fitting[0])
    number = fixed(seconds / length, decimals)
    singular = name.removesuffix("s") if float(number) == 1 and len(name) > 2 else name
    return f"{number} {singular}"


def _clock(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    spoken = f"{rest // 3_600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days} d {spoken}" if days else spoken
