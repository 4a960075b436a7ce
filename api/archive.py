"""Everything that is kept of a person, as one ZIP file that is made while it is sent (GDPR, articles 15 and 20)."""

import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from api.items import item_of
from contract.catalogue import Kind
from storage.series.protocol import Row, Selection, SeriesStore

PAGE = 2_000
"""Items read at once: what an export holds in memory."""

Parts = AsyncGenerator[bytes, None]


class Archive:
    """A ZIP file that grows at its end only, so that each part can go out as soon as it is written."""

    def __init__(self) -> None:
        self._out = _Outgoing()
        self._zip = ZipFile(self._out, "w", ZIP_DEFLATED)

    async def add(self, name: str, parts: Parts) -> Parts:
        """Write a file of the archive; yields what is ready to go out."""
        with self._zip.open(name, "w", force_zip64=True) as file:
            async for part in parts:
                file.write(part)
                yield self._out.take()
        yield self._out.take()

    def end(self) -> bytes:
        """Write the table of contents; what is left to go out."""
        self._zip.close()
        return self._out.take()


class _Outgoing(io.RawIOBase):
    """Where the archive is written to: keeps what was written until it is taken, and can't be gone back in."""

    def __init__(self) -> None:
        self._ready = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        written = bytes(memoryview(data))  # type: ignore[arg-type]  # whatever a ZIP file writes is bytes-like
        self._ready += written
        return len(written)

    def take(self) -> bytes:
        taken = bytes(self._ready)
        self._ready.clear()
        return taken


async def pages(series: SeriesStore, kind: Kind, user_id: str) -> AsyncIterator[list[Row]]:
    """All items of a kind in the order of their points, some at a time.

    The next page begins with the second in which the last one ended, since points are in order by the second only: so
    it takes no offset, which would make a store count all that came before.
    """
    start_ms: int | None = None
    limit = PAGE
    while True:
        rows = await series.rows(Selection(kind, user_id, start_ms), limit=limit)
        if len(rows) < limit:
            yield rows
            return
        last_ms = rows[-1].time_ms // 1_000 * 1_000
        whole = [row for row in rows if row.time_ms < last_ms]
        if whole:
            start_ms, limit = last_ms, PAGE
            yield whole
        else:
            limit *= 2  # more in one second than fits a page


async def items(series: SeriesStore, kind: Kind, user_id: str) -> Parts:
    """JSON lines, as they are read over HTTP."""
    async for rows in pages(series, kind, user_id):
        yield json_lines(item_of(kind, row) for row in rows)


async def table(series: SeriesStore, kind: Kind, user_id: str) -> Parts:
    """CSV with one column for each field."""
    columns = [field.name for field in kind.fields]
    yield _csv([columns])
    async for rows in pages(series, kind, user_id):
        shown = (item_of(kind, row) for row in rows)
        yield _csv([item.get(column, "") for column in columns] for item in shown)


async def once(content: bytes) -> Parts:
    """A file that is ready."""
    yield content


def json_lines(things: Iterable[object]) -> bytes:
    """One JSON object a line."""
    return b"".join(msgspec.json.encode(thing) + b"\n" for thing in things)


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


async def stream(files: Mapping[str, Callable[[], Parts]]) -> Parts:
    """The bytes of an archive of these files."""
    archive = Archive()
    try:
        for name, parts in files.items():
            async with aclosing(archive.add(name, parts())) as written:
                async for ready in written:
                    if ready:
                        yield ready
        yield archive.end()
    finally:
        archive.end()  # for who leaves in the middle, or if something fails: it ends here, not whenever it is collected
