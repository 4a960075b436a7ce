"""The contract's units, as Grafana knows them."""

from contract.daily import STORED

_GRAFANA = {
    "": "none",
    "kcal": "suffix: kcal",
    "g": "massg",
    "mg": "massmg",
    "kg": "masskg",
    "min": "m",
    "h": "h",
    "bpm": "suffix: bpm",
    "ms": "ms",
    "mmHg": "suffix: mmHg",
    "mmol/L": "conmmolL",
    "°C": "celsius",
    "%": "percent",
    "km": "lengthkm",
    "m": "lengthm",
    "m/s": "velocityms",
    "W": "watt",
    "°": "degree",
    "rpm": "rotrpm",
    "AU": "suffix: AU",
    "steps": "suffix: steps",
    "floors": "suffix: floors",
}
NONE = "none"
PERCENT = "percent"
SHARE = "percentunit"
SECONDS = "s"
SINCE = "dateTimeFromNow"

_HOURS, MINUTES = "suffix: h", "suffix: min"

# A clock hour (bed time) is no length of time: "-0.5 hours" would not be understood.
_CLOCK_HOURS = {"bed_time_h", "wake_time_h"}


def unit_of(column: str, kind: str = "daily") -> str:
    """The unit of a stored field, as Grafana names it.

    Raises:
        LookupError: the contract has no such number, or Grafana knows no such unit yet.
    """
    field = STORED[kind].field(column)
    if field is None or field.quantity is None:
        raise LookupError(f"{kind} has no number {column}")
    if column in _CLOCK_HOURS or (kind == "daily" and minutes(column)):
        return _HOURS
    return _GRAFANA[field.quantity.unit]


def minutes(column: str) -> bool:
    """Whether a column of days is in minutes; boards ask for hours then: an axis of minutes has no whole hours."""
    field = STORED["daily"].field(column)
    return field is not None and field.quantity is not None and field.quantity.unit == "min"


def in_rows(column: str, kind: str = "daily") -> str:
    """The same for tables, where 79 minutes must not become an hour."""
    unit = unit_of(column, kind)
    return MINUTES if unit == "m" else unit
