"""Measurements of some weeks summed up: what a person looks at before they show them to somebody."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from api.daily_summaries import person_of, read_columns
from api.finding_models import First, Last, TrendShown, Words
from api.findings import trend_shown
from api.measures import MEASURES, Measure, MeasureName
from api.window import Wanted
from api.wiring import Wiring
from contract.catalogue import Field
from contract.daily import DERIVED
from contract.quantities import Operation
from insights.ages import is_adult
from insights.pressure import PressureStatus, pressure_status
from insights.standing import Columns
from insights.trend import trend
from insights.words import days
from storage.series.protocol import Bucket, Question, Selection


class FigureSummed(Struct, frozen=True, kw_only=True):
    """A figure of one sort of measurement."""

    name: Annotated[str, Meta(description="As in `values`.")]
    unit: str
    number: int
    mean: float
    lowest: float
    highest: float
    trend: Annotated[TrendShown | None, Meta(description="Of the days' means; null below 7 days.")]


class MeasureSummed(Struct, frozen=True, kw_only=True):
    """One sort of measurement."""

    metric_type: MeasureName
    figures: list[FigureSummed]


class MeasurementsShown(Struct, frozen=True, kw_only=True):
    """All sorts of which there is something."""

    first: First
    last: Last
    time_zone: str
    words: Words
    measures: list[MeasureSummed]
    blood_pressure: Annotated[
        PressureStatus | None,
        Meta(description="Of the last week, by the guideline that is named; no diagnosis. Null below 3 days."),
    ]


_OPERATIONS: tuple[Operation, ...] = ("count", "sum", "min", "max")
_COLUMNS = {(each.kind.name, each.field): column for column, each in DERIVED.items()}
_FIGURES: tuple[tuple[Measure, Field], ...] = tuple(
    (measure, field) for measure in MEASURES.values() for field in measure.kind.fields if field.is_number
)


async def read_summary(wiring: Wiring, user_id: str, wanted: Wanted) -> MeasurementsShown:
    """Sum up somebody's measurements, today's included."""
    person, zone = await person_of(wiring, user_id)
    window = wanted.within(zone, with_today=True)
    local = window.local_days
    start_ms, end_ms = local[0].start_ms, local[-1].end_ms
    questions = [
        Question(Selection(measure.kind, user_id, start_ms, end_ms), field.name, operation)
        for measure, field in _FIGURES
        for operation in _OPERATIONS
    ]
    buckets, columns = await asyncio.gather(
        wiring.series.figures(questions, "week", zone), read_columns(wiring, user_id, window)
    )
    shown = await wiring.examiner.work_out(_measures, buckets, columns)
    return MeasurementsShown(
        first=window.first,
        last=window.last,
        time_zone=zone.key,
        words=_words(shown, len(window)),
        measures=shown,
        blood_pressure=_pressure(columns) if is_adult(window.last, person.birth_date) else None,
    )


def _measures(buckets: Sequence[Sequence[Bucket]], columns: Columns) -> list[MeasureSummed]:
    found: dict[MeasureName, list[FigureSummed]] = {}
    for at, (measure, field) in enumerate(_FIGURES):
        if summed := _sum_up(measure, field, buckets[4 * at : 4 * at + 4], columns):
            found.setdefault(measure.name, []).append(summed)
    return [MeasureSummed(metric_type=name, figures=figures) for name, figures in found.items()]


def _sum_up(
    measure: Measure, field: Field, answers: Sequence[Sequence[Bucket]], columns: Columns
) -> FigureSummed | None:
    counts, sums, lowest, highest = ([bucket.value for bucket in each] for each in answers)
    if not sum(counts):
        return None
    column = _COLUMNS.get((measure.kind.name, field.name))
    heading = trend(columns[column]) if column and column in columns else None
    return FigureSummed(
        name=field.name,
        unit=field.quantity.unit if field.quantity else "",
        number=round(sum(counts)),
        mean=sum(sums) / sum(counts),
        lowest=min(lowest),
        highest=max(highest),
        trend=trend_shown(column, heading) if column and heading else None,
    )


def _pressure(columns: Columns) -> PressureStatus | None:
    if "systolic_mmhg" not in columns or "diastolic_mmhg" not in columns:
        return None
    return pressure_status(columns["systolic_mmhg"], columns["diastolic_mmhg"])


def _words(shown: Sequence[MeasureSummed], number: int) -> str:
    if not shown:
        return f"Nothing was measured in {days(number)}: POST /metrics logs a measurement, days=90 looks further back."
    parts = (f"{each.figures[0].number} of {each.metric_type.replace('_', ' ')}" for each in shown)
    return f"In {days(number)}: {', '.join(parts)}."
