"""The summary of a person's local day: what a day makes of all kinds, declared once, in the form of a kind.

The rules of this file:

1. Most columns are derived: what `contract.kinds` says a field feeds (`Daily`), and how many items of each kind a day
   has. Those that take more than one field, or an order of things, are declared in `Day`.
2. It is stored as a kind is, but it is none: no device can upload it, so it is not in the catalogue.
3. A summary belongs to a user and a calendar day of that user's time zone, whatever that day's length. Its point is
   noon UTC of that date: in zones up to twelve hours from UTC, a board that shows the point in UTC or in its viewer's
   own zone shows it on its date, and grouping by days finds it there. The date is in `date` as well.
4. A summary that is written again replaces the older one as a whole: a column that is no more disappears.
5. A column is absent if the day has nothing to make it from: never zero for "not measured".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import inf
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from contract.catalogue import CATALOGUE, Kind, describe
from contract.items import Item
from contract.quantities import Daily, Quantity, quantity
from contract.stamping import NS_PER_MS, StampedBatch, epoch_ms

SOURCE_DEVICE = "paceline"
"""Stands where another kind's items have their device; in InfluxDB, `daily` has no such tag."""

Date = Annotated[str, Meta(min_length=10, max_length=10, pattern=r"^\d{4}-\d\d-\d\d$", description="ISO 8601.")]
ZoneMinutes = Annotated[float, quantity("min", 0, 2_880)]


class Day(Item):
    """A person's local day in figures."""

    KIND: ClassVar[str] = "daily"
    ID_FIELD: ClassVar[str] = "date"
    BY_DEVICE: ClassVar[bool] = False

    date: Date
    time_zone: Annotated[str, Meta(min_length=1, max_length=64, description="Whose midnights end the day (IANA).")]
    session_load: (
        Annotated[float, quantity("AU", 0, inf, about="Effort felt times minutes, of all workouts (session RPE).")]
        | None
    ) = None
    trimp: (
        Annotated[float, quantity("AU", 0, inf, about="Training impulse by heart-rate reserve (Banister).")] | None
    ) = None
    zone1_min: ZoneMinutes | None = None
    zone2_min: ZoneMinutes | None = None
    zone3_min: ZoneMinutes | None = None
    zone4_min: ZoneMinutes | None = None
    zone5_min: ZoneMinutes | None = None
    sleep_min: (
        Annotated[
            float,
            quantity(
                "min", 0, inf, about="Asleep, in all sleep that ended on the day; time awake, where told, is not in it."
            ),
        ]
        | None
    ) = None
    bed_time_h: (
        Annotated[
            float,
            quantity("h", -36, 36, about="Falling asleep, main sleep; clock hours after midnight, or before: -1."),
        ]
        | None
    ) = None
    wake_time_h: (
        Annotated[float, quantity("h", 0, 36, about="Waking from the main sleep, clock hours after midnight.")] | None
    ) = None
    wear_hours: (
        Annotated[float, quantity("h", 0, 48, about="Hours of the day in which heart rate or steps came in.")] | None
    ) = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A column that comes from one field of one kind.

    Attributes:
        kind: whose items.
        field: of these items; None: the items themselves are counted.
        rule: column, operation and condition.
    """

    kind: Kind
    field: str | None
    rule: Daily

    @property
    def about(self) -> str:
        """In words."""
        of = f"`{self.field}` of {self.kind.name}" if self.field else f"items of {self.kind.name}"
        condition = " with `{}` {}".format(*self.rule.where) if self.rule.where else ""
        return f"The {_NOUNS[self.rule.operation]} of {of}{condition}."

    @property
    def quantity(self) -> Quantity:
        """Unit and bounds: a sum has no upper bound, all else has the field's own."""
        if self.field is None:
            return Quantity("", 0, inf)
        stated = self.kind.field(self.field)
        if stated is None or stated.quantity is None:
            raise TypeError(f"{self.kind.name}.{self.field} is no number")
        high = inf if self.rule.operation == "sum" else stated.quantity.high
        return Quantity(stated.quantity.unit, stated.quantity.low, high)


_NOUNS = {
    "sum": "sum",
    "mean": "mean",
    "min": "lowest",
    "max": "highest",
    "last": "last",
    "count": "number",
}


def _derived() -> Iterator[Derived]:
    for kind in CATALOGUE.values():
        for field in kind.fields:
            for rule in field.quantity.daily if field.quantity else ():
                yield Derived(kind, field.name, rule)
        yield Derived(kind, None, Daily(count_column(kind), "count"))


def count_column(kind: Kind) -> str:
    """The column that says how many items of a kind a day has: `meals_count`."""
    return f"{kind.name}_count"


DERIVED: Mapping[str, Derived] = MappingProxyType({each.rule.column: each for each in _derived()})
"""The derived columns by name."""


def _column(name: str, derived: Derived) -> tuple[str, Any, None]:
    stated = derived.quantity
    meta = quantity(stated.unit, stated.low, stated.high, about=derived.about)
    return name, Annotated[float, meta] | None, None


DailySummary: type[Day] = msgspec.defstruct(  # type: ignore[assignment]
    "DailySummary",
    [_column(name, derived) for name, derived in DERIVED.items()],
    bases=(Day,),
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    module=__name__,
    namespace={"__doc__": Day.__doc__},
)
"""All columns: those of `Day`, then the derived ones."""

DAILY: Kind = describe(DailySummary)
"""How a store knows the summaries: `Selection(DAILY, user_id, ...)`."""

STORED: Mapping[str, Kind] = MappingProxyType({**CATALOGUE, DAILY.name: DAILY})
"""All that a store keeps: what devices upload, and the summaries."""

COLUMNS: tuple[str, ...] = tuple(field.name for field in DAILY.fields if field.is_number)
"""Names of all columns that are numbers."""

Figures = Mapping[str, float]
"""Columns that a day has, by name."""

_NOON = time(12, tzinfo=UTC)


def day_ms(day: date) -> int:
    """Where a date's summary is (rule 3), milliseconds since 1970 UTC."""
    return epoch_ms(datetime.combine(day, _NOON))


def summary_of(day: date, time_zone: str, figures: Figures) -> Day:
    """A day's summary as a store writes it.

    Raises:
        msgspec.ValidationError: a column that is not known, or a value out of its bounds.
    """
    return msgspec.convert({"date": day.isoformat(), "time_zone": time_zone, **figures}, DailySummary)


def stamped_days(user_id: str, summaries: Sequence[Day]) -> StampedBatch:
    """A user's summaries with their points, one for each date."""
    times_ms = [day_ms(date.fromisoformat(summary.date)) for summary in summaries]
    keys_ns = [time_ms * NS_PER_MS for time_ms in times_ms]
    return StampedBatch(DAILY, user_id, SOURCE_DEVICE, summaries, range(len(summaries)), times_ms, keys_ns)
