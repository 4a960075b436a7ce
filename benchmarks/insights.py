"""`python -m benchmarks.insights`: what insights find of what is true, and how often they call for nothing."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.oddities import Oddities, Together, judge_anomalies, judge_correlations
from benchmarks.truth import Found, judge, look, other_signs, world

_SENSITIVITIES = (0.5, 0.8, 1.0)


def main() -> None:
    """Live, look, judge, and print."""
    options = _options()
    lives = [each for seed in options.seeds for each in world(seed, options.ordinary, options.each)]
    looked = [look(each) for each in lives]
    ordinary = [each for each in lives if each.story is None]
    found, others = judge(looked), other_signs(looked)
    odd = [judge_anomalies(ordinary, sensitivity) for sensitivity in _SENSITIVITIES]
    together = judge_correlations(ordinary)
    console = Console(width=120)
    console.print(
        f"{len(ordinary)} ordinary people and {options.each * len(options.seeds)} of each story, 28 days each"
    )
    console.print(_stories(found), _others(others), _oddities(odd), _together(together), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(_figures(found, others, odd, together), indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[201, 202, 203], help="of the worlds")
    parser.add_argument("--ordinary", type=int, default=60, help="people of each world to whom nothing happens")
    parser.add_argument("--each", type=int, default=8, help="people of each world with each story")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser.parse_args()


def _stories(found: Sequence[Found]) -> Table:
    table = Table("story", "found by day 7", "14", "21", "28", "days until", "precision", "false a 100 looks")
    for each in found:
        shares = [f"{share:.0%}" for share in each.by_day.values()]
        until = "-" if each.days_until is None else f"{each.days_until:g}"
        table.add_row(each.story, *shares, until, f"{each.precision:.0%}", f"{each.false_a_hundred:.2f}")
    return table


def _others(others: dict[str, float]) -> Table:
    table = Table("other signs", "told of ordinary people, a 100 looks")
    for code, rate in others.items():
        table.add_row(code, f"{rate:.2f}")
    return table


def _oddities(odd: Sequence[Oddities]) -> Table:
    table = Table("sensitivity", "odd days found", "anomalies a person and month", "of high severity")
    for each in odd:
        table.add_row(f"{each.sensitivity:g}", f"{each.found:.0%}", f"{each.a_month:.2f}", f"{each.high_a_month:.2f}")
    return table


def _together(together: Together) -> Table:
    table = Table("correlations", "")
    table.add_row("told of a person", f"{together.told:.2f}")
    table.add_row("told of a person where there are none", f"{together.told_of_nothing:.2f}")
    table.add_row("people of whom any is told where there are none", f"{together.people_told_of_nothing:.1%}")
    table.add_row("people with less HRV after strain, as is true", f"{together.load_before_hrv:.0%}")
    return table


def _figures(found: Sequence[Found], others: dict[str, float], odd: Sequence[Oddities], together: Together) -> Any:
    return {
        "stories": {each.story: {"recall": each.recall, "precision": each.precision} | asdict(each) for each in found},
        "other_signs_a_hundred_looks": others,
        "anomalies": [asdict(each) for each in odd],
        "correlations": asdict(together),
    }


if __name__ == "__main__":
    main()
