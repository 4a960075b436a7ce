"""What a run amounts to: the sums over its rounds, for people and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.chaos.comparison import Finding
from benchmarks.chaos.plan import Setup
from benchmarks.chaos.rounds import Round


@dataclass(slots=True)
class Report:
    """The rounds of a run so far.

    Attributes:
        seed: of the run.
        setups: that the rounds go round.
        planned: how many rounds there will be.
        rounds: in the order in which they ran.
        hits: requests that the database's door answered wrongly, by sort of fault.
        duration_s: of the run, in seconds.
        folder: what the parts kept, if a round failed.
    """

    seed: int
    setups: Sequence[Setup]
    planned: int = 0
    rounds: list[Round] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    duration_s: float = 0.0
    folder: Path | None = None

    @property
    def kills(self) -> int:
        """SIGKILLs."""
        return sum(each.kills for each in self.rounds)

    @property
    def failures(self) -> list[Round]:
        """Rounds in which the promise was broken, or a part ended by itself."""
        return [each for each in self.rounds if not each.is_good]

    @property
    def total(self) -> Finding:
        """Of all rounds."""
        total = Finding()
        for each in self.rounds:
            total.add(each.finding)
        return total

    def as_json(self) -> str:
        """The figures."""
        total = self.total
        faults = Counter(fault.sort.value for each in self.rounds for fault in each.plan.faults)
        figures: dict[str, Any] = {
            "rounds": len(self.rounds),
            "kills": self.kills,
            "receipted_items": total.receipted_items,
            "missing": total.missing,
            "doubled": total.doubled,
            "changed": total.changed,
            "unanswered": total.unanswered,
            "refused": total.refused,
            "deaths": sum(len(each.deaths) for each in self.rounds),
            "failed_rounds": [each.plan.number for each in self.failures],
            "store": sorted({setup.store for setup in self.setups}),
            "ingestors": sorted({setup.ingestors for setup in self.setups}),
            "seed": self.seed,
            "duration_s": round(self.duration_s, 1),
            "faults": dict(sorted(faults.items())),
            "requests_answered_wrongly": dict(sorted(self.hits.items())),
        }
        return json.dumps(figures, indent=2)

    def closing_words(self) -> str:
        """One line."""
        total = self.total
        return (
            f"{len(self.rounds)} rounds, {self.kills} kills, {total.receipted_items:,} items with a receipt: "
            f"{total.missing} missing, {total.doubled} doubled, {total.changed} changed, "
            f"{total.unanswered} batches without a receipt, {total.refused} refused ({self.duration_s:.0f} s)"
        )


def failure_words(failed: Round, options: str) -> str:
    """What went wrong in a round, its plan, and how to repeat it.

    Args:
        failed: the round.
        options: those of the command line that shape a plan.
    """
    finding = failed.finding
    repeat = f"python -m benchmarks.chaos --seed {failed.plan.seed} --round {failed.plan.number}{options}"
    return "\n".join(
        [
            str(failed.plan),
            f"  missing {finding.missing}, doubled {finding.doubled}, changed {finding.changed}",
            f"  batches without a receipt {finding.unanswered}, refused {finding.refused}",
            *(f"    {detail}" for detail in finding.details),
            *(f"    {words}" for words in failed.deaths),
            f"  again: {repeat}",
        ]
    )
