"""What is said about somebody's days over HTTP: trends, anomalies, correlations, recommendations. No I/O.

Each answer has `words`: what was found, or why nothing can be said and what would change that.
"""

from collections.abc import Mapping, Sequence

from api.finding_models import (
    AnomaliesShown,
    AnomalyShown,
    CorrelationShown,
    CorrelationsShown,
    RecommendationShown,
    RecommendationsShown,
    TrendShown,
    TrendsShown,
)
from api.window import Window
from insights import anomalies as unusual
from insights import correlations as together
from insights import recommendations as advice
from insights import trend as heading
from insights.baseline import BASELINE_DAYS
from insights.series import TELLING, Floats
from insights.standing import Columns
from insights.words import days, figure, name_of, said, sentence, unit_of

WHAT_TO_DO = "Connect a device, or log meals, weight or the morning questions: one value a day is enough."


def chosen(columns: Columns, wanted: Sequence[str] | None) -> Columns:
    """The columns asked for, else the telling ones; of both those that have a value."""
    return {name: columns[name] for name in wanted or TELLING if name in columns}


def trends(columns: Columns, wanted: Sequence[str] | None, window: Window) -> TrendsShown:
    """Trends over a window."""
    series = chosen(columns, wanted)
    # Days before anything came say nothing of where things go.
    found = [(name, told) for name, each in series.items() if (told := heading.trend(each)) is not None]
    found.sort(key=lambda each: (each[1].direction == "steady", each[1].p, each[0]))
    shown = [trend_shown(name, told) for name, told in found]
    clear = sum(each.direction != "steady" for each in shown)
    words = (
        f"{clear} of {len(shown)} figures rise or fall clearly."
        if shown
        else f"A trend takes {days(heading.LEAST_DAYS)}: ask for more of them."
        if len(window) < heading.LEAST_DAYS
        else f"No figure has a value on {days(heading.LEAST_DAYS)} of {window.words}, which a trend takes. {WHAT_TO_DO}"
    )
    return TrendsShown(first=window.first, last=window.last, time_zone=window.zone.key, words=words, trends=shown)


def anomalies(columns: Columns, wanted: Sequence[str] | None, window: Window, sensitivity: float) -> AnomaliesShown:
    """Anomalies of a window; the columns have the days of the baseline before it as well."""
    series = chosen(columns, wanted)
    found = unusual.anomalies(series, window.last, sensitivity=sensitivity, within=len(window))
    shown = [_anomaly(each) for each in found]
    return AnomaliesShown(
        first=window.first,
        last=window.last,
        time_zone=window.zone.key,
        sensitivity=sensitivity,
        words=_words_of_anomalies(series, shown, window),
        anomalies=shown,
    )


def correlations(columns: Columns, wanted: Sequence[str] | None, window: Window) -> CorrelationsShown:
    """Correlations over a window."""
    shown = [_correlation(each) for each in together.correlations(chosen(columns, wanted))]
    words = (
        f"{'1 pair of figures goes' if len(shown) == 1 else f'{len(shown)} pairs of figures go'} together more than "
        "chance would have it; that is no cause."
        if shown
        else f"Nothing goes together more clearly than chance would have it. A pair takes {together.LEAST_DAYS} days "
        "on which both figures have a value: ask for more days (such as days=90), or log more often."
    )
    return CorrelationsShown(
        first=window.first, last=window.last, time_zone=window.zone.key, words=words, correlations=shown
    )


def recommendations(
    columns: Columns, window: Window, targets: Mapping[str, float], *, is_adult: bool = True
) -> RecommendationsShown:
    """Recommendations on the last day of a window, with what a coach set for a day as a target."""
    found = advice.recommendations(columns, targets=targets, is_adult=is_adult)
    shown = [recommendation_shown(each) for each in found]
    number = "1 recommendation" if len(shown) == 1 else f"{len(shown)} recommendations"
    words = (
        f"{number}, by the days until {window.last}."
        if shown
        else "Nothing to recommend: what is logged gives no reason to."
        if columns
        else f"Nothing was logged from {window.words}. {WHAT_TO_DO}"
    )
    return RecommendationsShown(
        first=window.first,
        last=window.last,
        time_zone=window.zone.key,
        notice=advice.NOTICE,
        words=words,
        recommendations=shown,
    )


def trend_shown(column: str, found: heading.Trend) -> TrendShown:
    """A trend of a column of the daily summary, in words too."""
    unit = unit_of(column)
    interval = f"{figure(7 * found.low, signed=True)} to {figure(7 * found.high, unit, signed=True)}"
    direction = "not clearly rising or falling" if found.direction == "steady" else found.direction
    words = (
        f"{name_of(column)} {direction}: {figure(found.per_week, unit, signed=True)} a week (95 % interval {interval}) "
        f"by {days(found.days)} with a value; the line ends at {said(column, found.level)}"
    )
    return TrendShown(
        column=column,
        name=name_of(column),
        unit=unit,
        per_week=found.per_week,
        per_week_low=7 * found.low,
        per_week_high=7 * found.high,
        direction=found.direction,  # type: ignore[arg-type]  # one of these three
        p=found.p,
        level=found.level,
        days=found.days,
        words=sentence(words),
    )


def recommendation_shown(found: advice.Recommendation) -> RecommendationShown:
    """A recommendation as it goes out."""
    return RecommendationShown(
        code=found.code, words=found.words, because=found.because, figures=found.figures, source=found.source
    )


def _anomaly(found: unusual.Anomaly) -> AnomalyShown:
    return AnomalyShown(
        column=found.column,
        name=name_of(found.column),
        unit=unit_of(found.column),
        day=found.day,
        value=found.value,
        usual=found.baseline.median,
        score=found.score,
        severity=found.severity,
        words=found.words,
    )


def _words_of_anomalies(series: Mapping[str, Floats], shown: Sequence[AnomalyShown], window: Window) -> str:
    if shown:
        high = sum(each.severity == "high" for each in shown)
        figures = "1 figure was" if len(shown) == 1 else f"{len(shown)} figures were"
        return f"{figures} unlike the weeks before, {high or 'none'} of them very much so."
    if not series:
        return f"Nothing was logged from {window.words}, nor in the {BASELINE_DAYS} days before. {WHAT_TO_DO}"
    return (
        "No day was unlike the weeks before. A day is compared with the 28 before it, of which 14 must have a value; a "
        "sensitivity nearer to 1 tells more."
    )


def _correlation(found: together.Correlation) -> CorrelationShown:
    return CorrelationShown(
        first=found.first,
        second=found.second,
        lag_days=found.lag,
        rho=found.rho,
        false_discovery_rate=found.q,
        days=found.days,
        effective_days=found.effective,
        words=found.words,
    )
