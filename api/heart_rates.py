"""Somebody's own heart rate: single samples, and the time spent in zones."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from msgspec import Meta, Struct
from pydantic import Field

from api.access import Asking
from api.moments import rfc3339
from api.pages import Paged, json_response, reckoned
from api.routing import add_reads, add_single
from api.schemas import answer, listed
from api.single_items import Number, Single, TimedBody, store
from api.spans import Spanned
from api.stored import newest
from api.time_in_zones import ZonesShown, read_zones
from api.window import Asked
from api.wiring import Wired
from contract.catalogue import CATALOGUE
from insights.zones import Method
from storage.series.protocol import Row

HEART_RATE = CATALOGUE["heart_rate"]

Context = Literal["resting", "active", "workout", "recovery", "sleep"]


class NewHeartRate(TimedBody):
    """Heart rate at one moment."""

    bpm: Annotated[Number, Field(description="20 to 250.", examples=[72])]
    hrv_ms: Annotated[Number, Field(description="RMSSD, 0 to 400 ms.")] | None = None
    context: Context | None = None


class HeartRateShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Heart rate at one moment."""

    timestamp: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    bpm: float
    device_id: str
    hrv_ms: float | None = None
    context: Context | None = None


def routes(prefix: str) -> APIRouter:
    """POST and GET /heart-rate, GET /heart-rate/zones."""
    router = APIRouter(prefix=f"{prefix}/heart-rate", tags=["measurements"])
    add_single(router, _post, "Log a heart rate")
    reads = (
        ("", _list, "One's heart rate", listed(HeartRateShown, "Newest first.")),
        ("/zones", _read_zones, "Time in heart-rate zones", answer(ZonesShown, "Minutes in each zone.")),
    )
    add_reads(router, reads)
    return router


async def _post(wiring: Wired, caller: Asking, measured: NewHeartRate) -> Response:
    """A sample of one's own; devices that measure all day publish batches instead. After 503 send it again."""
    fields = {"bpm": measured.bpm, "hrv_ms": measured.hrv_ms, "context": measured.context}
    single = Single(HEART_RATE, measured.timestamp, measured.device_id, fields, unknown=measured.unknown)
    return await store(wiring, caller, single)


async def _list(wiring: Wired, caller: Asking, span: Spanned, part: Paged) -> Response:
    """Samples as they were measured."""
    total, rows = await newest(wiring, span.of(HEART_RATE, caller.id), part)
    return json_response([_shown(row) for row in rows], total=total)


async def _read_zones(
    wiring: Wired,
    caller: Asking,
    asked: Asked,
    method: Annotated[
        Method, Query(description="By the share of the maximum, or of the reserve between rest and maximum.")
    ] = "maximum",
) -> Response:
    """Each minute counts in the zone of its mean; today's are included. Below zone 1 nothing is counted."""
    return reckoned(await read_zones(wiring, caller.id, asked, method))


def _shown(row: Row) -> HeartRateShown:
    return HeartRateShown(timestamp=rfc3339(row.time_ms), device_id=row.source_device, **row.values)  # type: ignore[arg-type]
