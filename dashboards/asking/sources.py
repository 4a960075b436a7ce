"""The databases behind the boards, asked over their own protocols."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import aiohttp
import asyncpg

from dashboards.asking.frames import Field, Frame, kind_of


class QueryFailedError(Exception):
    """A data source refused a question."""


@dataclass(slots=True)
class Sources:
    """Connections to the three data sources; one that is not named can't be asked.

    Attributes:
        influx_url, influx_database: the series; `influx_headers` may carry a token.
        postgres_url: the records.
        prometheus_url: the metrics.
    """

    influx_url: str = ""
    influx_database: str = "paceline"
    postgres_url: str = ""
    prometheus_url: str = ""
    influx_headers: Mapping[str, str] = field(default_factory=dict)
    _http: aiohttp.ClientSession | None = None
    _pool: Any = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60))
        if self.postgres_url:
            self._pool = await asyncpg.create_pool(self.postgres_url, min_size=1, max_size=4)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http:
            await self._http.close()
        if self._pool:
            await self._pool.close()

    async def influxql(self, query: str, ref_id: str, *, table: bool, alias: str = "$col") -> list[Frame]:
        """Lines or a table, as Grafana makes them of InfluxDB's answer."""
        parameters = {"db": self.influx_database, "epoch": "ms", "q": query}
        answer = await self._get(f"{self.influx_url}/query", parameters, self.influx_headers)
        [result] = answer["results"]
        if "error" in result:
            raise QueryFailedError(result["error"])
        found = result.get("series", [])
        return _table(found, ref_id) if table else [each for one in found for each in _lines(one, ref_id, alias)]

    async def sql(self, query: str, ref_id: str, *, lines: bool) -> list[Frame]:
        """A table, or lines (`time`, texts that name them, numbers)."""
        async with self._pool.acquire() as connection:
            try:
                prepared = await connection.prepare(query)
                rows = await prepared.fetch()
            except asyncpg.PostgresError as error:
                raise QueryFailedError(str(error)) from error
            columns = [(each.name, each.type.name) for each in prepared.get_attributes()]
        frame = Frame(
            ref_id, [_column(name, kind, [row[at] for row in rows]) for at, (name, kind) in enumerate(columns)]
        )
        return [_wide(frame)] if lines else [frame]

    async def promql(self, expr: str, ref_id: str, when: tuple[int, int, int], *, now: bool, name: str) -> list[Frame]:
        """Lines over (from, to, step), milliseconds; or a table of the values at the end."""
        start, end, step = (each / 1_000 for each in when)
        path, parameters = "query_range", {"query": expr, "start": str(start), "end": str(end), "step": str(step)}
        if now:
            path, parameters = "query", {"query": expr, "time": str(end)}
        answer = await self._get(f"{self.prometheus_url}/api/v1/{path}", parameters, {})
        if answer.get("status") != "success":
            raise QueryFailedError(answer.get("error", "no success"))
        found = answer["data"]["result"]
        return _now(found, ref_id) if now else [_measured(each, ref_id, name) for each in found]

    async def _get(self, url: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        if self._http is None:
            raise RuntimeError("not entered")
        async with self._http.get(url, params=parameters, headers=headers) as response:
            answer = await response.json(content_type=None)
            if response.status >= 400:
                raise QueryFailedError(str(answer.get("error", response.status)))
            return answer


def _lines(one: Mapping[str, Any], ref_id: str, alias: str) -> list[Frame]:
    """A frame for each column: how Grafana shows InfluxDB's time series."""
    times = [row[0] for row in one["values"]]
    labels = one.get("tags", {})
    made = []
    for at, column in enumerate(one["columns"][1:], 1):
        values = [row[at] for row in one["values"]]
        title = alias.replace("$col", column)
        for label, value in labels.items():
            title = title.replace(f"$tag_{label}", value)
        fields = [Field("Time", times, "time"), Field("Value", values, kind_of(values), labels, title)]
        if any(value is not None for value in values):
            made.append(Frame(ref_id, fields))
    return made


def _table(found: Sequence[Mapping[str, Any]], ref_id: str) -> list[Frame]:
    """All series below each other, tags as columns."""
    if not found:
        return []
    labels = list(found[0].get("tags", {}))
    columns = found[0]["columns"]
    rows = [
        [*row[:1], *(one.get("tags", {}).get(label) for label in labels), *row[1:]]
        for one in found
        for row in one["values"]
    ]
    names = ["Time", *labels, *columns[1:]]
    values = [[row[at] for row in rows] for at in range(len(names))]
    fields = [
        Field(name, each, "time" if at == 0 else "string" if name in labels else kind_of(each))
        for at, (name, each) in enumerate(zip(names, values, strict=True))
    ]
    return [Frame(ref_id, fields)]


_TIMES = {"timestamptz", "timestamp", "date"}
_NUMBERS = {"int2", "int4", "int8", "float4", "float8", "numeric"}


def _column(name: str, kind: str, values: Sequence[Any]) -> Field:
    if kind in _TIMES:
        return Field(name, [_epoch_ms(value) for value in values], "time")
    if kind in _NUMBERS:
        return Field(name, [float(value) if isinstance(value, Decimal) else value for value in values], "number")
    return Field(name, [None if value is None else str(value) for value in values], "string")


def _epoch_ms(value: date | None) -> int | None:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


def _wide(frame: Frame) -> Frame:
    """Long to wide: a number for each combination of texts, over one time."""
    time = frame.field("time")
    if time is None or any(earlier > later for earlier, later in zip(time.values, time.values[1:], strict=False)):
        raise QueryFailedError("lines need a column `time`, in ascending order")
    texts = [each for each in frame.fields if each.kind == "string"]
    numbers = [each for each in frame.fields if each.kind == "number"]
    moments = sorted(set(time.values))
    places = {moment: at for at, moment in enumerate(moments)}
    found: dict[tuple[str, tuple[str, ...]], list[Any]] = {}
    for row, moment in enumerate(time.values):
        label = tuple(str(each.values[row]) for each in texts)
        for number in numbers:
            line = found.setdefault((number.name, label), [None] * len(moments))
            line[places[moment]] = number.values[row]
    names = [each.name for each in texts]
    lines = [Field(name, line, "number", dict(zip(names, label, strict=True))) for (name, label), line in found.items()]
    return Frame(frame.ref_id, [Field("time", moments, "time"), *lines])


def _measured(one: Mapping[str, Any], ref_id: str, name: str) -> Frame:
    labels = one["metric"]
    title = name
    for label, value in labels.items():
        title = title.replace("{{" + label + "}}", value)
    times = [round(float(moment) * 1_000) for moment, _ in one["values"]]
    values = [_number(value) for _, value in one["values"]]
    shown = "" if name == "__auto" else title
    return Frame(ref_id, [Field("Time", times, "time"), Field("Value", values, "number", labels, shown)])


def _now(found: Sequence[Mapping[str, Any]], ref_id: str) -> list[Frame]:
    labels = sorted({label for one in found for label in one["metric"] if label != "__name__"})
    times = [round(float(one["value"][0]) * 1_000) for one in found]
    columns = [Field(label, [one["metric"].get(label) for one in found], "string") for label in labels]
    values = Field("Value", [_number(one["value"][1]) for one in found], "number")
    return [Frame(ref_id, [Field("Time", times, "time"), *columns, values])] if found else []


def _number(text: str) -> float | None:
    value = float(text)
    return None if value != value else value  # noqa: PLR0124  # NaN
