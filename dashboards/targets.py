"""The data sources by their fixed uids, and questions to them: what a panel, a variable or an annotation asks.

The SDK has no classes for the queries of InfluxDB and PostgreSQL. Read back from JSON they are its `UnknownDataquery`,
which loses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SERIES = DataSourceRef("influxdb", "paceline-series")
"""InfluxDB, asked in InfluxQL: 1.x as it is, 2.x through its mapping of databases (DBRP)."""
RECORDS = DataSourceRef("grafana-postgresql-datasource", "paceline-records")
PROMETHEUS = DataSourceRef("prometheus", "paceline-prometheus")
SEVERAL = DataSourceRef(uid="-- Mixed --")
"""Of panels that ask more than one; comes with Grafana. With a type, the SDK would read questions as its own."""


@dataclass(frozen=True, slots=True)
class Target(Builder[Dataquery], Dataquery):
    """One question.

    Attributes:
        ref_id: its letter; transformations name it.
        source: who is asked.
        query: what only this source's questions have.
    """

    ref_id: str
    source: DataSourceRef
    query: dict[str, Any]

    def build(self) -> Dataquery:
        """Itself."""
        return self

    def to_json(self) -> dict[str, object]:
        """As Grafana keeps it."""
        return {"refId": self.ref_id, "datasource": self.source.to_json(), **self.query}


def series(query: str, ref_id: str = "A", *, name: str = "$col", table: bool = False) -> Target:
    """InfluxQL.

    Args:
        query: may use `$timeFilter`, `$__interval` and variables.
        ref_id: letter of the question.
        name: of the lines; `$col` is the column's, `$tag_name` a tag's value.
        table: one table, instead of a line for each column.
    """
    form = "table" if table else "time_series"
    return Target(ref_id, SERIES, {"query": query, "rawQuery": True, "resultFormat": form, "alias": name})


def tables(queries: Sequence[str]) -> list[Target]:
    """InfluxQL: one table each, lettered from A on."""
    return [series(query, letter, table=True) for query, letter in zip(queries, ascii_uppercase, strict=False)]


def records(sql: str, ref_id: str = "A", *, lines: bool = False) -> Target:
    """SQL; `lines`: a column `time`, texts that name the lines, and numbers. Else a table."""
    form = "time_series" if lines else "table"
    return Target(ref_id, RECORDS, {"rawSql": sql, "rawQuery": True, "editorMode": "code", "format": form})


def prometheus(expr: str, ref_id: str = "A", *, name: str = "__auto", now: bool = False) -> Target:
    """PromQL.

    Args:
        expr: may use `$__rate_interval`.
        ref_id: letter of the question.
        name: of the lines, such as `{{reason}}`.
        now: only the value at the end of the time range, as a table.
    """
    how = {"instant": now, "range": not now, "format": "table" if now else "time_series"}
    return Target(ref_id, PROMETHEUS, {"expr": expr, "legendFormat": name, "editorMode": "code", **how})
