"""What the embedded store is asked, as SQL with bound values."""

import json
from collections.abc import Iterator
from datetime import tzinfo
from itertools import pairwise
from typing import Any

from contract.catalogue import Kind
from contract.quantities import Operation
from contract.stamping import NS_PER_MS
from storage.series.periods import edges_ms
from storage.series.protocol import Period, Question, Row, Selection
from storage.series.spans import EARLIEST_NS, LATEST_NS, key_span, require_whole_seconds

Query = tuple[str, dict[str, Any]]
"""A statement and its values."""

_AGGREGATES: dict[Operation, str] = {
    "sum": "sum({0})",
    "mean": "avg({0})",
    "min": "min({0})",
    "max": "max({0})",
    "count": "nullif(count({0}), 0)",
}


def select_rows(selection: Selection, *, limit: int | None, offset: int, newest_first: bool) -> Query:
    """Time, nanosecond, device and fields, for `read_row`."""
    names = "".join(f', "{field.name}"' for field in selection.kind.fields)
    order = "DESC" if newest_first else "ASC"
    statement = f"""\
SELECT {_time_ms(selection.kind)}, key_ns, source_device{names} {_where(selection)}
ORDER BY key_ns {order}, source_device {order} LIMIT :limit OFFSET :offset"""
    return statement, _values(selection) | {"limit": -1 if limit is None else limit, "offset": offset}


def read_row(kind: Kind, columns: tuple[Any, ...]) -> Row:
    """From a row of `select_rows`."""
    time_ms, key_ns, source_device, *values = columns
    named = zip(kind.fields, values, strict=True)
    return Row(time_ms, key_ns, source_device, {field.name: value for field, value in named if value is not None})


def select_count(selection: Selection) -> Query:
    """How many rows there are."""
    return f"SELECT count(*) {_where(selection)}", _values(selection)


def select_extent(selection: Selection) -> Query:
    """The first and the last nanosecond, or nulls."""
    first, last = (f"(SELECT key_ns {_where(selection)} ORDER BY key_ns {order} LIMIT 1)" for order in ("ASC", "DESC"))
    return f"SELECT {first}, {last}", _values(selection)


def select_figure(question: Question, period: Period, zone: tzinfo) -> Query:
    """As `select_aggregates`, of a question."""
    edges = edges_ms(period, zone, *require_whole_seconds(question.selection))
    return select_aggregates(question.selection, question.field or "key_ns", question.operation, edges, question.where)


def select_minutes(selection: Selection, field: str) -> Query:
    """(start in milliseconds, mean) of each minute that has values."""
    name, minute_ns = _column(selection.kind, field), 60_000 * NS_PER_MS
    statement = f"""\
SELECT key_ns / {minute_ns} * 60000, avg({name}) {_where(selection)} AND {name} IS NOT NULL GROUP BY 1 ORDER BY 1"""
    return statement, _values(selection)


def delete(selection: Selection) -> Query:
    """Remove the rows."""
    return f"DELETE {_where(selection)}", _values(selection)


def select_aggregates(
    selection: Selection,
    field: str,
    operation: Operation,
    edges: list[int],
    having: tuple[str, str] | None = None,
) -> Query:
    """(start in milliseconds, value) of each period between two edges that has values, in their order.

    Args:
        selection: of which items.
        field: a number of theirs, or `key_ns`, which all have.
        operation: how they become one.
        edges: where periods begin, and the last ends; milliseconds since 1970 UTC.
        having: a field of theirs, and the text that it must be.
    """
    name = _column(selection.kind, field)
    where = f"{_where(selection, 'low', 'high')} AND {name} IS NOT NULL"
    if having:
        where += f" AND {_column(selection.kind, having[0])} = :having"
    if operation == "last":
        # Of two devices' values at one nanosecond the greater, as InfluxDB has it.
        aggregate = f"{name} {where} ORDER BY key_ns DESC, {name} DESC LIMIT 1"
    else:
        aggregate = f"{_AGGREGATES[operation].format(name)} {where}"
    statement = f"""\
WITH periods (start_ms, low, high) AS MATERIALIZED (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
    FROM json_each(:periods)
), aggregates (start_ms, aggregate) AS MATERIALIZED (SELECT start_ms, (SELECT {aggregate}) FROM periods)
SELECT start_ms, aggregate FROM aggregates WHERE aggregate IS NOT NULL ORDER BY start_ms"""  # noqa: S608  # names are the catalogue's, values are bound
    periods = json.dumps(list(_periods(selection, edges)))
    return statement, _values(selection) | {"periods": periods, "having": having and having[1]}


def select_last_points(user_id: str) -> Query:
    """(kind, device, nanosecond) of the last point of each."""
    return "SELECT kind, source_device, key_ns FROM _newest WHERE user_id = :user", {"user": user_id}


def select_users_before(kind: Kind, key_ns: int) -> Query:
    """Users who have rows of a kind before a point in time."""
    statement = f"""\
SELECT user_id FROM (SELECT DISTINCT user_id FROM _newest WHERE kind = :kind) AS known
WHERE EXISTS (SELECT 1 FROM "{kind.name}" AS row WHERE row.user_id = known.user_id AND row.key_ns < :before)"""  # noqa: S608  # names are the catalogue's, values are bound
    return statement, {"kind": kind.name, "before": key_ns}


def select_newest_time(selection: Selection) -> Query:
    """The time of the newest item, in milliseconds, or null."""
    return f"SELECT max({_time_ms(selection.kind)}) {_where(selection)}", _values(selection)


def _where(selection: Selection, low: str = ":start_ns", high: str = ":end_ns") -> str:
    conditions = ["user_id = :user", f"key_ns >= {low}", f"key_ns < {high}"]
    if selection.source_device is not None:
        conditions.append("source_device = :device")
    if selection.kind.id_field:
        # The keys' span is of whole seconds.
        conditions += ["time_ms >= :start_ms", "time_ms < :end_ms"]
    return f'FROM "{selection.kind.name}" WHERE {" AND ".join(conditions)}'


def _values(selection: Selection) -> dict[str, Any]:
    span = key_span(selection)
    return {
        "user": selection.user_id,
        "device": selection.source_device,
        "start_ns": span.start_ns,
        "end_ns": span.end_ns,
        "start_ms": _storable(EARLIEST_NS if selection.start_ms is None else selection.start_ms),
        "end_ms": _storable(LATEST_NS if selection.end_ms is None else selection.end_ms),
    }


def _periods(selection: Selection, edges: list[int]) -> Iterator[tuple[int, int, int]]:
    span = key_span(selection)
    for start_ms, end_ms in pairwise(edges):
        yield start_ms, max(span.start_ns, start_ms * NS_PER_MS), min(span.end_ns, end_ms * NS_PER_MS)


def _time_ms(kind: Kind) -> str:
    return "time_ms" if kind.id_field else f"key_ns / {NS_PER_MS}"


def _column(kind: Kind, name: str) -> str:
    if kind.field(name) is None and name != "key_ns":
        raise ValueError(f"{kind.name} has no field of this name")
    return f'"{name}"'


def _storable(number: int) -> int:
    return max(EARLIEST_NS, min(LATEST_NS, number))
