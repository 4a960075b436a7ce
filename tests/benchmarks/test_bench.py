"""A bench so short that its figures mean nothing, but all its parts have to work."""

import json
import subprocess
import sys
from pathlib import Path

PROMISED = {
    "items_per_s",
    "bare_items_per_s",
    "ratio_to_bare",
    "ingestor_cpu_us_per_batch",
    "broker_cpu_us_per_batch",
    "database_cpu_us_per_batch",
    "ingestor_peak_rss_mb",
    "receipt_p50_ms",
    "receipt_p99_ms",
}


def test_a_short_bench_stores_all_that_it_publishes_and_says_what_it_promises(tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks.ingest", "--quick", "--only", "influx", "--only", "embedded"]
    command += ["--batches", "1000", "--bursts", "1", "--folder", str(tmp_path), "--json", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_text())
    assert figures.keys() >= PROMISED
    assert figures["items_kept"] == figures["items_published"] > 0
    assert "stored / bare" in done.stdout
    assert list(tmp_path.iterdir()) == [report]
