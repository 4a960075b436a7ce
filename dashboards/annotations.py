"""Marks on every time axis: what was written to a client, what they answered, and what they were alerted to.

The SDK knows annotations of Grafana's own store only: a question to PostgreSQL as an annotation's target is ours.
"""

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import AnnotationQuery

from dashboards import palette
from dashboards.targets import RECORDS, Target, records


def _from_view(source: str, text: str) -> str:
    return f"""SELECT annotations.time AS "time", {text} AS text, annotations.tags AS tags
FROM annotations LEFT JOIN people ON people.id = annotations.author_id
WHERE annotations.user_id = ${{client:sqlstring}} AND annotations.source = '{source}'
  AND $__timeFilter(annotations.time) ORDER BY 1"""


class _Marks(AnnotationQuery):
    """An annotation whose target is a question to a database."""

    def __init__(self, name: str, question: Target, colour: str) -> None:
        super().__init__(name=name, datasource=RECORDS, enable=True, hide=False, icon_color=colour)
        self.question = question

    def to_json(self) -> dict[str, object]:
        return super().to_json() | {"target": self.question.to_json()}


@dataclass(frozen=True, slots=True)
class Annotation(Builder[AnnotationQuery]):
    """Marks of one kind, which a switch at the top of the board shows and hides."""

    name: str
    sql: str
    colour: str

    def build(self) -> AnnotationQuery:
        """For the board."""
        return _Marks(self.name, records(self.sql, "Anno"), self.colour)


def of_client() -> list[Any]:
    """Those of the chosen client."""
    signed = "coalesce(people.name, annotations.title) || ': ' || annotations.text"
    return [
        Annotation("Feedback", _from_view("feedback", signed), palette.PURPLE),
        Annotation("Answers", _from_view("answer", "annotations.text"), palette.GREEN),
        Annotation("Alerts", _from_view("alert", "annotations.text"), palette.VERMILLION),
    ]
