"""What a run comes to: a document for programs, a table for people."""

import resource
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.table import Table

from device_simulator.histogram import Histogram
from device_simulator.tally import Tally

_MEASURES = ("connect", "puback", "receipt")


def report(tally: Tally) -> Mapping[str, object]:
    """The JSON report. docs/simulator.md says what each figure means."""
    return {
        **{name: getattr(tally, name).summary_ms() for name in _MEASURES},
        "published": tally.published,
        "back_filled": tally.back_filled,
        "acknowledged": tally.acknowledged,
        "receipted": tally.receipted,
        "not_delivered": tally.not_delivered,
        "overruns": tally.overruns,
        "unsent": tally.unsent,
        "unsettled": tally.unsettled,
        "attacks": tally.attacks,
        "attacks_refused": dict(tally.refused.most_common()),
        "errors": tally.failures,
        "errors_by_reason": dict(tally.errors.most_common()),
        "lateness": tally.lateness.summary_ms(),
        "peak_rss_mb": round(peak_rss_bytes() / 1e6, 1),
    }


def counts(tally: Tally) -> list[tuple[str, int]]:
    """Every count with its words; those that most runs don't have only if there are any."""
    rare = [
        ("of them back-filled, not timed", tally.back_filled),
        ("repeated", tally.repeated),
        ("not delivered (PUBACK 16)", tally.not_delivered),
        ("overruns", tally.overruns),
        ("due, but never left", tally.unsent),
        ("without an answer", tally.unsettled),
        ("items rejected", tally.rejected_items),
        ("attacks", tally.attacks),
        ("attacks refused by the broker", tally.refused.total()),
    ]
    return [
        ("published", tally.published),
        ("acknowledged (PUBACK 0)", tally.acknowledged),
        ("receipted", tally.receipted),
        ("items stored", tally.stored_items),
        *((words, count) for words, count in rare if count),
    ]


def latencies(tally: Tally) -> Table:
    """Percentiles in milliseconds, counted from the moment that was intended."""
    table = Table(box=None, padding=(0, 2), title="milliseconds from the intended moment", title_justify="left")
    for name, align in (("", "left"), *((each, "right") for each in ("count", "p50", "p90", "p99", "p99.9", "max"))):
        table.add_column(name, justify="left" if align == "left" else "right", no_wrap=True)
    for name in _MEASURES:
        table.add_row(*_row({"puback": "PUBACK"}.get(name, name), getattr(tally, name)))
    table.add_row(*_row("own timer", tally.lateness))
    return table


def errors(tally: Tally, most: int = 8) -> Table:
    """Failures by reason."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    for reason, count in tally.errors.most_common(most):
        table.add_row(f"{count:,}", reason)
    return table


def line(tally: Tally) -> str:
    """All of it in one plain line."""
    said = [f"{words} {count:,}" for words, count in counts(tally)]
    for name, times in (("receipt", tally.receipt), ("PUBACK", tally.puback)):
        if times.count:
            p50, p99 = times.percentiles(50, 99)
            said.append(f"{name} p50 {p50 / 1000:.1f} ms p99 {p99 / 1000:.1f} ms")
    return "  ".join([*said, f"errors {tally.failures:,}"])


def remarks(tally: Tally, *, receipts: bool, ledger: Path | None) -> list[str]:
    """What somebody who looks at the summary should know beside it.

    Args:
        tally: of a run that has ended.
        receipts: it waited for receipts.
        ledger: its ledger.
    """
    said = []
    if receipts and tally.published and not tally.receipted:
        said.append(
            "Nobody has sent a receipt: is the ingestor there? For a broker without one there is --no-receipts."
        )
    elif tally.unsettled:
        proof = f" `paceline simulate verify {ledger}` says which are stored." if ledger and receipts else ""
        said.append(f"{tally.unsettled:,} batches had no answer when the run ended.{proof}")
    return said


def _row(name: str, times: Histogram) -> list[str]:
    if not times.count:
        return [name, "0", *[""] * 5]
    found = [*times.percentiles(50, 90, 99, 99.9), times.max]
    return [name, f"{times.count:,}", *(f"{value / 1000:,.1f}" for value in found)]


def peak_rss_bytes() -> int:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage, which on Linux also tells of the process that started us.
        for text in status.read_text().splitlines():
            if text.startswith("VmHWM:"):
                return int(text.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
