"""A round of `make chaos` on each store, with the real parts. CI runs ten of them besides, with all setups."""

import io

import pytest

from benchmarks.chaos.plan import SETUPS
from benchmarks.chaos.report import Report
from benchmarks.chaos.running import RunOptions, run
from benchmarks.chaos.screen import Screen

SEED = 59
"""Its first rounds have most sorts of faults, and are short."""
ROUNDS = 2


@pytest.mark.chaos
async def test_nothing_is_lost_doubled_or_changed_while_parts_are_killed_frozen_and_contradicted() -> None:
    output = io.StringIO()
    report = Report(SEED, SETUPS, planned=ROUNDS)
    await run(RunOptions(range(ROUNDS), SEED), report, Screen(output))
    assert report.failures == [], output.getvalue()
    assert report.kills > 0
    assert report.total.receipted_items > 1_000
