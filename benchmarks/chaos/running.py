"""A run: its rounds, grouped by setup so that each setup's parts are started once."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.chaos.plan import AWAY_S, SETUPS, RoundPlan, Setup, plan_round
from benchmarks.chaos.report import Report
from benchmarks.chaos.rounds import FLEETS, run_round
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.screen import Screen


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was asked for.

    Attributes:
        numbers: of the rounds.
        seed: of everything that is drawn.
        setups: that the rounds go round.
        away_s: how long the database is away in rounds at full load, in seconds.
        careless: devices don't say corrections again that a late copy may have undone.
    """

    numbers: Sequence[int]
    seed: int
    setups: Sequence[Setup] = SETUPS
    away_s: float = AWAY_S
    careless: bool = False

    def plans(self, setup: Setup) -> list[RoundPlan]:
        """Of the rounds with this setup."""
        plans = (plan_round(self.seed, number, self.setups, FLEETS, away_s=self.away_s) for number in self.numbers)
        return [plan for plan in plans if plan.setup == setup]


async def run(options: RunOptions, report: Report, screen: Screen) -> None:
    """Run all rounds; what the parts kept is thrown away unless a round failed.

    Args:
        options: which rounds.
        report: is filled, round by round.
        screen: is told.
    """
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    folder = Path(tempfile.mkdtemp(prefix="paceline-chaos-"))
    try:
        for setup in options.setups:
            if plans := options.plans(setup):
                await _run_setup(_subfolder(folder, setup), plans, options, report, screen)
    finally:
        report.duration_s = loop.time() - start_s
        if report.failures:
            report.folder = folder
        else:
            shutil.rmtree(folder)


async def _run_setup(
    folder: Path, plans: Sequence[RoundPlan], options: RunOptions, report: Report, screen: Screen
) -> None:
    async with Scene(folder, plans[0].setup) as scene:
        for plan in plans:
            tell = partial(screen.show_progress, plan, report=report)
            report.rounds.append(await run_round(scene, plan, tell, careless=options.careless))
            screen.show_round(report.rounds[-1])
        if scene.door:
            report.hits.update({sort.value: number for sort, number in scene.door.hits.items()})


def _subfolder(folder: Path, setup: Setup) -> Path:
    own = folder / f"{setup.store}-{setup.ingestors}"
    own.mkdir()
    return own
