"""Signs that a coach should look at somebody: what is seen, how much it matters, and the days it is read from.

The rules are in `insights.arrivals` (what comes in, or does not), `insights.repeating` (what comes again and again) and
`insights.condition` (the body, training, sleep); `insights.attention` ranks what they find. A sign is no diagnosis.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from insights.series import Floats, aligned

Tone = Literal["concern", "praise"]


@dataclass(frozen=True, slots=True)
class Sign:
    """A reason to look at somebody.

    Attributes:
        code: names the rule; stable.
        tone: praise for what goes well.
        severity: 0 to 1; 0.8 and more is high.
        words: what is seen, with the figures.
        columns: of the daily summary, what it rests on.
        figures: the same figures as numbers, by name.
    """

    code: str
    tone: Tone
    severity: float
    words: str
    columns: tuple[str, ...]
    figures: Mapping[str, float] = field(default_factory=dict)


class Days:
    """A person's daily columns; one that is absent has no values.

    Args:
        columns: daily series of the same days by column; the last day is one that has ended.
        since: columns that have a value of a later day already, such as the one that is running.
        is_adult: rules that were made for adults are about this person (`insights.ages`).

    Raises:
        ValueError: not daily series, or of different lengths.
    """

    __slots__ = ("_length", "_series", "_since", "is_adult")

    def __init__(self, columns: Mapping[str, ArrayLike], since: Collection[str] = (), *, is_adult: bool = True) -> None:
        self._since, self.is_adult = frozenset(since), is_adult
        self._series = dict(zip(columns, aligned(*columns.values()), strict=True))
        self._length = len(next(iter(self._series.values()), ()))

    def __getitem__(self, column: str) -> Floats:
        found = self._series.get(column)
        return np.full(self._length, np.nan) if found is None else found

    def any_of(self, *columns: str) -> Floats:
        """1 on days on which one of the columns has a value, else NaN."""
        there = np.zeros(self._length, dtype=bool)
        for column in columns:
            there |= ~np.isnan(self[column])
        return np.where(there, 1.0, np.nan)

    def has_since(self, *columns: str) -> bool:
        """Whether one of the columns has a value of a day after the last one."""
        return not self._since.isdisjoint(columns)
