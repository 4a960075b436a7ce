"""What a data source answers: frames of fields, as in Grafana."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """A column.

    Attributes:
        name: as the query names it.
        values: times are milliseconds since 1970 UTC; None: there is no value.
        kind: `time`, `number`, `string` or `frame` (a line within a cell: a list of (time, value)).
        labels: what tells a line from others of its name.
        shown_as: the name of a line that the data source gave it (an alias, a legend).
    """

    name: str
    values: Sequence[Any]
    kind: str
    labels: Mapping[str, str] = field(default_factory=dict)
    shown_as: str = ""

    @property
    def title(self) -> str:
        """By which overrides find it, and under which a panel shows it."""
        return self.shown_as or " ".join([self.name, *self.labels.values()])


@dataclass(frozen=True, slots=True)
class Frame:
    """A table, or lines over one time.

    Attributes:
        ref_id: letter of the question.
        fields: of the same length.
    """

    ref_id: str
    fields: Sequence[Field]

    def __len__(self) -> int:
        return len(self.fields[0].values) if self.fields else 0

    def field(self, title: str) -> Field | None:
        """By name or title."""
        return next((each for each in self.fields if title in {each.name, each.title}), None)

    def with_fields(self, fields: Sequence[Field]) -> "Frame":
        """The same question's answer with other fields."""
        return replace(self, fields=list(fields))

    @property
    def is_lines(self) -> bool:
        """A time and numbers."""
        kinds = {each.kind for each in self.fields}
        return "time" in kinds and "number" in kinds and kinds <= {"time", "number"}


def kind_of(values: Sequence[Any]) -> str:
    """Of values as JSON has them."""
    first = next((value for value in values if value is not None), None)
    return "number" if isinstance(first, (int, float)) and not isinstance(first, bool) else "string"
