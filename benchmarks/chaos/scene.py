"""The parts of a run under their names, and what can be done to them."""

import asyncio
import re
import resource
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.request import ProxyHandler, build_opener

from benchmarks.chaos.plan import ALL, Setup
from benchmarks.chaos.proxy import Door
from benchmarks.part import Part
from benchmarks.stack import Stack
from paceline.processes import Child

ROOT = Path(__file__).parents[2]
GLANCE_S = 0.25
CALM_GLANCES = 3
ROOM_BYTES = 65_536
"""A disk that is full leaves the SQLite file this much, from its start."""


class Scene:
    """One setup's processes, started once for all its rounds; the fleets change from round to round.

    As an asynchronous context, the parts serve; all have ended when it ends.

    Args:
        folder: for everything that is kept.
        setup: which parts.

    Attributes:
        kills: SIGKILLs so far.
        deaths: last words of parts that ended though nobody killed them.
        door: the proxy before InfluxDB, if that is the store.
    """

    def __init__(self, folder: Path, setup: Setup) -> None:
        self.folder = folder
        self.kills = 0
        self.deaths: list[str] = []
        self.door = Door() if setup.store == "influx" else None
        self.stack = Stack(
            folder,
            ingestors=setup.ingestors,
            embedded=self.door is None,
            ingestors_influx_url=self.door.url if self.door else None,
        )
        if self.door:
            self.door.target = self.stack.influx_url or ""
        self._fleets: list[Part] = []
        self._killed: set[str] = set()
        self._frozen: set[str] = set()
        self._lock: sqlite3.Connection | None = None
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            if self.door:
                await opened.enter_async_context(self.door)
            opened.enter_context(self.stack)
            opened.callback(self.end_fleets)
            for part in self.stack.parts:
                # Launched here: the system ends a part together with the thread that started it.
                part.launch()
                await asyncio.to_thread(part.wait_ready)
            self._opened = opened.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.aclose()

    # Fleets

    def start_fleets(self, files: Sequence[Path]) -> None:
        """Start one process for each of these descriptions."""
        self._fleets = [_fleet(number, file) for number, file in enumerate(files)]
        for fleet in self._fleets:
            fleet.launch()

    def end_fleets(self) -> None:
        """Whether they are done or not."""
        for fleet in self._fleets:
            fleet.kill()
        self._fleets = []

    @property
    def fleets_are_done(self) -> bool:
        """All devices have all their receipts."""
        return all(_is_done(fleet) for fleet in self._fleets)

    # Parts

    async def wait_idle(self) -> None:
        """Wait until no ingestor has a message in hand, which is to say that nothing waits in the broker either."""
        calm = 0
        while calm < CALM_GLANCES:
            self.raise_the_dead()
            in_hand = [await asyncio.to_thread(_in_hand, port) for port in self.stack.metrics_ports]
            calm = calm + 1 if set(in_hand) == {0} and all(map(_is_connected, self.stack.ingestors)) else 0
            await asyncio.sleep(GLANCE_S)

    def _parts(self, victim: str) -> Iterator[Part]:
        """The parts that a fault's victim means, as far as they have not ended in order."""
        for part in [*self.stack.parts, *self._fleets]:
            if victim in {ALL, part.name} and not _is_done(part):
                yield part

    def kill(self, victim: str) -> None:
        """SIGKILL."""
        for part in self._parts(victim):
            if part.alive:
                part.kill()
                self.kills += 1
                self._frozen.discard(part.name)
                self._killed.add(part.name)

    def revive(self, victim: str) -> None:
        """Start what was killed, without waiting for it."""
        for part in self._parts(victim):
            if part.name in self._killed:
                self._killed.discard(part.name)
                part.launch()

    def freeze(self, victim: str) -> None:
        """SIGSTOP."""
        for part in self._parts(victim):
            if part.alive:
                part.pause()
                self._frozen.add(part.name)

    def thaw(self, victim: str) -> None:
        """SIGCONT."""
        for part in self._parts(victim):
            if part.name in self._frozen:
                self._frozen.discard(part.name)
                if part.alive:
                    part.resume()

    def heal(self) -> None:
        """Make everything good again; start also what ended by itself, which is noted."""
        if self.door:
            self.door.behave()
        self.unlock()
        self.empty_disk()
        self.thaw(ALL)
        self.revive(ALL)
        self.raise_the_dead()

    def raise_the_dead(self) -> None:
        """Start what ended by itself."""
        for part in self._parts(ALL):
            if not part.alive and part.name not in self._killed:
                self.deaths.append(f"{part.name} ended by itself:\n{part.child.last_words()}")
                part.launch()

    # The embedded store's file

    def lock(self) -> None:
        """Hold the file's write lock, as another process may; waits for it itself."""
        self._lock = sqlite3.connect(
            self.folder / "data" / "series.db", timeout=30, isolation_level=None, check_same_thread=False
        )
        self._lock.execute("BEGIN IMMEDIATE")

    def unlock(self) -> None:
        """Let go of it."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def fill_disk(self) -> None:
        """Let no file of an ingestor grow, nor be written to far from its start."""
        for part in self.stack.ingestors:
            self._limit(part, part.child.log.stat().st_size + ROOM_BYTES)

    def empty_disk(self) -> None:
        """Let them grow again."""
        for part in self.stack.ingestors:
            self._limit(part, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(part: Part, size: int) -> None:
        if part.alive:
            resource.prlimit(part.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _fleet(number: int, file: Path) -> Part:
    command = [sys.executable, "-m", "benchmarks.chaos.fleet", str(file)]
    return Part(f"fleet {number}", Child(command, log=file.with_suffix(".log"), cwd=ROOT), lambda: True)


def _in_hand(metrics_port: int) -> int | None:
    """Messages that the ingestor has not acknowledged; None if it doesn't say."""
    try:
        # Without the shell's proxies: it is on this machine.
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as response:
            told = _UNACKNOWLEDGED.search(response.read())
    except OSError:
        return None
    return int(float(told[1])) if told else None


def _is_connected(ingestor: Part) -> bool:
    told = ingestor.log_since_start
    return told.count("connected to the broker") > told.count("connection to the broker lost")


_UNACKNOWLEDGED = re.compile(rb"^paceline_ingest_unacknowledged (\S+)", re.MULTILINE)


def _is_done(part: Part) -> bool:
    process = part.child.process
    return process is not None and process.poll() == 0
