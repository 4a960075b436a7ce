"""Somebody's own sleep: nights with their stages in hours, and what they show together."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Response
from msgspec import Meta, Struct
from pydantic import BaseModel, ConfigDict, Field

from api.access import Asking
from api.moments import Moment, rfc3339
from api.pages import Paged, json_response, reckoned
from api.problems import ParameterError, ProblemError
from api.routing import add_reads, add_single
from api.schemas import answer, listed
from api.single_items import Number, Single, SingleBody, store
from api.sleep_analysis import SleepShown, read_analysis
from api.spans import Spanned
from api.stored import newest
from api.window import Asked
from api.wiring import Wired
from contract.catalogue import CATALOGUE
from insights.sleep import time_asleep
from storage.series.protocol import Row

SLEEP = CATALOGUE["sleep"]

_STAGES = {
    "light_sleep_hours": "light_min",
    "deep_sleep_hours": "deep_min",
    "rem_sleep_hours": "rem_min",
    "awake_hours": "awake_min",
}
_GRACE_MIN = 1.0
"""Devices round each time on its own."""

Hours = Annotated[Number, Field(ge=0, le=24)]


class Stages(BaseModel):
    """Hours of each stage."""

    model_config = ConfigDict(extra="allow")

    light_sleep_hours: Hours | None = None
    deep_sleep_hours: Hours | None = None
    rem_sleep_hours: Hours | None = None
    awake_hours: Hours | None = None


class NewSleep(SingleBody):
    """A night or a nap."""

    start_time: Annotated[Moment, Field(description="Falling asleep; RFC 3339 with zone.")]
    end_time: Annotated[Moment, Field(description="Waking; the sleep belongs to this day.")]
    duration_hours: (
        Annotated[Hours, Field(description="Asleep; what it lacks of the time between was awake.")] | None
    ) = None
    sleep_stages: Stages | None = None
    sleep_score: Annotated[Number, Field(description="0 to 100.")] | None = None
    sleep_efficiency: (
        Annotated[Number, Field(description="Percent: 92, not 0.92. Above 0 and up to 1 it is refused.")] | None
    ) = None


class NightShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A night or a nap."""

    start_time: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    end_time: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    duration_hours: Annotated[float, Meta(description="Between the two, less the time awake.")]
    device_id: str
    sleep_stages: Annotated[Mapping[str, float], Meta(description="Hours of each that is known.")] = {}
    sleep_score: float | None = None
    sleep_efficiency: Annotated[float | None, Meta(description="Percent.")] = None


def routes(prefix: str) -> APIRouter:
    """POST and GET /sleep, GET /sleep/analysis."""
    router = APIRouter(prefix=f"{prefix}/sleep", tags=["measurements"])
    add_single(router, _post, "Log a night")
    reads = (
        ("", _list, "One's nights and naps", listed(NightShown, "Newest first.")),
        ("/analysis", _read_analysis, "What the nights show", answer(SleepShown, "Of some weeks.")),
    )
    add_reads(router, reads)
    return router


async def _post(wiring: Wired, caller: Asking, slept: NewSleep) -> Response:
    """A night of one's own, hours converted to minutes. After 503 send it again: that is harmless."""
    return await store(wiring, caller, single_of(slept))


async def _list(wiring: Wired, caller: Asking, span: Spanned, part: Paged) -> Response:
    """By the moment of waking."""
    total, rows = await newest(wiring, span.of(SLEEP, caller.id), part)
    return json_response([night_of(row) for row in rows], total=total)


async def _read_analysis(wiring: Wired, caller: Asking, asked: Asked) -> Response:
    """How long, how regular, how much is missing, and where it is heading."""
    return reckoned(await read_analysis(wiring, caller.id, asked))


def single_of(slept: NewSleep) -> Single:
    """In the contract's names and minutes.

    Raises:
        ProblemError: 422, it ends before it begins, or was longer than the time between.
    """
    between_min = (slept.end_time - slept.start_time) / timedelta(minutes=1)
    if between_min <= 0:
        raise _wrong("end_time", "must be after start_time")
    stages = slept.sleep_stages or Stages()
    fields: dict[str, Any] = {"duration_min": _rounded(between_min)}
    for name, field in _STAGES.items():
        hours = getattr(stages, name)
        fields[field] = None if hours is None else _rounded(hours * 60)
    if slept.duration_hours is not None:
        awake_min = between_min - slept.duration_hours * 60
        if awake_min < -_GRACE_MIN:
            raise _wrong("duration_hours", "must not exceed the time from start_time to end_time")
        # Where both tell of time awake, the longer counts: some apps mean the whole night by its duration, others tell
        # stages of a part of it. So nobody is said to have slept more than either says.
        if awake_min > (fields["awake_min"] or 0.0) + _GRACE_MIN:
            fields["awake_min"] = _rounded(awake_min)
    fields |= {"score": slept.sleep_score, "efficiency_pct": slept.sleep_efficiency}
    unknown = [*slept.unknown, *(f"sleep_stages.{name}" for name in stages.model_extra or ())]
    return Single(SLEEP, slept.end_time, slept.device_id, fields, _NAMES, unknown)


_NAMES = {
    "duration_min": "end_time",
    "score": "sleep_score",
    "efficiency_pct": "sleep_efficiency",
    "timestamp": "end_time",
    **{field: f"sleep_stages.{name}" for name, field in _STAGES.items()},
}


def night_of(row: Row) -> NightShown:
    """As it goes out."""
    values = {name: value for name, value in row.values.items() if isinstance(value, float)}
    began_ms = row.time_ms - round(values["duration_min"] * 60_000)
    return NightShown(
        start_time=rfc3339(began_ms),
        end_time=rfc3339(row.time_ms),
        duration_hours=_hours(time_asleep(values["duration_min"], values.get("awake_min", 0.0))),
        device_id=row.source_device,
        sleep_stages={name: _hours(values[field]) for name, field in _STAGES.items() if field in values},
        sleep_score=values.get("score"),
        sleep_efficiency=values.get("efficiency_pct"),
    )


def _rounded(minutes: float) -> float:
    return round(minutes, 6)


def _hours(minutes: float) -> float:
    return round(minutes / 60, 6)


def _wrong(name: str, reason: str) -> ProblemError:
    errors = [ParameterError(name, reason)]
    return ProblemError(422, "the night can't be stored", field=name, errors=errors)
