"""What is known of a user's standing: the values that `storage.records.standings` keeps a row of."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from storage.records.people import Sex
from storage.records.tables import STANDING_COLUMNS

UNKNOWN_ZONE = "UTC"
"""Of people without an account."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What of a person their days depend on; as in `storage.records.people.Person`."""

    time_zone: str = UNKNOWN_ZONE
    sex: Sex | None = None
    birth_date: date | None = None
    max_heart_rate_bpm: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's work on a user's days, begun.

    Attributes:
        user_id: whose.
        number: counts the turns of this user.
        basis: of the person now.
        basis_before: with which all their days were made; None if that was never noted.
        last_seen_at: as noted before.
    """

    user_id: str
    number: int
    basis: Basis
    basis_before: Basis | None
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a user stands.

    Attributes:
        user_id: who.
        computed_at: when this was worked out.
        last_seen_at: time of their newest item; None: none.
        day: the last day that counts here, one that has ended in their zone.
        status: `urgent`, `look`, `fine`, or `unknown` if there is nothing to tell it from.
        score: need for attention, 0 to 1; rosters are ranked by it, highest first.
        reasons: the signs it comes from, most severe first: code, tone, severity, words, columns, figures.
        week: mean of the last 7 days by column of `STANDING_COLUMNS`; those without enough days are absent.
        usual: median of the 28 days before these, likewise.
        wear_share: of the last 14 days, those on which a device was worn, 0 to 1.
        logging_share: of the last 14 days, those with a meal logged, 0 to 1.
        sparklines: the last 28 days by column, oldest first, None where a day has no value.
        adherence: how the last week keeps to what a coach set as a target, by column: target, mean, within, days.
    """

    user_id: str
    computed_at: datetime
    last_seen_at: datetime | None = None
    day: date | None = None
    status: str = "unknown"
    score: float = 0.0
    reasons: Sequence[Mapping[str, Any]] = ()
    week: Mapping[str, float] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)
    wear_share: float | None = None
    logging_share: float | None = None
    sparklines: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    adherence: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finished:
    """Work that is done.

    Attributes:
        turn: under which it was done.
        standing: what came of it.
        next_check_at: when the user is due again, if this was a check of all their days.
    """

    turn: Turn
    standing: Standing
    next_check_at: datetime | None = None


def noted(done: Finished) -> dict[str, Any]:
    """The columns of a row that come of finished work."""
    standing = asdict(done.standing)
    week, usual = standing.pop("week"), standing.pop("usual")
    figures = {f"{name}_week": week.get(name) for name in STANDING_COLUMNS}
    figures |= {f"{name}_usual": usual.get(name) for name in STANDING_COLUMNS}
    del standing["user_id"]
    columns = standing | figures | {"reasons": list(done.standing.reasons)} | asdict(done.turn.basis)
    if done.next_check_at is not None:
        columns |= {"checked_at": standing["computed_at"], "due_at": done.next_check_at}
    return columns


def standing_of(row: Mapping[str, Any]) -> Standing:
    """From the columns of a row that has been worked out."""
    found = {name: row[name] for name in Standing.__slots__ if name not in {"week", "usual"}}
    found["adherence"] = row["adherence"] or {}
    for what in ("week", "usual"):
        figures = {name: row[f"{name}_{what}"] for name in STANDING_COLUMNS}
        found[what] = {name: value for name, value in figures.items() if value is not None}
    return Standing(**found)
