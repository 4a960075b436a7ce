"""A port that is taken ends a command with words, never with a traceback."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paceline.processes import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def refused(folder: Path, *arguments: str, **env: str) -> str:
    """Run a command that is to fail, and return what it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "paceline", *arguments],
        env={"PATH": "/usr/bin:/bin", "PACELINE_DATA": str(folder), **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    assert f"port {port} can't be the broker's and the API's" in refused(
        tmp_path, "run", "--mqtt-port", port, "--api-port", port
    )


def test_the_api_does_not_start_on_a_port_that_is_taken(tmp_path: Path, taken: int) -> None:
    assert f"port {taken} is in use" in refused(tmp_path, "api", PACELINE_API_PORT=str(taken))


def test_the_ingestor_does_not_start_on_a_metrics_port_that_is_taken(tmp_path: Path, taken: int) -> None:
    assert f"port {taken} is in use" in refused(tmp_path, "ingest", PACELINE_INGEST_METRICS_PORT=str(taken))
