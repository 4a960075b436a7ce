"""How much room an item takes on disk, once the database has written its files as it keeps them for years."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.meter import settle
from benchmarks.part import Part
from benchmarks.stack import influxdb
from paceline.processes import free_port

STABLE_POLLS = 6
POLL_S = 0.5
TIMEOUT_S = 90.0


async def compacted_bytes(folder: Path, databases: list[str]) -> dict[str, int]:
    """Size of each database of a stopped influxd, after compaction.

    It is started once more with short idle times (a second instead of minutes and hours), and left alone until its
    files do not change any more.
    """
    part = influxdb(folder, free_port(), free_port(), snapshot_after="1s", compact_after="1s")
    part.start(timeout_s=120)
    try:
        await _until_stable(folder, part)
    finally:
        part.stop(grace_s=60)
    return {name: folder_bytes(folder / "data" / name) for name in databases}


async def _until_stable(folder: Path, part: Part) -> None:
    unchanged, before = 0, -1
    async with asyncio.timeout(TIMEOUT_S):
        while unchanged < STABLE_POLLS:
            await settle([part])
            await asyncio.sleep(POLL_S)
            now = folder_bytes(folder / "data") + folder_bytes(folder / "wal")
            unchanged = unchanged + 1 if now == before else 0
            before = now


def folder_bytes(folder: Path) -> int:
    """All files below it."""
    return sum(_file_bytes(path) for path in folder.rglob("*"))


def _file_bytes(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # a compaction has just put another file in its place
        return 0


def sqlite_bytes(path: Path) -> int:
    """Size of an SQLite file with its write-ahead log written into it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size
