"""Asking InfluxDB for many aggregates at once: few statements, one request.

Figures that count the same points share a statement. An optional field of items with ids has one of its own, since
which of its points count is said in their forms (`storage.series.form`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from contract.quantities import Operation
from contract.stamping import NS_PER_MS
from storage.series import influxql
from storage.series.form import counted_field
from storage.series.influx_answers import Series
from storage.series.influx_http import InfluxHttp
from storage.series.influx_rows import records
from storage.series.names import can_match
from storage.series.periods import Run, edges_ms, local, runs
from storage.series.protocol import Bucket, Period, Question, Selection
from storage.series.spans import require_whole_seconds


@dataclass(frozen=True, slots=True)
class _Group:
    """What the questions of one statement share.

    Attributes:
        selection: of which items.
        where: field and text that they must have.
        alone: the field that no other may be asked with.
    """

    selection: Selection
    where: tuple[str, str] | None
    alone: str | None

    @classmethod
    def of(cls, question: Question) -> "_Group":
        field, _ = _figure(question)
        stale = question.field is not None and influxql.needs_form(question.selection.kind, field)
        return cls(question.selection, question.where, field if stale else None)


async def ask_figures(
    http: InfluxHttp, questions: Sequence[Question], period: Period, zone: tzinfo
) -> list[list[Bucket]]:
    """The buckets of each question; see `SeriesStore.figures`."""
    groups: defaultdict[_Group, list[int]] = defaultdict(list)
    for at, question in enumerate(questions):
        if can_match(question.selection):
            groups[_Group.of(question)].append(at)
    cut = _cut({group.selection for group in groups}, period, zone)
    asked = [
        (group, members, run)
        for group, members in groups.items()
        for run in cut[require_whole_seconds(group.selection)]
    ]
    statements = [
        influxql.select_figures(group.selection, group.where, [_figure(questions[at]) for at in members], run)
        for group, members, run in asked
    ]
    found: list[list[Bucket]] = [[] for _ in questions]
    for (_, members, run), answer in zip(asked, await http.query(statements), strict=True):
        for column, at in enumerate(members):
            found[at].extend(_read(questions[at].operation, f"v{column}", run, answer, zone))
    return found


def _cut(selections: set[Selection], period: Period, zone: tzinfo) -> Mapping[tuple[int, int], list[Run]]:
    """The runs of periods of each pair of ends; most often there is but one."""
    ends = {require_whole_seconds(selection) for selection in selections}
    return {each: runs(edges_ms(period, zone, *each)) for each in ends}


def _figure(question: Question) -> tuple[str, Operation]:
    return question.field or counted_field(question.selection.kind), question.operation


def _read(operation: Operation, column: str, run: Run, answer: Sequence[Series], zone: tzinfo) -> Iterator[Bucket]:
    for record in records(answer):
        value = record[column]
        if value is None or (operation == "count" and not value):
            continue
        # Without grouping, the time of an aggregate says nothing of use.
        start_ms = run.start_ms if run.count == 1 else record["time"] // NS_PER_MS
        yield Bucket(local(start_ms, zone), float(value))
