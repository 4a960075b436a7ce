"""The vocabulary in which kinds of measurement are declared: bounds with units, texts, and what a day makes of them."""

from dataclasses import dataclass
from math import isinf
from typing import Annotated, Literal, Self

from msgspec import Meta

Operation = Literal["sum", "mean", "min", "max", "last", "count"]


@dataclass(frozen=True, slots=True)
class Daily:
    """How a field enters the summary of a person's local day.

    Attributes:
        column: name in the summary, with its unit where it has one (`energy_in_kcal`).
        operation: how the day's values become one.
        where: only items whose field of this name has this value count (resting heart rate from `context`).
    """

    column: str
    operation: Operation
    where: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """Unit and bounds of a number; both bounds are included."""

    unit: str
    low: float
    high: float
    daily: tuple[Daily, ...] = ()

    @property
    def expectation(self) -> str:
        """What a value must be, in words: `must be a number from 0 to 10000 kcal`."""
        if isinf(self.high):
            return f"must be a number, at least {self.low:g} {self.unit}".rstrip()
        return f"must be a number from {self.low:g} to {self.high:g} {self.unit}".rstrip()

    @classmethod
    def of(cls, meta: Meta) -> Self | None:
        """The quantity that `quantity()` put into a field's metadata, if it did."""
        found = (meta.extra or {}).get("quantity")
        return found if isinstance(found, cls) else None


def quantity(unit: str, low: float, high: float, *daily: Daily, about: str = "") -> Meta:
    """Declare a number's unit, its physiological bounds (included) and what a day makes of it.

    Args:
        unit: as written after the number (`kcal`, `bpm`, `mmHg`); empty for a mere count or score.
        low: smallest value that a living person's device can mean.
        high: largest such value; infinite for what has no upper bound.
        daily: the summary columns that this field feeds.
        about: one line for the documents, where the name does not say it all.
    """
    declared = Quantity(unit, low, high, daily)
    return Meta(
        ge=low,
        le=None if isinf(high) else high,
        description=about or None,
        extra={"quantity": declared},
        extra_json_schema={"unit": unit} if unit else None,
    )


ItemId = Annotated[
    str, Meta(min_length=1, max_length=64, description="Unique for the user; keep it when sending again.")
]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Notes = Annotated[str, Meta(max_length=500)]

HeartRate = Annotated[float, quantity("bpm", 20, 250)]
Score10 = Annotated[float, quantity("", 1, 10)]
