"""InfluxQL statements, in the part of the language that InfluxDB 1.x, 2.x and 3 share.

User and device names come from outside: everything that is not a keyword or a number is quoted here, and nowhere else.
"""

from collections.abc import Sequence

from contract.catalogue import Kind
from contract.quantities import Operation
from contract.stamping import NS_PER_MS
from storage.series.form import FORM, counted_field, names_field
from storage.series.periods import Run
from storage.series.protocol import Selection
from storage.series.spans import KeySpan, key_span


def identifier(name: str) -> str:
    """A name of a database, measurement, tag or field."""
    return '"' + _escaped(name).replace('"', '\\"') + '"'


def text(value: str) -> str:
    """A string."""
    return "'" + _escaped(value).replace("'", "\\'") + "'"


def select_rows(selection: Selection, *, newest_first: bool, limit: int | None, offset: int) -> str:
    """All fields of the points, in the order of their nanoseconds; two devices' points at one nanosecond are two."""
    names = [field.name for field in selection.kind.fields]
    if selection.kind.id_field:
        names.append(FORM)
    if selection.kind.by_device:
        names.append("source_device")
    columns = ", ".join(identifier(name) for name in names)
    order = "DESC" if newest_first else "ASC"
    page = "" if limit is None else f" LIMIT {limit} OFFSET {offset}"
    return f"SELECT {columns} {_where(selection)} ORDER BY time {order}{page}"


def select_forms(selection: Selection, span: KeySpan) -> str:
    """The forms alone of the points in a span."""
    return f"SELECT {identifier(FORM)} {_where(selection, span)}"


def select_count(selection: Selection) -> str:
    """How many points there are."""
    return f"SELECT count({identifier(counted_field(selection.kind))}) {_where(selection)}"


def select_end(selection: Selection, field: str, *, newest: bool) -> str:
    """The first or the last point that has a field."""
    order = "DESC" if newest else "ASC"
    return f"SELECT {identifier(field)} {_where(selection)} ORDER BY time {order} LIMIT 1"


def select_last_of_each_device(selection: Selection) -> str:
    """The last point of each device."""
    form = f", {identifier(FORM)}" if selection.kind.id_field else ""
    last = f"last({identifier(counted_field(selection.kind))})"
    return f"SELECT {last}{form} {_where(selection)} GROUP BY {identifier('source_device')}"


def select_aggregates(selection: Selection, field: str, operation: Operation, run: Run) -> str:
    """One number for each period of a run; periods without values are left out.

    A single period needs no grouping, whatever its length. Several are grouped by time with the offset at which the
    first begins: the database needs to know nothing about zones.
    """
    span = _overlap(key_span(selection), run)
    where = _where(selection, span)
    if needs_form(selection.kind, field):
        where += f" AND {identifier(FORM)} =~ /{names_field(field)}/"
    return f"SELECT {operation}({identifier(field)}) AS value {where}{_grouping(run)}"


def select_figures(
    selection: Selection, where: tuple[str, str] | None, figures: Sequence[tuple[str, Operation]], run: Run
) -> str:
    """Several numbers, `v0` and so on, for each period of a run; those of one statement must count the same points."""
    columns = ", ".join(f"{operation}({identifier(field)}) AS v{at}" for at, (field, operation) in enumerate(figures))
    conditions = _where(selection, _overlap(key_span(selection), run))
    named = [figures[0][0]] if where is None else [figures[0][0], where[0]]
    for name in named:
        if needs_form(selection.kind, name):
            conditions += f" AND {identifier(FORM)} =~ /{names_field(name)}/"
    if where is not None:
        conditions += f" AND {identifier(where[0])} = {text(where[1])}"
    return f"SELECT {columns} {conditions}{_grouping(run)}"


def select_minutes(selection: Selection, field: str) -> str:
    """The mean of each minute of UTC that has values."""
    return f"SELECT mean({identifier(field)}) AS value {_where(selection)} GROUP BY time(1m) fill(none)"


def delete(selection: Selection) -> str:
    """The selected points; InfluxDB 1.x alone."""
    return f"DELETE {_where(selection)}"


def delete_before(kind: Kind, key_ns: int) -> str:
    """Everybody's points of a kind before this nanosecond; InfluxDB 1.x alone."""
    return f"DELETE FROM {identifier(kind.name)} WHERE time < {key_ns}"  # noqa: S608  # the name is the catalogue's


def drop_user(user_id: str) -> str:
    """Everything of a user, in all measurements; only InfluxDB 1.x has this."""
    return f"DROP SERIES FROM /.*/ WHERE {identifier('user_id')} = {text(user_id)}"


def _where(selection: Selection, span: KeySpan | None = None) -> str:
    span = span or key_span(selection)
    conditions = [f"{identifier('user_id')} = {text(selection.user_id)}"]
    if selection.source_device is not None:
        conditions.append(f"{identifier('source_device')} = {text(selection.source_device)}")
    # Both ends always: where one is missing, some statements end at the server's clock, and items may be ahead of it.
    conditions.append(f"time >= {span.start_ns} AND time < {span.end_ns}")
    return f"FROM {identifier(selection.kind.name)} WHERE {' AND '.join(conditions)}"


def _overlap(span: KeySpan, run: Run) -> KeySpan:
    return KeySpan(max(span.start_ns, run.start_ms * NS_PER_MS), min(span.end_ns, run.end_ms * NS_PER_MS))


def needs_form(kind: Kind, field: str) -> bool:
    """Whether a value of the field may be stale, so that the form has to be asked (rule 2 of `storage.series.form`)."""
    found = kind.field(field)
    return kind.id_field is not None and not (found is not None and found.required)


def _grouping(run: Run) -> str:
    """By time, with the offset at which the first period begins; one period needs none."""
    return f" GROUP BY time({run.step_ms}ms, {run.start_ms % run.step_ms}ms) fill(none)" if run.count > 1 else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")
