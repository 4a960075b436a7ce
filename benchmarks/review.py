"""`python -m benchmarks.review`: how fast coaches are answered, from the request's head to the end of the answer.

A real InfluxDB, records in SQLite, and the API as the process that serves it, asked over a socket by one client after
another, as boards do. Each of the clients has a year of days with all columns; the coach has a roster of 500.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from api.keyring import Keyring
from api.tokens import Claims, Tokens
from benchmarks.meter import settle
from benchmarks.part import Part
from benchmarks.stack import DATABASE, influxdb
from contract.daily import COLUMNS, DAILY, Figures, day_ms, stamped_days, summary_of
from insights.scope import zone_of
from insights.standing import HISTORY_DAYS, columns_of, last_ended, standing_of
from paceline.processes import Child, free_port, is_listening
from storage.records.consents import Consents
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.records.people import People, new_person
from storage.records.sessions import Sessions
from storage.records.standing import Finished
from storage.records.standings import Standings
from storage.series.opening import open_series_store
from storage.series.options import SeriesOptions
from storage.series.protocol import Row, SeriesStore

YEAR = 365
COACH = "coach"


@dataclass(frozen=True, slots=True)
class Answers:
    """How fast one question was answered.

    Attributes:
        what: was asked.
        answers: how many.
        bytes: of one answer.
        served_ms: mean at the server, by its own clock: from a request's head to the end of its answer.
        median_ms, p95_ms, most_ms: at the client, on the same cores, until it had the answer as a whole.
    """

    what: str
    answers: int
    bytes: int
    served_ms: float
    median_ms: float
    p95_ms: float
    most_ms: float


def main() -> None:
    """Measure, and print."""
    options = _options()
    folder = Path(mkdtemp(prefix="paceline-review-"))
    try:
        with _parts(folder) as (database, server, url):
            found = asyncio.run(_measure(folder, database, server, url, options))
    finally:
        shutil.rmtree(folder)
    Console(width=110).print(_table(found))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500, help="in the roster")
    parser.add_argument("--years", type=int, default=40, help="clients of them with a year of days, asked for in turn")
    parser.add_argument("--asks", type=int, default=80, help="how often each question is asked")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser.parse_args()


def _table(found: list[Answers]) -> Table:
    table = Table("asked", "bytes", "mean at the server, ms", "at the client: median", "p95", "most")
    for each in found:
        times = (f"{value:.1f}" for value in (each.served_ms, each.median_ms, each.p95_ms, each.most_ms))
        table.add_row(each.what, f"{each.bytes:,}", *times)
    return table


@contextmanager
def _parts(folder: Path) -> Iterator[tuple[Part, Part, str]]:
    """InfluxDB, which has written its cache to files soon after the last write, and the command `paceline api`."""
    influx_port, port = free_port(), free_port()
    database = influxdb(folder / "influx", influx_port, free_port(), snapshot_after="2s")
    environment = {
        "PACELINE_DATA": str(folder / "data"),
        "PACELINE_INFLUX_URL": f"http://127.0.0.1:{influx_port}",
        "PACELINE_INFLUX_DATABASE": DATABASE,
        "PACELINE_API_PORT": str(port),
        # Reading needs no broker.
        "PACELINE_BROKER_URL": f"mqtt://api:nobody@127.0.0.1:{free_port()}",
        "PACELINE_LOG_LEVEL": "error",
        # One coach asks here as often as many would.
        "PACELINE_RATE_ANALYTICS": "1000000/minute",
    }
    child = Child(
        [sys.executable, "-c", "from paceline.cli import main; main()", "api"],
        log=folder / "api.log",
        env=environment,
        cwd=folder,
    )
    # The settings of whoever runs this are not meant for it.
    child.env = {
        name: value for name, value in child.env.items() if name in environment or not name.startswith("PACELINE_")
    }
    server = Part("API", child, lambda: is_listening(port))
    try:
        database.start()
        yield database, server, f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        database.stop()


async def _measure(folder: Path, database: Part, server: Part, url: str, options: argparse.Namespace) -> list[Answers]:
    records_url = f"sqlite:///{folder / 'data' / 'records.db'}"
    (folder / "data").mkdir(mode=0o700)
    await migrate(records_url)
    records = Database.open(records_url)
    series = open_series_store(database_url(server), SeriesOptions(database=DATABASE, retention_days=3 * YEAR))
    try:
        await series.setup()
        clients = [f"client-{number:03}" for number in range(options.clients)]
        await _live(series, records, clients, options.years)
        token = await _token(records, folder / "data" / "keys")
        await asyncio.to_thread(server.start)
        await asyncio.sleep(5)  # the cache is written to files only after two quiet seconds
        await settle([database])
        return await _ask_all(url, token, clients[: options.years], options.asks)
    finally:
        await series.close()
        await records.close()


def database_url(server: Part) -> str:
    """Where the API has its items."""
    return server.child.env["PACELINE_INFLUX_URL"]


async def _live(series: SeriesStore, records: Database, clients: list[str], years: int) -> None:
    """All clients with a standing, some with a year of days."""
    now_ms = time.time_ns() // 1_000_000
    last = last_ended(zone_of("UTC"), now_ms)
    await People(records).ensure([new_person(COACH, "coach", COACH), *(new_person(c, "athlete", c) for c in clients)])
    standings = Standings(records)
    turns = await standings.begin(clients, datetime.now(UTC))
    done = []
    for number, client in enumerate(clients):
        chance = random.Random(number)  # noqa: S311  # makes people differ; guards nothing
        days = [last - timedelta(days=back) for back in range(YEAR if number < years else HISTORY_DAYS)]
        lived = {day: _day(chance, number, day) for day in days}
        if number < years:
            await series.write([stamped_days(client, [summary_of(day, "UTC", each) for day, each in lived.items()])])
        rows = [Row(day_ms(day), 0, "", {"date": day.isoformat(), **each}) for day, each in lived.items()]
        done.append(Finished(turns[client], standing_of(client, columns_of(rows, last), last, now_ms, now_ms)))
        await Consents(records).give(client, COACH, "training")
    await standings.finish(done)


_BOUNDS = {field.name: field.quantity for field in DAILY.fields if field.quantity}


def _day(chance: random.Random, number: int, day: date) -> Figures:
    """Every column has a value; some people have stopped logging, so that rosters have something to say."""
    figures = {}
    for column in COLUMNS:
        if number % 5 == 0 and column == "energy_in_kcal" and (datetime.now(UTC).date() - day).days < 9:
            continue
        low, high = _BOUNDS[column].low, min(_BOUNDS[column].high, 3_000.0)
        middle = (low + high) / 2
        figures[column] = round(min(max(chance.gauss(middle, (high - low) / 20), low), high), 3)
    return figures


async def _token(records: Database, keys: Path) -> str:
    grant = await Sessions(records).begin(COACH)
    return Tokens(Keyring(keys), 900).issue(Claims(COACH, grant.session_id))


async def _ask_all(url: str, token: str, clients: list[str], asks: int) -> list[Answers]:
    yesterday = last_ended(zone_of("UTC"), time.time_ns() // 1_000_000)
    year = f"start={yesterday - timedelta(days=YEAR - 1)}&end={yesterday}"
    headers = {"Authorization": f"Bearer {token}"}
    questions = {
        "a year of days, all columns": f"/clients/{{client}}/days?{year}&limit=366",
        "a year of days, two columns": f"/clients/{{client}}/days?{year}&limit=366&columns=hrv_ms,sleep_min",
        "30 days": f"/clients/{{client}}/days?days=30&end={yesterday}",
        "the roster, all 500": "/clients?limit=500",
        "the roster, first page of 50": "/clients",
        "trends of 30 days": "/clients/{client}/trends",
        "trends of a year": f"/clients/{{client}}/trends?{year}",
        "anomalies of 30 days": "/clients/{client}/anomalies",
        "summary of 28 days": "/clients/{client}/summary?days=28",
    }
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=60, trust_env=False) as http:
        return [await _ask(http, what, path, clients, asks) for what, path in questions.items()]


async def _served_s(http: httpx.AsyncClient) -> float:
    """How long the server has worked on all answers so far, by its metrics."""
    families = text_string_to_metric_families((await http.get(http.base_url.join("/metrics"))).text)
    samples = [sample for family in families for sample in family.samples]
    return sum(
        sample.value
        for sample in samples
        if sample.name == "paceline_http_request_seconds_sum" and sample.labels["route"] != "/metrics"
    )


async def _ask(http: httpx.AsyncClient, what: str, path: str, clients: list[str], asks: int) -> Answers:
    times_ms, size, before_s = [], 0, 0.0
    for number in range(-3, asks):
        if number == 0:  # the first three open connections
            before_s = await _served_s(http)
        began = time.perf_counter()
        response = await http.get(path.format(client=clients[number % len(clients)]))
        took_ms = (time.perf_counter() - began) * 1_000
        response.raise_for_status()
        size = len(response.content)
        if number >= 0:
            times_ms.append(took_ms)
    served_ms = (await _served_s(http) - before_s) / asks * 1_000
    times_ms.sort()
    median, p95 = (times_ms[int(len(times_ms) * share)] for share in (0.5, 0.95))
    return Answers(what, asks, size, served_ms, median, p95, times_ms[-1])


if __name__ == "__main__":
    main()
