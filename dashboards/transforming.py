"""Grafana's transformations, as far as the boards use them (`dashboards.asking.transformations` does the same)."""

from collections.abc import Mapping, Sequence
from typing import Any

from grafana_foundation_sdk.models.dashboard import DataTransformerConfig


def _made(name: str, **options: Any) -> DataTransformerConfig:
    return DataTransformerConfig(id_val=name, options=options)


def sparklines(ref_ids: Sequence[str]) -> DataTransformerConfig:
    """Each of these questions' lines becomes a row: its labels, and the line as `Trend #B`."""
    return _made("timeSeriesTable", **{ref_id: {"stat": "lastNotNull"} for ref_id in ref_ids})


def joined(field: str) -> DataTransformerConfig:
    """One table of all; rows with the same value in this field become one."""
    return _made("joinByField", byField=field, mode="outer")


def sorted_by(field: str, *, down: bool = False) -> DataTransformerConfig:
    """In the order of a field."""
    return _made("sortBy", sort=[{"field": field, "desc": down}])


def in_order(names: Sequence[str]) -> DataTransformerConfig:
    """Fields in this order."""
    places = {name: place for place, name in enumerate(names)}
    return _made("organize", excludeByName={}, indexByName=places, renameByName={})


def without(*fields: str) -> DataTransformerConfig:
    """These fields left out."""
    return _made("organize", excludeByName=dict.fromkeys(fields, True), indexByName={}, renameByName={})


def summed(fields: Sequence[str], name: str) -> DataTransformerConfig:
    """The sum of fields as one more; of the time alone: the time once more, as a number."""
    reduce = {"include": list(fields), "reducer": "sum"}
    return _made("calculateField", mode="reduceRow", reduce=reduce, alias=name, replaceFields=False, timeSeries=False)


def converted(field: str, kind: str) -> DataTransformerConfig:
    """A field as a `time` or a `number`."""
    return _made("convertFieldType", fields={}, conversions=[{"targetField": field, "destinationType": kind}])


def time_as_text(field: str, form: str) -> DataTransformerConfig:
    """A time as a text, in the board's time zone (`HH`: the hour of the day)."""
    return _made("formatTime", timeField=field, outputFormat=form, useTimezone=True)


def grouped(by: Sequence[str], operations: Mapping[str, str]) -> DataTransformerConfig:
    """One row for each combination of values of some fields; others become `distance (max)`."""
    keys = {name: {"aggregations": [], "operation": "groupby"} for name in by}
    rest = {name: {"aggregations": [each], "operation": "aggregate"} for name, each in operations.items()}
    return _made("groupBy", fields=keys | rest)


def matrix(row: str, column: str, value: str) -> DataTransformerConfig:
    """Values of one field as columns."""
    return _made("groupingToMatrix", rowField=row, columnField=column, valueField=value, emptyValue="null")
