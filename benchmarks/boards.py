"""`python -m benchmarks.boards`: how long each question of each board takes, with a year of many clients.

A few clients are lived in full and worked out by insights. The others are copies of them under ids of their own,
without the streams of heart rate and steps, which no board reads: summaries hold what becomes of them.
"""

import argparse
import asyncio
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid5

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, select

from benchmarks.coached import Lived, cast, live, stamped, store, work_out
from contract.daily import DAILY, stamped_days, summary_of
from contract.stamping import epoch_ms
from dashboards.asking.asker import Asked, Asker, panels_of
from dashboards.asking.sources import Sources
from dashboards.building import BOARDS, render
from paceline.demo_people import COACH, person_of
from storage.records.consents import Consents
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.records.people import People
from storage.records.tables import STANDINGS
from storage.series.opening import open_series_store
from storage.series.options import SeriesOptions
from storage.series.protocol import Selection, SeriesStore
from tests.dashboards.metered import past_of
from tests.servers.influx import new_server
from tests.servers.postgres import PostgresServer
from tests.servers.prometheus import PrometheusServer

_STREAMS = {"heart_rate", "steps"}
_NAMESPACE = UUID("6f1c9c1e-4b0e-4f0e-9d57-0d8a1a1f8a11")
_LOOKED_AT = 5
"""Clients whose boards are opened."""


@dataclass(frozen=True, slots=True)
class Options:
    """How much."""

    clients: int
    lives: int
    days: int
    json: Path | None


def main() -> None:
    """Fill, ask, and print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="paceline-boards-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else when we are root
        series, records, metrics = new_server(folder), PostgresServer(_made(folder / "pg")), None
        try:
            series.start()
            records.make_cluster()
            records.start()
            lives, now, url = asyncio.run(_fill(options, series.url, records.make_database()))
            metrics = PrometheusServer(_made(folder / "prometheus"))
            metrics.remember(past_of(lives, epoch_ms(now)))
            metrics.start()
            sources = Sources(series.url, "paceline", url, metrics.url)
            _print(options, asyncio.run(_ask(sources, lives, epoch_ms(now))))
        finally:
            records.stop()
            for child in (series.child, metrics.child if metrics else None):
                if child:
                    child.stop()


def _options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--lives", type=int, default=10, help="of them lived in full")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return Options(**vars(parser.parse_args()))


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o755)
    return folder


async def _fill(options: Options, influx_url: str, url: str) -> tuple[list[Lived], datetime, str]:
    now = datetime.now(UTC)
    await migrate(url)
    series = open_series_store(influx_url, SeriesOptions(database="paceline", retention_days=options.days + 30))
    records = Database.open(url)
    await series.setup()
    lives = cast(7, options.lives - 6, now.date())
    for lived in lives:
        live(lived, now, options.days)
    await store(series, records, lives)
    await work_out(series, records)
    copies = [lives[number % len(lives)] for number in range(options.clients - len(lives))]
    for number, lived in enumerate(copies):
        await _copy(series, records, lived, str(uuid5(_NAMESPACE, str(number))))
    await series.close()
    await records.close()
    return lives, now, url


async def _copy(series: SeriesStore, records: Database, lived: Lived, user_id: str) -> None:
    await People(records).add(replace(person_of(lived.person), id=user_id))
    await Consents(records).give(user_id, COACH.id, "training")
    sent = [stamped(due.kind, due.batch, user_id) for due in lived.batches if due.kind not in _STREAMS]
    await series.write(sent)
    rows = await series.rows(Selection(DAILY, lived.user_id))
    days = [
        summary_of(
            date.fromisoformat(str(row.values["date"])),
            str(row.values["time_zone"]),
            {name: float(value) for name, value in row.values.items() if name not in {"date", "time_zone"}},
        )
        for row in rows
    ]
    await series.write([stamped_days(user_id, days)])
    async with records.write() as connection:
        mine = select(STANDINGS).where(STANDINGS.c.user_id == lived.user_id)
        row = (await connection.execute(mine)).mappings().one()
        await connection.execute(insert(STANDINGS), dict(row) | {"user_id": user_id})


async def _ask(sources: Sources, lives: Sequence[Lived], now_ms: int) -> dict[str, dict[str, list[Asked]]]:
    """By board and panel, all that was asked."""
    found: dict[str, dict[str, list[Asked]]] = {}
    async with sources:
        for name in BOARDS:
            found[name] = defaultdict(list)
            for lived in lives[:_LOOKED_AT]:
                session, *span = next(lived.sessions(), ("none", 0, 0)) if name == "session" else ("", 0, 0)
                year = (now_ms - 365 * 86_400_000, now_ms) if name != "operations" else None
                asker = Asker(
                    json.loads(render(name)),
                    sources,
                    now_ms,
                    chosen={"client": lived.user_id, "session": session},
                    span=(span[0], span[1]) if span[1] else year,
                )
                for asked in (*await asker.choose(), *await asker.annotate()):
                    found[name][asked.where].append(asked)
                for panel in panels_of(asker.board):
                    found[name][panel["title"]] += (await asker.show(panel)).asked
    return found


def _print(options: Options, found: dict[str, dict[str, list[Asked]]]) -> None:
    table = Table("board", "questions", "median, ms", "slowest, ms", "whose that is")
    figures = {}
    for name, panels in found.items():
        took = sorted(asked.seconds for each in panels.values() for asked in each)
        slowest = max((asked.seconds, title) for title, each in panels.items() for asked in each)
        middle = took[len(took) // 2]
        table.add_row(name, str(len(took)), f"{1_000 * middle:.0f}", f"{1_000 * slowest[0]:.0f}", slowest[1])
        figures[name] = {"questions": len(took), "median_s": middle, "slowest_s": slowest[0], "panel": slowest[1]}
    console = Console(width=120)
    console.print(f"{options.clients} clients, {options.days} days; time range: a year; one question after the other")
    console.print(table)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
