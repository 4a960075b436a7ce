"""Review: what a coach or nutritionist looks at in one client's days. The client sees the same of themselves."""

from typing import Annotated, Any, get_type_hints

import msgspec
from fastapi import APIRouter, Query, Response

from api.access import Concerned
from api.daily_summaries import person_of, read_days, read_history
from api.examining import anomalies_of, trends_of
from api.finding_models import AnomaliesShown, TrendsShown
from api.pages import Paged, Part, json_response, reckoned
from api.period import PeriodShown, history_before, period_of
from api.routing import add_reads
from api.schemas import answer, listed
from api.window import Asked, Columns
from api.wiring import Wired
from contract.catalogue import TIME_FIELDS
from contract.daily import DAILY
from insights.anomalies import DEFAULT_SENSITIVITY
from storage.series.protocol import Row

_HINTS = get_type_hints(DAILY.item, include_extras=True)
DaySummary = msgspec.defstruct(
    "DaySummary",
    [
        (field.name, _HINTS[field.name], *(() if field.required else (field.default,)))
        for field in msgspec.structs.fields(DAILY.item)
        if field.name not in TIME_FIELDS
    ],
    kw_only=True,
    namespace={"__doc__": "A day in figures. A column that the day has nothing to make from is absent."},
)
"""A day as it goes out."""

Sensitivity = Annotated[float, Query(ge=0, le=1, allow_inf_nan=False, description="From 0, little is told, to 1.")]


def routes(prefix: str) -> APIRouter:
    """GET /clients/{client_id}/days, /trends, /anomalies and /summary."""
    router = APIRouter(prefix=f"{prefix}/clients/{{client_id}}", tags=["review"])
    reads = (
        ("/days", _read_days, "Days in figures", listed(DaySummary, "Newest first.")),
        ("/trends", _read_trends, "Where figures are heading", answer(TrendsShown, "The clearest first.")),
        (
            "/anomalies",
            _read_anomalies,
            "Days unlike those before",
            answer(AnomaliesShown, "Newest first.", counted=True),
        ),
        ("/summary", _read_summary, "A period against the one before", answer(PeriodShown, "The clearest first.")),
    )
    add_reads(router, reads, statuses=(401, 403, 404, 422, 503))
    return router


async def _read_days(wiring: Wired, client_id: Concerned, asked: Asked, columns: Columns, part: Paged) -> Response:
    """Summaries of the client's local days, today's (so far) included; with `columns`, these figures only."""
    _, zone = await person_of(wiring, client_id)
    window = asked.within(zone, with_today=True)
    rows = await read_days(wiring, client_id, window.first, window.last)
    rows.reverse()
    return json_response([_day(row, columns) for row in part.of(rows)], total=len(rows))


async def _read_trends(wiring: Wired, client_id: Concerned, asked: Asked, columns: Columns) -> Response:
    """The slope of each figure with its uncertainty, and in words."""
    return reckoned(await trends_of(wiring, client_id, asked, columns))


async def _read_anomalies(
    *,
    wiring: Wired,
    client_id: Concerned,
    asked: Asked,
    columns: Columns,
    sensitivity: Sensitivity = DEFAULT_SENSITIVITY,
    part: Paged,
) -> Response:
    """Days on which a figure was unlike the 28 days before, each with why."""
    return anomalies_response(await anomalies_of(wiring, client_id, asked, columns, sensitivity), part)


async def _read_summary(wiring: Wired, client_id: Concerned, asked: Asked) -> Response:
    """Means against those of as many days before, reasons to look at the client, and where they stand."""
    person, zone = await person_of(wiring, client_id)
    window = asked.within(zone)
    series, since = await read_history(wiring, client_id, window, history_before(window))
    return reckoned(await wiring.examiner.work_out(period_of, person, series, window, since))


def anomalies_response(found: AnomaliesShown, part: Part) -> Response:
    """The response with a part of them."""
    shown = msgspec.structs.replace(found, anomalies=part.of(found.anomalies))
    return reckoned(shown, total=len(found.anomalies))


def _day(row: Row, columns: tuple[str, ...] | None) -> dict[str, Any]:
    if columns is None:
        return row.values
    return {name: row.values[name] for name in ("date", "time_zone", *columns) if name in row.values}
