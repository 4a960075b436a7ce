"""The short form of `make chaos`: a round of each setup, with the real parts."""

import io

import pytest

from benchmarks.chaos.plan import SETUPS
from benchmarks.chaos.report import Report
from benchmarks.chaos.running import RunOptions, run
from benchmarks.chaos.screen import Screen

SEED = 59
"""Its first rounds have most sorts of faults, and are short."""


@pytest.mark.chaos
async def test_nothing_is_lost_doubled_or_changed_while_parts_are_killed_frozen_and_contradicted() -> None:
    output = io.StringIO()
    report = Report(SEED, SETUPS, planned=len(SETUPS))
    await run(RunOptions(range(len(SETUPS)), SEED), report, Screen(output))
    assert report.failures == [], output.getvalue()
    assert report.kills > 0
    assert report.total.receipted_items > 1_000
