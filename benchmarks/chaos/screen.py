"""What a person sees of a run: one line that moves, one for each round, and all about a round that failed."""

import sys
from collections.abc import Sequence
from typing import TextIO

from benchmarks.chaos.plan import Fault, RoundPlan
from benchmarks.chaos.report import Report, failure_words
from benchmarks.chaos.rounds import Round
from benchmarks.chaos.watch import Watch


class Screen:
    """Writes to a terminal, or line by line to anything else.

    Args:
        output: where to.
        repeat_options: options of the command line that shape a plan, for repeating a round.
    """

    def __init__(self, output: TextIO = sys.stdout, repeat_options: str = "") -> None:
        self._output = output
        self._repeat_options = repeat_options
        self._moves = output.isatty()

    def show_progress(self, plan: RoundPlan, watch: Watch, report: Report) -> None:
        """The moving line; only on a terminal."""
        if self._moves:
            self._output.write(f"\r\033[K{_progress(plan, watch, report)}")
            self._output.flush()

    def show_round(self, done: Round) -> None:
        """A line that stays, and all that matters of a failed round."""
        finding = done.finding
        self._say(
            f"round {done.plan.number:3} {done.plan.setup!s:12} {'good' if done.is_good else 'FAILED'}: "
            f"{finding.receipted_items:7,} items, {done.kills:2} kills, {done.duration_s:4.0f} s; "
            f"{_short(done.plan.faults)}"
        )
        if not done.is_good:
            self._say(failure_words(done, self._repeat_options))

    def show_end(self, report: Report) -> None:
        """The sums."""
        self._say(report.closing_words())
        if report.folder:
            self._say(f"logs, outboxes and databases of the run: {report.folder}")

    def _say(self, words: str) -> None:
        self._output.write(("\r\033[K" if self._moves else "") + words + "\n")
        self._output.flush()


def _progress(plan: RoundPlan, watch: Watch, report: Report) -> str:
    under_way = [fault for fault in plan.faults if fault.at_s <= watch.elapsed_s <= fault.end_s]
    state = _short(under_way) if under_way else "healed" if watch.elapsed_s > plan.end_s else "calm"
    return (
        f"round {len(report.rounds) + 1}/{report.planned} ({plan.setup}) {watch.elapsed_s:3.0f} s  [{state}]  "
        f"batches published {watch.published:,}, receipted {watch.receipted:,}  failed rounds {len(report.failures)}"
    )


def _short(faults: Sequence[Fault]) -> str:
    return ", ".join(f"{fault.sort} {fault.victim}" for fault in faults)
