"""One program of the stack under measurement: its signals, and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from paceline.processes import Child


@dataclass(frozen=True, slots=True)
class Usage:
    """What a part has used since it was first started, all its lives together.

    Attributes:
        cpu_s: processor time, user and system, in seconds.
        peak_rss_bytes: most memory that it ever held.
    """

    cpu_s: float = 0.0
    peak_rss_bytes: int = 0


class Part:
    """A program that can be started again as often as it is stopped, killed or frozen; it keeps its ports.

    To be started from a thread that outlives it: the system ends it together with the thread that started it.

    Args:
        name: for people.
        child: the process.
        ready: whether it serves, asked after a start.
    """

    def __init__(self, name: str, child: Child, ready: Callable[[], bool]) -> None:
        self.name = name
        self.child = child
        self._ready = ready
        self._log_start = 0
        self._before = Usage()

    @property
    def alive(self) -> bool:
        """Started, and not yet ended; frozen counts as alive."""
        return self.child.alive

    @property
    def pid(self) -> int:
        """Of the running process."""
        return self.child.pid

    @property
    def log_since_start(self) -> str:
        """What it has written since its last start."""
        with self.child.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def start(self, timeout_s: float = 30) -> None:
        """Start it and wait until it serves.

        Raises:
            Misconfigured: it does not.
        """
        self.launch()
        self.wait_ready(timeout_s)

    def launch(self) -> None:
        """Start it without waiting."""
        self._log_start = self.child.log.stat().st_size if self.child.log.exists() else 0
        self.child.start()

    def wait_ready(self, timeout_s: float = 30) -> None:
        """Wait until it serves; any thread may do this.

        Raises:
            Misconfigured: it has ended, or does not serve in time.
        """
        self.child.wait_ready(self._ready, timeout_s)

    def stop(self, grace_s: float = 10) -> None:
        """SIGTERM, to a frozen one too; then SIGKILL if it does not end within the grace."""
        if self.alive:
            self._before = self.usage()
            self.child.resume()
            self.child.stop(grace_s)

    def kill(self) -> None:
        """SIGKILL."""
        if self.alive:
            self._before = self.usage()
            self.child.kill()

    def pause(self) -> None:
        """SIGSTOP: it holds its connections and answers nothing."""
        self.child.pause()

    def resume(self) -> None:
        """SIGCONT."""
        self.child.resume()

    def usage(self) -> Usage:
        """So far."""
        if not self.alive:
            return self._before
        times = psutil.Process(self.pid).cpu_times()
        cpu_s = self._before.cpu_s + times.user + times.system
        return Usage(cpu_s, max(self._before.peak_rss_bytes, _peak_rss_bytes(self.pid)))


def _peak_rss_bytes(pid: int) -> int:
    """VmHWM where the system tells (Linux), else what the process holds just now."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(psutil.Process(pid).memory_info().rss)
