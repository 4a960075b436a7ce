"""Grafana's transformations, as far as the boards use them (`dashboards.transforming`), done to frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from dashboards.asking.frames import Field, Frame


def transformed(frames: Sequence[Frame], steps: Sequence[Mapping[str, Any]], zone: tzinfo = UTC) -> list[Frame]:
    """What a panel shows after its transformations.

    Args:
        frames: answers of all questions.
        steps: as in the panel's JSON.
        zone: the board's time zone.

    Raises:
        LookupError: a transformation that is not known here.
    """
    for step in steps:
        if step["id"] == "formatTime":
            frames = [_format_time(frame, step["options"], zone) for frame in frames]
        else:
            frames = _KNOWN[step["id"]](frames, step["options"])
    return list(frames)


def _to_table(frames: Sequence[Frame], _options: Mapping[str, Any]) -> list[Frame]:
    rest = [frame for frame in frames if not frame.is_lines]
    for ref_id in dict.fromkeys(frame.ref_id for frame in frames if frame.is_lines):
        found = [
            (frame.fields[0].values, each)
            for frame in frames
            if frame.ref_id == ref_id and frame.is_lines
            for each in frame.fields
            if each.kind == "number"
        ]
        names = list(dict.fromkeys(label for _, each in found for label in each.labels))
        labels = [Field(name, [each.labels.get(name) for _, each in found], "string") for name in names]
        lines = [list(zip(times, each.values, strict=True)) for times, each in found]
        rest.append(Frame(ref_id, [*labels, Field(f"Trend #{ref_id}", lines, "frame")]))
    return rest


def _join(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    by = options["byField"]
    keyed = [(frame, key) for frame in frames if (key := frame.field(by)) is not None]
    if not keyed:
        return list(frames)
    keys = sorted({value for _, key in keyed for value in key.values if value is not None})
    fields = [Field(by, keys, keyed[0][1].kind)]
    for frame, key in keyed:
        places = {value: at for at, value in enumerate(key.values)}
        for each in frame.fields:
            if each is not key:
                values = [each.values[places[value]] if value in places else None for value in keys]
                fields.append(Field(each.name, values, each.kind, each.labels, each.shown_as))
    return [Frame("joined", fields)]


def _sort(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    [rule] = options["sort"]
    made = []
    for frame in frames:
        key = frame.field(rule["field"])
        order = list(range(len(frame)))
        if key is not None:
            known = [at for at in order if key.values[at] is not None]
            known.sort(key=lambda at: key.values[at], reverse=rule.get("desc", False))
            order = [*known, *(at for at in order if key.values[at] is None)]
        made.append(frame.with_fields([_picked(each, order) for each in frame.fields]))
    return made


def _organize(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    hidden, names = options.get("excludeByName", {}), options.get("renameByName", {})
    places = options.get("indexByName", {})
    made = []
    for frame in frames:
        ordered = sorted(frame.fields, key=lambda each: places.get(each.title, len(places)))
        shown = [each for each in ordered if not (hidden.get(each.title) or hidden.get(each.name))]
        renamed = [replace(each, shown_as=names.get(each.title, each.shown_as)) for each in shown]
        made.append(frame.with_fields(renamed))
    return made


def _calculate(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    if options["mode"] != "reduceRow" or options["reduce"]["reducer"] != "sum":
        raise LookupError("only sums of a row are known here")
    made = []
    for frame in frames:
        found = [each for each in frame.fields if each.title in options["reduce"]["include"]]
        sums = [sum(values) for values in zip(*(each.values for each in found), strict=True)]
        made.append(frame.with_fields([*frame.fields, Field(options["alias"], sums, "number")]) if found else frame)
    return made


def _convert(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    kinds = {each["targetField"]: each["destinationType"] for each in options["conversions"]}

    def converted(each: Field) -> Field:
        kind = kinds.get(each.title)
        if kind is None:
            return each
        number = kind == "number"
        values = [None if value is None else float(value) if number else value for value in each.values]
        return Field(each.name, values, kind, each.labels, each.shown_as)

    return [frame.with_fields([converted(each) for each in frame.fields]) for frame in frames]


def _format_time(frame: Frame, options: Mapping[str, Any], zone: tzinfo) -> Frame:
    form = _FORMATS[options["outputFormat"]]

    def formatted(each: Field) -> Field:
        if each.title != options["timeField"]:
            return each
        moments = (datetime.fromtimestamp(value / 1_000, zone) for value in each.values)
        return Field(each.name, [moment.strftime(form) for moment in moments], "string", each.labels, each.shown_as)

    return frame.with_fields([formatted(each) for each in frame.fields])


def _group(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    by = [name for name, rule in options["fields"].items() if rule["operation"] == "groupby"]
    rules = {name: rule["aggregations"] for name, rule in options["fields"].items() if name not in by}
    made = []
    for frame in frames:
        keys = [key for name in by if (key := frame.field(name)) is not None]
        if not keys:
            continue
        places: dict[Any, list[int]] = {}
        for at, value in enumerate(zip(*(key.values for key in keys), strict=True)):
            places.setdefault(value, []).append(at)
        fields = [Field(key.name, [value[at] for value in places], key.kind) for at, key in enumerate(keys)]
        for each in frame.fields:
            for operation in rules.get(each.title, ()):
                values = [_REDUCED[operation]([each.values[at] for at in rows]) for rows in places.values()]
                fields.append(Field(f"{each.title} ({operation})", values, "number"))
        made.append(frame.with_fields(fields))
    return made


def _matrix(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    made = []
    for frame in frames:
        found = [frame.field(options[name]) for name in ("rowField", "columnField", "valueField")]
        row, column, value = (each for each in found if each is not None)
        rows, columns = (list(dict.fromkeys(each.values)) for each in (row, column))
        cells = dict(zip(zip(row.values, column.values, strict=True), value.values, strict=True))
        corner = Field(f"{row.name}\\{column.name}", rows, "string")
        fields = [Field(str(each), [cells.get((at, each)) for at in rows], "number") for each in columns]
        made.append(frame.with_fields([corner, *fields]))
    return made


def _picked(each: Field, order: Sequence[int]) -> Field:
    return Field(each.name, [each.values[at] for at in order], each.kind, each.labels, each.shown_as)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


_REDUCED: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "sum": lambda values: sum(value for value in values if value is not None),
    "count": len,
    "mean": _mean,
    "max": lambda values: max((value for value in values if value is not None), default=None),
}
_FORMATS = {"HH": "%H", "GGGG-[W]WW": "%G-W%V"}

_KNOWN: Mapping[str, Callable[[Sequence[Frame], Mapping[str, Any]], list[Frame]]] = {
    "timeSeriesTable": _to_table,
    "joinByField": _join,
    "sortBy": _sort,
    "organize": _organize,
    "calculateField": _calculate,
    "convertFieldType": _convert,
    "groupBy": _group,
    "groupingToMatrix": _matrix,
}
