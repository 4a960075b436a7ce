"""The live view: a table that changes in place on a terminal, else a plain line now and then."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from device_simulator.report import counts, errors, latencies, line, peak_rss_bytes
from device_simulator.watching import Watched

_EVERY_S = 1.0
_PLAIN_EVERY_S = 5.0


class Rate:
    """Batches published a second, between two looks."""

    def __init__(self) -> None:
        self._published = 0
        self._looked_s = time.monotonic()

    def look(self, published: int) -> float:
        """Since the look before."""
        now_s = time.monotonic()
        rate = (published - self._published) / max(now_s - self._looked_s, 1e-3)
        self._published, self._looked_s = published, now_s
        return rate


@asynccontextmanager
async def shown(run: Watched) -> AsyncIterator[None]:
    """Show a run for as long as this context lasts, on standard error."""
    console = Console(stderr=True)
    show = _live if console.is_terminal else _plain
    async with asyncio.TaskGroup() as group:
        task = group.create_task(show(run, console))
        try:
            yield
        finally:
            task.cancel()


async def _live(run: Watched, console: Console) -> None:
    rate = Rate()
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while True:
            live.update(picture(run, rate), refresh=True)
            await asyncio.sleep(_EVERY_S)


async def _plain(run: Watched, _console: Console) -> None:
    rate = Rate()
    while True:
        now = run.moment()
        said = (
            f"{now.phase}  connected {now.connected:,}/{now.devices:,}  {rate.look(run.tally.published):,.0f}/s  "
            f"in flight {now.in_flight:,}  owed {now.owed:,}  {line(run.tally)}"
        )
        print(said, file=sys.stderr, flush=True)  # noqa: T201  # this is what the command says
        await asyncio.sleep(_PLAIN_EVERY_S)


def picture(run: Watched, rate: Rate) -> RenderableType:
    """The whole view."""
    now, tally = run.moment(), run.tally
    state = Table(box=None, padding=(0, 2), show_header=False)
    for words, figure in (
        ("connected", f"{now.connected:,} of {now.devices:,}"),
        ("a second", f"{rate.look(tally.published):,.0f}"),
        ("in flight", f"{now.in_flight:,}"),
        ("owed", f"{now.owed:,}"),
        *((words, f"{count:,}") for words, count in counts(tally)),
        ("errors", f"{tally.failures:,}"),
        ("memory", f"{peak_rss_bytes() / 1e6:,.0f} MB at its peak"),
    ):
        state.add_row(words, figure)
    parts: list[RenderableType] = [Text(now.phase, style="bold"), state, latencies(tally)]
    return Group(*parts, errors(tally)) if tally.errors else Group(*parts)


def summarize(run: Watched, seconds: float) -> None:
    """What it has come to, on standard output."""
    console, tally = Console(), run.tally
    table = Table(box=None, padding=(0, 2), show_header=False)
    for words, count in counts(tally):
        table.add_row(words, f"{count:,}")
    if seconds > 0:
        table.add_row("published a second", f"{tally.published / seconds:,.1f}")
    table.add_row("errors", f"{tally.failures:,}")
    table.add_row("memory at its peak", f"{peak_rss_bytes() / 1e6:,.0f} MB")
    console.print(table, latencies(tally), *([errors(tally)] if tally.errors else []), sep="\n")
