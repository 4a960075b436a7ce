"""One round: devices publish, faults happen, all is healed, every receipt is awaited, and what is stored is counted."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.chaos.comparison import Finding, compare, read_held
from benchmarks.chaos.device import Assignment
from benchmarks.chaos.faults import inflict_all
from benchmarks.chaos.fleet import Fleet, journal_path, tell_to_stop, write_fleet
from benchmarks.chaos.journal import read_journal
from benchmarks.chaos.plan import RoundPlan
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.watch import Watch
from contract.catalogue import CATALOGUE
from storage.series.protocol import Row, Selection, SeriesStore

FLEETS = 3
DEVICES_A_FLEET = 8
PATIENCE_S = 150.0
"""How long receipts may take once everything is healed; a device repeats at least every 12 s."""
GLANCE_S = 0.25


@dataclass(frozen=True, slots=True)
class Round:
    """How a round went.

    Attributes:
        plan: what was to happen.
        finding: what was lost.
        kills: SIGKILLs.
        deaths: last words of parts that ended by themselves.
        duration_s: all of it, in seconds.
    """

    plan: RoundPlan
    finding: Finding
    kills: int
    deaths: Sequence[str]
    duration_s: float

    @property
    def is_good(self) -> bool:
        """The promise was kept, and nothing ended by itself."""
        return self.finding.is_good and not self.deaths


async def run_round(scene: Scene, plan: RoundPlan, tell: Callable[[Watch], None], *, careless: bool = False) -> Round:
    """Run one round.

    Args:
        scene: where.
        plan: what happens.
        tell: called a few times a second.
        careless: devices don't say corrections again that a late copy may have undone.
    """
    loop = asyncio.get_running_loop()
    start_s, kills, deaths = loop.time(), scene.kills, len(scene.deaths)
    folder = scene.folder / f"round-{plan.number}"
    users = _start_devices(scene, plan, folder, careless=careless)
    watch = Watch(folder, start_s)
    watching = asyncio.create_task(_keep_watching(watch, tell))
    try:
        await inflict_all(scene, plan)
        scene.heal()
        await _finish(scene, watch, plan.batches * len(users))
    finally:
        watching.cancel()
        scene.end_fleets()
    finding = await _compare_all(scene.stack.open_store(), folder, users)
    return Round(plan, finding, scene.kills - kills, scene.deaths[deaths:], loop.time() - start_s)


def _start_devices(scene: Scene, plan: RoundPlan, folder: Path, *, careless: bool) -> list[str]:
    folder.mkdir()
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    seed = f"{plan.seed}/{plan.number}"
    users = [f"round-{plan.number}-device-{at}" for at in range(FLEETS * DEVICES_A_FLEET)]
    files = []
    for number in range(FLEETS):
        own = [Assignment(user, plan.batches, plan.pause_s, start, seed, careless) for user in users[number::FLEETS]]
        files.append(folder / f"fleet-{number}.json")
        write_fleet(files[-1], Fleet(scene.stack.broker_url, folder, own))
    scene.start_fleets(files)
    return users


async def _keep_watching(watch: Watch, tell: Callable[[Watch], None]) -> None:
    while True:
        await asyncio.sleep(GLANCE_S)
        watch.look()
        tell(watch)


async def _finish(scene: Scene, watch: Watch, batches: int) -> None:
    """Wait for all receipts, then for late copies of what was published, and have the devices finish."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while watch.made < batches or watch.receipted < watch.published:
                await asyncio.sleep(GLANCE_S)
                scene.raise_the_dead()
            await scene.wait_idle()
            tell_to_stop(watch.folder)
            while not scene.fleets_are_done:
                await asyncio.sleep(GLANCE_S)
                scene.raise_the_dead()
    except TimeoutError:
        return  # the comparison tells which receipts never came


async def _compare_all(store: SeriesStore, folder: Path, users: Sequence[str]) -> Finding:
    total = Finding()
    try:
        for user in users:
            held = read_held(read_journal(journal_path(folder, user)))
            total.add(compare(user, held, await _rows(store, user)))
    finally:
        await store.close()
    return total


async def _rows(store: SeriesStore, user: str) -> Mapping[str, Sequence[Row]]:
    return {name: await store.rows(Selection(kind, user)) for name, kind in CATALOGUE.items()}
