"""The tables of the embedded store, made from the catalogue, and the statements that fill and empty them.

The rules of this file:

1. One table a kind. Its key is (user, nanosecond, device) in this order: what is asked for is nearly always a span of
   one user's time, which then is read as it lies on disk, already sorted. There is no other index, and no row id: a
   point of a track takes 138 bytes so, 212 with an index beside the rows.
2. An item with an id replaces its row, and has its time in a column; a sample is joined with what its row holds.
3. `_newest` has the last point of each user's kind and device, so that `last_seen` need not search years of rows.
4. Tables are STRICT: a text where a number belongs is refused, as InfluxDB refuses it.
5. Names of tables and columns come from the catalogue, values are always bound.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any

from contract.catalogue import Field, Kind
from contract.daily import STORED
from contract.stamping import StampedBatch
from storage.series.names import require_names

PORTION = 5_000
"""Rows that a transaction removes at most: some 20 ms, for which whoever writes waits."""

_NEWEST_TABLE = """\
CREATE TABLE IF NOT EXISTS _newest (
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    source_device TEXT NOT NULL,
    key_ns INTEGER NOT NULL,
    PRIMARY KEY (user_id, kind, source_device)
) STRICT, WITHOUT ROWID"""

_NOTE_NEWEST = """\
INSERT INTO _newest (user_id, kind, source_device, key_ns) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET key_ns = excluded.key_ns WHERE excluded.key_ns > key_ns"""


def make_tables(connection: sqlite3.Connection) -> None:
    """Make what is missing: tables, and columns of fields that a kind got since its table was made."""
    connection.execute(_NEWEST_TABLE)
    for kind in STORED.values():
        connection.execute(_table(kind))
        there = {row[1] for row in connection.execute(f'PRAGMA table_info("{kind.name}")')}
        for field in kind.fields:
            if field.name not in there:
                connection.execute(f'ALTER TABLE "{kind.name}" ADD COLUMN {_column(field)}')


def insert_all(batches: Iterable[StampedBatch], connection: sqlite3.Connection) -> None:
    """Store the items of batches (rule 2)."""
    for batch in batches:
        require_names(batch.user_id, batch.source_device)
        if batch.items:
            connection.executemany(_insertion(batch.kind), _rows(batch))
            newest = (batch.user_id, batch.kind.name, batch.source_device, max(batch.keys_ns))
            connection.execute(_NOTE_NEWEST, newest)


def delete_user(user_id: str, connection: sqlite3.Connection) -> None:
    """Remove a user's rows from all tables."""
    for table in ("_newest", *STORED):
        connection.execute(f'DELETE FROM "{table}" WHERE user_id = ?', (user_id,))  # noqa: S608  # rule 5


def delete_some(kind: Kind, users: list[str], key_ns: int, connection: sqlite3.Connection) -> None:
    """Remove up to `PORTION` rows of a kind before a point in time; users who have no more of them leave the list."""
    left = PORTION
    while users and left > 0:
        values = {"user": users[-1], "before": key_ns, "left": left}
        [beyond] = connection.execute(f"SELECT ({_old(kind)} ORDER BY key_ns LIMIT 1 OFFSET :left)", values).fetchone()
        if beyond is not None:
            values["before"] = beyond
            left = 0
        removed = connection.execute(_old(kind, "DELETE"), values).rowcount
        if beyond is None:
            users.pop()
            left -= removed


def note_removed(kind: Kind, key_ns: int, connection: sqlite3.Connection) -> None:
    """Forget devices of which nothing is left after `delete_some` (rule 3)."""
    left = f'SELECT 1 FROM "{kind.name}" AS row WHERE row.user_id = _newest.user_id AND row.key_ns < :before'  # noqa: S608
    connection.execute(
        f"DELETE FROM _newest WHERE kind = :kind AND key_ns < :before AND NOT EXISTS ({left})",  # noqa: S608  # rule 5
        {"kind": kind.name, "before": key_ns},
    )


def _old(kind: Kind, verb: str = "SELECT key_ns") -> str:
    return f'{verb} FROM "{kind.name}" WHERE user_id = :user AND key_ns < :before'


def _table(kind: Kind) -> str:
    columns = [_column(field) for field in kind.fields]
    if kind.id_field:
        columns.insert(0, "time_ms INTEGER NOT NULL")
    return f"""\
CREATE TABLE IF NOT EXISTS "{kind.name}" (
    user_id TEXT NOT NULL,
    key_ns INTEGER NOT NULL,
    source_device TEXT NOT NULL,
    {", ".join(columns)},
    PRIMARY KEY (user_id, key_ns, source_device)
) STRICT, WITHOUT ROWID"""


def _column(field: Field) -> str:
    return f'"{field.name}" {"REAL" if field.is_number else "TEXT"}'


@cache
def _insertion(kind: Kind) -> str:
    names = ["user_id", "source_device", "key_ns", *(["time_ms"] if kind.id_field else [])]
    names += [f'"{field.name}"' for field in kind.fields]
    verb = "INSERT OR REPLACE" if kind.id_field else "INSERT"
    statement = f'{verb} INTO "{kind.name}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'
    if kind.id_field:
        return statement
    joined = (f'"{field.name}" = COALESCE(excluded."{field.name}", "{field.name}")' for field in kind.fields)
    return f"{statement} ON CONFLICT DO UPDATE SET {', '.join(joined)}"


def _rows(batch: StampedBatch) -> Iterator[tuple[Any, ...]]:
    values_of = attrgetter(*(field.name for field in batch.kind.fields))
    whose = (batch.user_id, batch.source_device)
    if batch.kind.id_field:
        for item, time_ms, key_ns in zip(batch.items, batch.times_ms, batch.keys_ns, strict=True):
            yield (*whose, key_ns, time_ms, *values_of(item))
    else:
        for item, key_ns in zip(batch.items, batch.keys_ns, strict=True):
            yield (*whose, key_ns, *values_of(item))
