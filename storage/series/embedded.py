"""Telemetry in one SQLite file, for an installation on one machine.

One thread writes, since SQLite has one writer, and each `write` is one transaction; a few threads read beside it.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from contract.catalogue import CATALOGUE, Kind
from contract.daily import STORED
from contract.quantities import Operation
from contract.stamping import NS_PER_MS, StampedBatch
from contract.topics import is_user_id
from storage.series import embedded_queries as queries
from storage.series import embedded_schema as schema
from storage.series.embedded_file import SqliteFile, translated_errors
from storage.series.embedded_queries import Query
from storage.series.names import can_match, require_summaries
from storage.series.options import SeriesOptions
from storage.series.periods import edges_ms, local
from storage.series.protocol import Bucket, Minute, Period, Question, Row, Selection
from storage.series.spans import bounds_ms, second_of

READERS = 4

T = TypeVar("T")


class EmbeddedStore:
    """A `SeriesStore` in an SQLite file.

    Args:
        path: of the file; it and its folder are made by `setup`.
        options: of these, how long to wait for another process's lock.
    """

    def __init__(self, path: Path, options: SeriesOptions) -> None:
        self._file = SqliteFile(path, options.timeout_s)
        self._writer = ThreadPoolExecutor(1, "series-writer")
        self._readers = ThreadPoolExecutor(READERS, "series-reader")

    async def setup(self) -> None:
        """Make the file and its tables, and add the columns of fields that are new.

        Raises:
            Misconfigured: the file can't be made there.
        """
        await self._in(self._writer, self._file.make)
        await self._change(schema.make_tables)

    async def write(self, batches: Sequence[StampedBatch]) -> None:
        """Store all items, or none."""
        await self._change(partial(schema.insert_all, batches))

    async def rows(
        self, selection: Selection, *, limit: int | None = None, offset: int = 0, newest_first: bool = False
    ) -> list[Row]:
        """Stored items in the order of their points' nanoseconds."""
        if not can_match(selection):
            return []
        query = queries.select_rows(selection, limit=limit, offset=offset, newest_first=newest_first)
        return await self._ask(query, partial(queries.read_row, selection.kind))

    async def count(self, selection: Selection) -> int:
        """How many items `rows` would list without a limit."""
        if not can_match(selection):
            return 0
        [number] = await self._ask(queries.select_count(selection), lambda columns: int(columns[0]))
        return number

    async def buckets(
        self, selection: Selection, field: str, operation: Operation, period: Period, zone: tzinfo
    ) -> list[Bucket]:
        """Aggregate one number over calendar hours, days or weeks of a zone."""
        if not can_match(selection):
            return []
        bounds = bounds_ms(selection) or await self._extent_ms(selection)
        edges = edges_ms(period, zone, *bounds)
        query = queries.select_aggregates(selection, field, operation, edges)
        return await self._ask(query, lambda columns: Bucket(local(columns[0], zone), float(columns[1])))

    async def figures(self, questions: Sequence[Question], period: Period, zone: tzinfo) -> list[list[Bucket]]:
        """The buckets of each question."""
        asked = [queries.select_figure(each, period, zone) for each in questions]
        answers = await self._ask_all(asked)
        return [[Bucket(local(start_ms, zone), float(value)) for start_ms, value in found] for found in answers]

    async def minutes(self, asked: Sequence[tuple[Selection, str]]) -> list[list[Minute]]:
        """The mean of each minute that has values."""
        return await self._ask_all([queries.select_minutes(*each) for each in asked])

    async def last_seen(self, user_id: str) -> dict[str, int]:
        """Time of the newest item of each source device, of all kinds, milliseconds since 1970 UTC."""
        if not is_user_id(user_id):
            return {}
        newest: dict[str, int] = {}
        for kind, device, key_ns in await self._ask(queries.select_last_points(user_id), tuple):
            if kind in CATALOGUE:
                second_ms = second_of(key_ns).start_ns // NS_PER_MS
                # The last point of items with ids need not be the newest item of its second.
                last = Selection(CATALOGUE[kind], user_id, second_ms, second_ms + 1_000, device)
                [time_ms] = await self._ask(queries.select_newest_time(last), lambda columns: columns[0])
                if time_ms is not None:  # removed since it was named as the last
                    newest[device] = max(newest.get(device, time_ms), time_ms)
        return newest

    async def delete(self, selection: Selection) -> None:
        """Remove summaries of days."""
        require_summaries(selection)
        if can_match(selection):
            statement, values = queries.delete(selection)
            await self._change(lambda connection: connection.execute(statement, values))

    async def delete_user(self, user_id: str) -> None:
        """Remove every row of a user, from the write-ahead log too as soon as no reader needs it."""
        if not is_user_id(user_id):
            return
        await self._change(partial(schema.delete_user, user_id))
        await self._in(self._writer, lambda: self._file.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").close())

    async def expire(self, before_ms: int) -> None:
        """Remove rows of items before the second of this time."""
        for kind in STORED.values():
            await self.delete_before(kind, before_ms)

    async def delete_before(self, kind: Kind, before_ms: int) -> None:
        """Remove rows of a kind before the second of this time: in portions, between which others write."""
        key_ns = second_of(before_ms * NS_PER_MS).start_ns
        users = await self._ask(queries.select_users_before(kind, key_ns), lambda columns: str(columns[0]))
        while users:
            await self._change(partial(schema.delete_some, kind, users, key_ns))
        await self._change(partial(schema.note_removed, kind, key_ns))

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        for threads in (self._writer, self._readers):
            await asyncio.to_thread(threads.shutdown)
        self._file.close()

    async def _extent_ms(self, selection: Selection) -> tuple[int, int]:
        """From the first to beyond the last row; empty if there is none."""
        [(first_ns, last_ns)] = await self._ask(queries.select_extent(selection), tuple)
        return (0, 0) if first_ns is None else (first_ns // NS_PER_MS, last_ns // NS_PER_MS + 1)

    async def _change(self, change: Callable[[Any], None]) -> None:
        def commit() -> None:
            with self._file.transaction() as connection:
                change(connection)

        await self._in(self._writer, commit)

    async def _ask(self, query: Query, read: Callable[[tuple[Any, ...]], T]) -> list[T]:
        def fetch() -> list[T]:
            with translated_errors():
                return [read(columns) for columns in self._file.connection().execute(*query)]

        return await self._in(self._readers, fetch)

    async def _ask_all(self, asked: Sequence[Query]) -> list[list[Any]]:
        def fetch() -> list[list[Any]]:
            with translated_errors():
                return [self._file.connection().execute(*query).fetchall() for query in asked]

        return await self._in(self._readers, fetch)

    @staticmethod
    async def _in(threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, call)
