"""Logs that programs of ours write for as long as they run: how they are kept small.

The program has its log open for appending. So the file can be emptied under it, and its next line is the first; moved
away, it would be written on where it was moved to.
"""

import os
from contextlib import suppress
from pathlib import Path
from shutil import copyfile

KEPT_BYTES = 4 * 1_048_576
"""A log that is larger becomes the older one, of which there is one."""

_TAIL_BYTES = 16_384


def set_aside(log: Path) -> None:
    """Before a program starts: its log of the last time is the older one now."""
    with suppress(FileNotFoundError):
        log.replace(_older(log))


def keep_small(log: Path) -> None:
    """While it runs.

    What is said between the copy and the cut is lost; all of it, if there is no room for a copy.
    """
    with suppress(OSError):
        if log.stat().st_size > KEPT_BYTES:
            with suppress(OSError):
                copyfile(log, _older(log))
            os.truncate(log, 0)


def tail(log: Path, lines: int) -> str:
    """The last lines of a log of any size."""
    with log.open("rb") as file:
        beyond = max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES)
        file.seek(beyond)
        found = file.read().decode(errors="replace").splitlines()
    return "\n".join(found[1 if beyond else 0 :][-lines:])


def _older(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")
