"""A board's questions, asked one after the other: variables first, then panels and annotations."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any

from dashboards.asking import expanding
from dashboards.asking.expanding import ALL, Choice, Scope
from dashboards.asking.frames import Frame
from dashboards.asking.sources import Sources
from dashboards.asking.transformations import transformed

Json = Mapping[str, Any]
_MINUTES = {"m": 1, "h": 60, "d": 1_440, "w": 10_080, "M": 43_200, "y": 525_600}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answer.

    Attributes:
        where: of which panel, variable or annotation.
        query: as it was sent.
        frames: what came back.
        seconds: how long that took.
    """

    where: str
    query: str
    frames: Sequence[Frame]
    seconds: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel with what it shows.

    Attributes:
        panel: its JSON.
        asked: its questions.
        frames: after its transformations.
    """

    panel: Json
    asked: Sequence[Asked]
    frames: Sequence[Frame]


def panels_of(board: Json) -> Iterator[Json]:
    """All panels that show something, in reading order."""
    for panel in board.get("panels", ()):
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def span_of(board: Json, now_ms: int) -> tuple[int, int]:
    """The board's own time range, milliseconds since 1970 UTC."""

    def moment(text: str) -> int:
        found = re.fullmatch(r"now(?:-(\d+)([mhdwMy]))?", text)
        if found is None:
            raise ValueError(text)
        return now_ms - (int(found[1]) * _MINUTES[found[2]] * 60_000 if found[1] else 0)

    return moment(board["time"]["from"]), moment(board["time"]["to"])


class Asker:
    """Asks for one board.

    Args:
        board: its JSON.
        sources: where to ask.
        now_ms: the present, milliseconds since 1970 UTC.
        zone: of who looks.
        chosen: values of variables, by name; of others, what Grafana chooses at first.
        login: of who looks, in Grafana.
        span: time range, milliseconds since 1970 UTC; None: the board's own.
    """

    def __init__(
        self,
        board: Json,
        sources: Sources,
        now_ms: int,
        *,
        zone: tzinfo = UTC,
        chosen: Mapping[str, str] | None = None,
        login: str = "viewer",
        span: tuple[int, int] | None = None,
    ) -> None:
        self.board = board
        self._sources, self._zone, self._chosen = sources, zone, chosen or {}
        from_ms, to_ms = span or span_of(board, now_ms)
        self.scope = Scope(from_ms, to_ms, {}, login)

    async def choose(self) -> list[Asked]:
        """Find what the variables offer, and choose."""
        asked = []
        for variable in self.board["templating"]["list"]:
            if variable["type"] == "query":
                found = await self._ask(f"variable {variable['name']}", {"rawSql": variable["query"]}, variable)
                asked.append(found)
                options = _options(found.frames)
            elif variable["type"] == "textbox":
                options = [str(variable.get("query") or "")]
            else:
                options = [part.rpartition(" : ")[2].strip() for part in str(variable["query"]).split(",")]
            choice = _choice(variable, options, self._chosen.get(variable["name"]))
            self.scope = replace(self.scope, choices={**self.scope.choices, variable["name"]: choice})
        return asked

    async def show(self, panel: Json) -> Shown:
        """Ask a panel's questions, of its own time range if it has one, and transform the answers."""
        whole = self.scope
        if own := panel.get("timeFrom"):
            self.scope = replace(whole, from_ms=whole.to_ms - _milliseconds(own))
        try:
            asked = [await self._ask(panel["title"], target, panel) for target in panel.get("targets", ())]
        finally:
            self.scope = whole
        frames = [frame for each in asked for frame in each.frames]
        return Shown(panel, asked, transformed(frames, panel.get("transformations", ()), self._zone))

    async def annotate(self) -> list[Asked]:
        """Ask for the marks on the time axes."""
        return [
            await self._ask(f"annotation {each['name']}", each["target"], each)
            for each in self.board.get("annotations", {}).get("list", ())
            if "rawSql" in each.get("target", {})
        ]

    async def _ask(self, where: str, target: Json, owner: Json) -> Asked:
        source = (target.get("datasource") or owner["datasource"])["uid"]
        ask = {
            "paceline-series": self._series,
            "paceline-records": self._records,
            "paceline-prometheus": self._prometheus,
        }
        started = time.perf_counter()
        query, frames = await ask[source](target, owner)
        return Asked(where, query, frames, time.perf_counter() - started)

    async def _series(self, target: Json, owner: Json) -> tuple[str, list[Frame]]:
        interval_ms = self.scope.interval_ms(_least_ms(owner))
        query = expanding.influxql(expanding.variables(target["query"], self.scope), self.scope, interval_ms)
        table = target["resultFormat"] == "table"
        return query, await self._sources.influxql(query, target["refId"], table=table, alias=target["alias"])

    async def _records(self, target: Json, _owner: Json) -> tuple[str, list[Frame]]:
        query = expanding.sql(expanding.variables(target["rawSql"], self.scope), self.scope)
        lines = target.get("format") == "time_series"
        return query, await self._sources.sql(query, target.get("refId", "A"), lines=lines)

    async def _prometheus(self, target: Json, owner: Json) -> tuple[str, list[Frame]]:
        step_ms = self.scope.interval_ms(max(_least_ms(owner), 15_000))
        query = expanding.promql(expanding.variables(target["expr"], self.scope), self.scope, step_ms)
        name = target.get("legendFormat", "__auto")
        now = bool(target.get("instant"))
        # Lines begin and end at multiples of their step, as Grafana asks for them.
        start, end = (each if now else each // step_ms * step_ms for each in (self.scope.from_ms, self.scope.to_ms))
        when = (start, end, step_ms)
        return query, await self._sources.promql(query, target["refId"], when, now=now, name=name)


def _least_ms(owner: Json) -> int:
    return _milliseconds(owner.get("interval") or "1s")


def _milliseconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)([smhdw])", text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}[found[2]]


def _options(frames: Sequence[Frame]) -> list[str]:
    values = next((field for frame in frames if (field := frame.field("__value"))), None)
    return [str(value) for value in values.values] if values else []


def _choice(variable: Json, options: Sequence[str], chosen: str | None) -> Choice:
    current = chosen or (variable.get("current") or {}).get("value")
    value = current[0] if isinstance(current, list) else current
    if value == ALL:
        return Choice(options, is_all=True, all_value=variable.get("allValue") or "")
    return Choice([value or (options[0] if options else "")])
