"""Telemetry in InfluxDB 1.x, 2.x or 3, through what all three speak: line protocol and InfluxQL.

Of version 3 it takes 3.8, whose `/query` reads forms and several statements at once.
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from contract.catalogue import CATALOGUE, Kind
from contract.quantities import Operation
from contract.stamping import NS_PER_MS, StampedBatch
from contract.topics import is_user_id
from storage.series import influx_deletion, influx_setup, influxql
from storage.series.aggregates import buckets_of_rows
from storage.series.influx_figures import ask_figures
from storage.series.influx_http import InfluxHttp
from storage.series.influx_rows import item_time_ms, read_buckets, read_minutes, read_rows, records
from storage.series.line_protocol import bodies
from storage.series.names import can_match, require_summaries
from storage.series.options import SeriesOptions
from storage.series.periods import edges_ms, runs
from storage.series.protocol import Bucket, Minute, Period, Question, Row, Selection
from storage.series.spans import EARLIEST_NS, bounds_ms, cut_seconds, is_selected, second_of

_SOME = 64
"""Rows more than asked for, in the hope that no more of them are cut off."""
_NEVER_MS = EARLIEST_NS // NS_PER_MS


class InfluxStore:
    """A `SeriesStore` in InfluxDB.

    Args:
        url: of the server.
        options: database, credentials, retention, time-out.
    """

    def __init__(self, url: str, options: SeriesOptions) -> None:
        self._http = InfluxHttp(url, options)

    async def setup(self) -> None:
        """Make the database or bucket, and set how long it keeps points.

        Raises:
            Misconfigured: the credentials don't allow it, or the URL leads to no InfluxDB.
        """
        await influx_setup.prepare(self._http)

    async def write(self, batches: Sequence[StampedBatch]) -> None:
        """Store all items, or raise; in one request, or several if there are many."""
        for body in bodies(batches):
            await self._http.write(body)

    async def rows(
        self, selection: Selection, *, limit: int | None = None, offset: int = 0, newest_first: bool = False
    ) -> list[Row]:
        """Stored items in the order of their points' nanoseconds."""
        if not can_match(selection) or limit == 0:  # which InfluxQL takes for no limit
            return []
        if limit is not None and not cut_seconds(selection):
            return await self._read(selection, limit=limit, offset=offset, newest_first=newest_first)
        end = None if limit is None else offset + limit
        return (await self._read_until(selection, end, newest_first=newest_first))[offset:end]

    async def count(self, selection: Selection) -> int:
        """How many items `rows` would list without a limit."""
        if not can_match(selection):
            return 0
        statements = [influxql.select_count(selection)]
        statements += [influxql.select_forms(selection, second) for second in cut_seconds(selection)]
        whole, *cut = await self._http.query(statements)
        times_ms = [item_time_ms(record) for answer in cut for record in records(answer)]
        beyond = sum(not is_selected(selection, time_ms) for time_ms in times_ms)
        return sum(int(record["count"]) for record in records(whole)) - beyond

    async def buckets(
        self, selection: Selection, field: str, operation: Operation, period: Period, zone: tzinfo
    ) -> list[Bucket]:
        """Aggregate one number over calendar hours, days or weeks of a zone: one request, or two without both ends."""
        if not can_match(selection):
            return []
        if cut_seconds(selection):
            return buckets_of_rows(await self.rows(selection), field, operation, period, zone)
        bounds = bounds_ms(selection) or await self._extent_ms(selection, field)
        asked = runs(edges_ms(period, zone, *bounds))
        answers = await self._http.query(
            [influxql.select_aggregates(selection, field, operation, run) for run in asked]
        )
        pairs = zip(asked, answers, strict=True)
        return [bucket for run, answer in pairs for bucket in read_buckets(operation, run, answer, zone)]

    async def figures(self, questions: Sequence[Question], period: Period, zone: tzinfo) -> list[list[Bucket]]:
        """The buckets of each question, all in one request."""
        return await ask_figures(self._http, questions, period, zone)

    async def minutes(self, asked: Sequence[tuple[Selection, str]]) -> list[list[Minute]]:
        """The mean of each minute that has values, all in one request."""
        meant = [(selection, field) for selection, field in asked if can_match(selection)]
        answers = iter(await self._http.query([influxql.select_minutes(*each) for each in meant]))
        return [list(read_minutes(next(answers))) if can_match(selection) else [] for selection, _ in asked]

    async def last_seen(self, user_id: str) -> dict[str, int]:
        """Time of the newest item of each source device, of all kinds, milliseconds since 1970 UTC."""
        if not is_user_id(user_id):
            return {}
        selections = [Selection(kind, user_id) for kind in CATALOGUE.values()]
        answers = await self._http.query([influxql.select_last_of_each_device(each) for each in selections])
        lasts = [
            (Selection(each.kind, user_id, source_device=record["source_device"]), record)
            for each, answer in zip(selections, answers, strict=True)
            for record in records(answer)
        ]
        newest: dict[str, int] = {}
        for each, record in lasts:
            _note_newest(newest, each, record)
        # Of items with ids, the last point's item need not be the newest of its second.
        unsure = [(each, second_of(record["time"])) for each, record in lasts if each.kind.id_field]
        answers = await self._http.query([influxql.select_forms(each, second) for each, second in unsure])
        for (each, _), answer in zip(unsure, answers, strict=True):
            for record in records(answer):
                _note_newest(newest, each, record)
        return newest

    async def delete(self, selection: Selection) -> None:
        """Remove summaries of days."""
        require_summaries(selection)
        if can_match(selection):
            await influx_deletion.delete(self._http, selection)

    async def delete_user(self, user_id: str) -> None:
        """Remove every point of a user, of all kinds.

        Raises:
            Misconfigured: InfluxDB 3 can't delete points by user.
        """
        if is_user_id(user_id):
            await influx_deletion.delete_user(self._http, user_id)

    async def expire(self, before_ms: int) -> None:
        """Nothing to do: InfluxDB removes old points by the retention that `setup` made."""

    async def delete_before(self, kind: Kind, before_ms: int) -> None:
        """Remove everybody's points of a kind before the second of this time.

        Raises:
            Misconfigured: InfluxDB 3 can't delete points.
        """
        key_ns = second_of(before_ms * NS_PER_MS).start_ns
        await influx_deletion.delete_before(self._http, kind, max(EARLIEST_NS, key_ns))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _read(
        self, selection: Selection, *, limit: int | None, offset: int = 0, newest_first: bool = False
    ) -> list[Row]:
        """Points of the selection's seconds, those outside the selection among them."""
        statement = influxql.select_rows(selection, newest_first=newest_first, limit=limit, offset=offset)
        [answer] = await self._http.query([statement])
        return read_rows(selection.kind, answer)

    async def _read_until(self, selection: Selection, end: int | None, *, newest_first: bool) -> list[Row]:
        """The selected rows up to the end at least: only the rows themselves tell which of a cut second count."""
        asked = None if end is None else end + _SOME
        while True:
            found = await self._read(selection, limit=asked, newest_first=newest_first)
            selected = [row for row in found if is_selected(selection, row.time_ms)]
            if end is None or asked is None or len(found) < asked or len(selected) >= end:
                return selected
            asked *= 2

    async def _extent_ms(self, selection: Selection, field: str) -> tuple[int, int]:
        """From the first to beyond the last point that has the field; empty if there is none."""
        statements = [influxql.select_end(selection, field, newest=newest) for newest in (False, True)]
        times_ms = [
            record["time"] // NS_PER_MS for answer in await self._http.query(statements) for record in records(answer)
        ]
        return (min(times_ms), max(times_ms) + 1) if times_ms else (0, 0)


def _note_newest(newest: dict[str, int], selection: Selection, record: dict[str, Any]) -> None:
    device = selection.source_device or ""
    newest[device] = max(newest.get(device, _NEVER_MS), item_time_ms(record))
