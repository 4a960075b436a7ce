"""The command: `python -m benchmarks.chaos`. Ends with 1 if anything was lost, doubled, changed or never confirmed."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.chaos.plan import AWAY_S, SETUPS, Setup
from benchmarks.chaos.report import Report
from benchmarks.chaos.running import RunOptions, run
from benchmarks.chaos.screen import Screen

INTERRUPTED = 130


def main() -> int:
    """Run it, and return the exit code."""
    asked = _parser().parse_args()
    numbers = range(asked.rounds) if asked.round is None else [asked.round]
    options = RunOptions(numbers, asked.seed, _setups(asked.store, asked.ingestors), asked.away, asked.careless)
    report = Report(options.seed, options.setups, planned=len(numbers))
    careless = " --careless" if asked.careless else ""
    shape = f" --store {asked.store} --ingestors {asked.ingestors} --away {asked.away:g}{careless}"
    screen = Screen(repeat_options=shape)
    interrupted = _run_until_signalled(options, report, screen)
    screen.show_end(report)
    if asked.json:
        asked.json.write_text(report.as_json() + "\n")
    if interrupted:
        return INTERRUPTED
    return 1 if report.failures else 0


def _run_until_signalled(options: RunOptions, report: Report, screen: Screen) -> bool:
    """Whether it was cut short; either way every process has ended."""

    async def guarded() -> None:
        running = asyncio.current_task()
        assert running is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        await run(options, report, screen)

    try:
        asyncio.run(guarded())
    except asyncio.CancelledError:
        return True
    return False


def _setups(store: str, ingestors: str) -> Sequence[Setup]:
    chosen = [
        setup for setup in SETUPS if store in {"both", setup.store} and ingestors in {"both", str(setup.ingestors)}
    ]
    return tuple(chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how many rounds [10]")
    parser.add_argument("--round", type=int, help="only the round of this number")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn [1]")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--store", choices=["influx", "embedded", "both"], default="both")
    parser.add_argument("--ingestors", choices=["1", "3", "both"], default="both")
    parser.add_argument("--away", type=float, default=AWAY_S, help="seconds without database at full load [60]")
    parser.add_argument("--careless", action="store_true", help="devices let late copies undo their corrections")
    return parser


if __name__ == "__main__":
    sys.exit(main())
