"""Telegraf on the same batches, if it is installed; what it keeps of them is counted, not believed."""

import asyncio
import shutil
import time
from pathlib import Path

from benchmarks.devices import connected, publish_all
from benchmarks.load import Loads
from benchmarks.meter import Meter, settle
from benchmarks.part import Part
from benchmarks.report import Figures
from benchmarks.stack import DATABASE, Stack
from broker.authority.names import INGESTOR
from paceline.processes import Child
from storage.series.influx_http import InfluxHttp
from storage.series.options import SeriesOptions

CONFIGURATION = Path(__file__).with_name("telegraf.conf")
POLL_S = 0.25
UNCHANGED_S = 5.0


def is_installed() -> bool:
    """Whether there is anything to compare with."""
    return shutil.which("telegraf") is not None


async def telegraf_figures(folder: Path, loads: Loads, batches: int) -> Figures:
    """Fill the queue while Telegraf is frozen, let it loose, and wait until the database has no more of it."""
    with Stack(folder, ingestors=0) as stack:
        stack.start()
        telegraf = _telegraf(folder, stack)
        try:
            return await _measure(stack, telegraf, loads, batches)
        finally:
            telegraf.stop()


def _telegraf(folder: Path, stack: Stack) -> Part:
    username, password = stack.house.credentials(INGESTOR)
    environment = {
        "BENCH_MQTT_PORT": str(stack.mqtt_port),
        "BENCH_MQTT_USERNAME": username,
        "BENCH_MQTT_PASSWORD": password,
        "BENCH_INFLUX_URL": stack.influx_url or "",
        "BENCH_DATABASE": DATABASE,
    }
    command = ["telegraf", "--config", str(CONFIGURATION)]
    child = Child(command, log=folder / "telegraf.log", env=environment, cwd=folder)
    return Part("telegraf", child, lambda: "telegraf-bench" in stack.broker.log_since_start)


async def _measure(stack: Stack, telegraf: Part, loads: Loads, batches: int) -> Figures:
    assert stack.influx is not None
    assert stack.influx_url is not None
    http = InfluxHttp(stack.influx_url, SeriesOptions(database=DATABASE, timeout_s=60))
    store = stack.open_store()
    try:
        await store.setup()
        telegraf.start()
        await settle([telegraf])
        load = loads.make("meals", batches)
        telegraf.pause()
        async with connected(stack.broker_url) as devices:
            await publish_all(devices, load.messages)
        await settle([stack.broker])
        meter, storing, began_s = Meter(telegraf), Meter(stack.influx), time.perf_counter()
        telegraf.resume()
        kept, ended_s = await _until_unchanged(http)
        return {
            "telegraf_items_published": load.items,
            "telegraf_items_kept": kept,
            "telegraf_items_per_s": kept / (ended_s - began_s),
            "telegraf_cpu_us_per_batch": meter.cpu_s / batches * 1e6,
            "telegraf_database_cpu_us_per_batch": storing.cpu_s / batches * 1e6,
        }
    finally:
        await http.close()
        await store.close()


async def _until_unchanged(http: InfluxHttp) -> tuple[int, float]:
    """The number of points when it has stopped growing, and when it was reached."""
    kept, reached_s = 0, time.perf_counter()
    while time.perf_counter() - reached_s < UNCHANGED_S or not kept:
        await asyncio.sleep(POLL_S)
        [series] = await http.query(["SELECT COUNT(calories) FROM meals"])
        now = int(series[0].values[0][1]) if series else 0
        if now != kept:
            kept, reached_s = now, time.perf_counter()
    return kept, reached_s
