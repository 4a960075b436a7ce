"""Marks on every time axis: what was written to a client, what they answered, and what they were alerted to.

The SDK knows annotations of Grafana's own store only: a question to PostgreSQL as an annotation's target is ours.
"""

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import AnnotationQuery

from dashboards import palette
from dashboards.targets import RECORDS, Target, records

_FEEDBACK = """SELECT feedback.about_at AS "time", feedback.tags AS tags,
  coalesce(people.name, feedback.author_role) || ': ' || feedback.text AS text
FROM feedback LEFT JOIN people ON people.id = feedback.author_id
WHERE feedback.user_id = ${client:sqlstring} AND $__timeFilter(feedback.about_at) ORDER BY 1"""

_ANSWERS = """SELECT feedback_answers.at AS "time", feedback_answers.text AS text, 'answer' AS tags
FROM feedback_answers JOIN feedback ON feedback.id = feedback_answers.feedback_id
WHERE feedback.user_id = ${client:sqlstring} AND $__timeFilter(feedback_answers.at) ORDER BY 1"""

_ALERTS = """SELECT raised_at AS "time", text, rule AS tags
FROM alerts WHERE user_id = ${client:sqlstring} AND $__timeFilter(raised_at) ORDER BY 1"""


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
    return [
        Annotation("Feedback", _FEEDBACK, palette.PURPLE),
        Annotation("Answers", _ANSWERS, palette.GREEN),
        Annotation("Alerts", _ALERTS, palette.VERMILLION),
    ]
