"""Somebody's own measurements: blood pressure, glucose, weight, temperature, oxygen saturation (`api.measures`)."""

import asyncio
from math import isfinite
from operator import itemgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from msgspec import Meta, Struct
from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.access import Asking
from api.measurements_summary import MeasurementsShown, read_summary
from api.measures import MEASURES, Measure, MeasureName, read_values, shown_values
from api.moments import rfc3339
from api.pages import Paged, Part, json_response, reckoned
from api.problems import ProblemError
from api.routing import add_reads, add_single
from api.schemas import answer, listed
from api.single_items import Single, TimedBody, store
from api.spans import Spanned
from api.stored import newest
from api.window import Asked
from api.wiring import Wired
from storage.series.protocol import Row, Selection

_FARTHEST = 5_000
"""Items that are read of each sort so that all sorts together can be told in the order of time."""


def _value(value: object) -> float | str:
    # Not a union, which would name its branches where the problem should name the value.
    if isinstance(value, str) and len(value) <= 64 and value.isprintable():
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    raise PydanticCustomError("value", "must be a number, or a text of at most 64 characters")


Value = Annotated[
    Any,
    PlainValidator(_value),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "maxLength": 64}]}),
]


class NewMeasurement(TimedBody):
    """One measurement, in `values` what it says: see docs/daily.md for the names that are known."""

    metric_type: MeasureName
    values: Annotated[
        dict[str, Value],
        Field(min_length=1, max_length=32, examples=[{"systolic": 120, "diastolic": 80, "pulse": 72}]),
    ]
    notes: Annotated[str, Field(max_length=500)] | None = None


class MeasurementShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A measurement, in the contract's names and units."""

    metric_type: MeasureName
    timestamp: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    values: dict[str, float | str]
    device_id: str
    notes: str | None = None


class LatestShown(Struct, frozen=True, kw_only=True):
    """The newest of each sort; null where there is none."""

    words: str
    blood_pressure: MeasurementShown | None
    glucose: MeasurementShown | None
    weight: MeasurementShown | None
    temperature: MeasurementShown | None
    spo2: MeasurementShown | None


def routes(prefix: str) -> APIRouter:
    """POST and GET /metrics, GET /metrics/latest and /metrics/summary."""
    router = APIRouter(prefix=f"{prefix}/metrics", tags=["measurements"])
    add_single(router, _post, "Log a measurement")
    reads = (
        ("", _list, "One's measurements", listed(MeasurementShown, "Newest first.")),
        ("/latest", _read_latest, "The newest of each sort", answer(LatestShown, "The newest of each sort.")),
        ("/summary", _read_summary, "Measurements summed up", answer(MeasurementsShown, "By sort.")),
    )
    add_reads(router, reads)
    return router


async def _post(wiring: Wired, caller: Asking, measured: NewMeasurement) -> Response:
    """One of one's own; converted to the contract's units. After 503 send it again: that is harmless."""
    measure = MEASURES[measured.metric_type]
    read = read_values(measure, measured.values)
    single = Single(
        measure.kind,
        measured.timestamp,
        measured.device_id,
        {**read.fields, "notes": measured.notes},
        read.names,
        [*measured.unknown, *read.unknown],
    )
    return await store(wiring, caller, single)


async def _list(
    wiring: Wired,
    caller: Asking,
    span: Spanned,
    part: Paged,
    metric_type: Annotated[MeasureName | None, Query(description="Only these.")] = None,
) -> Response:
    """All sorts in the order of time, or one of them."""
    if metric_type is None and part.end > _FARTHEST:
        raise ProblemError(422, f"beyond {_FARTHEST} ask for one metric_type, or for a span of time", field="offset")
    measures = [MEASURES[metric_type]] if metric_type else list(MEASURES.values())
    asked = (newest(wiring, span.of(each.kind, caller.id), Part(part.end, 0)) for each in measures)
    pages = list(zip(measures, await asyncio.gather(*asked), strict=True))
    rows = [(row.time_ms, measure, row) for measure, (_, found) in pages for row in found]
    rows.sort(key=itemgetter(0), reverse=True)
    shown = [_shown(measure, row) for _, measure, row in part.of(rows)]
    return json_response(shown, total=sum(total for _, (total, _) in pages))


async def _read_latest(wiring: Wired, caller: Asking) -> Response:
    """The newest measurement of each sort, however old it is."""
    measures = list(MEASURES.values())
    asked = (wiring.series.rows(Selection(each.kind, caller.id), limit=1, newest_first=True) for each in measures)
    found: list[list[Row]] = await asyncio.gather(*asked)
    latest: dict[str, Any] = {
        each.name: _shown(each, rows[0]) if rows else None for each, rows in zip(measures, found, strict=True)
    }
    missing = [name.replace("_", " ") for name, shown in latest.items() if shown is None]
    words = f"Nothing yet of {', '.join(missing)}: POST /metrics logs it." if missing else "There is something of each."
    return json_response(LatestShown(words=words, **latest))


async def _read_summary(wiring: Wired, caller: Asking, asked: Asked) -> Response:
    """Number, mean, lowest and highest of each figure, where it is heading, and the class of the blood pressure."""
    return reckoned(await read_summary(wiring, caller.id, asked))


def _shown(measure: Measure, row: Row) -> MeasurementShown:
    notes = row.values.get("notes")
    return MeasurementShown(
        metric_type=measure.name,
        timestamp=rfc3339(row.time_ms),
        values=shown_values(measure, row.values),
        device_id=row.source_device,
        notes=None if notes is None else str(notes),
    )
