"""What is said about findings over HTTP: the bodies of answers."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from insights.anomalies import Severity

Column = Annotated[str, Meta(description="Of the daily summary.")]
First = Annotated[date, Meta(description="First day, in the person's own calendar.")]
Last = Annotated[date, Meta(description="Last day, included.")]
Words = Annotated[str, Meta(description="What was found; or why nothing can be said, and what would change that.")]


class TrendShown(Struct, frozen=True, kw_only=True):
    """Where a figure is heading: median of all pairs' slopes, in the figure's unit a week."""

    column: Column
    name: str
    unit: str
    per_week: float
    per_week_low: Annotated[float, Meta(description="End of the 95 % interval.")]
    per_week_high: float
    direction: Annotated[Literal["rising", "falling", "steady"], Meta(description="`steady` if 0 is in the interval.")]
    p: Annotated[float, Meta(description="Chance of so clear an order of the days if there were no trend.")]
    level: Annotated[float, Meta(description="Of the line on the last day with a value.")]
    days: Annotated[int, Meta(description="With a value.")]
    words: str


class TrendsShown(Struct, frozen=True, kw_only=True):
    """Trends, the clearest first."""

    first: First
    last: Last
    time_zone: str
    words: Words
    trends: list[TrendShown]


class AnomalyShown(Struct, frozen=True, kw_only=True):
    """A day unlike the 28 before it."""

    column: Column
    name: str
    unit: str
    day: date
    value: float
    usual: Annotated[float, Meta(description="Median of the days before.")]
    score: Annotated[float, Meta(description="Spreads above the usual; below: negative.")]
    severity: Severity
    words: str


class AnomaliesShown(Struct, frozen=True, kw_only=True):
    """Anomalies, newest first."""

    first: First
    last: Last
    time_zone: str
    sensitivity: float
    words: Words
    anomalies: list[AnomalyShown]


class CorrelationShown(Struct, frozen=True, kw_only=True):
    """Two figures that go together; no cause."""

    first: Annotated[str, Meta(description="Column of the daily summary that comes first where there is a lag.")]
    second: str
    lag_days: int
    rho: Annotated[float, Meta(description="Rank correlation without what both owe to time.")]
    false_discovery_rate: float
    days: int
    effective_days: Annotated[float, Meta(description="As many independent days would tell as much.")]
    words: str


class CorrelationsShown(Struct, frozen=True, kw_only=True):
    """Correlations, the strongest first."""

    first: First
    last: Last
    time_zone: str
    words: Words
    correlations: list[CorrelationShown]


class RecommendationShown(Struct, frozen=True, kw_only=True):
    """Something to do, and what it rests on."""

    code: str
    words: str
    because: str
    figures: Mapping[str, float]
    source: str


class RecommendationsShown(Struct, frozen=True, kw_only=True):
    """Recommendations; the notice goes with them."""

    first: First
    last: Last
    time_zone: str
    notice: str
    words: Words
    recommendations: list[RecommendationShown]
