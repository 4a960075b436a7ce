"""How a one-time code reaches a phone. Paceline sends no text messages itself: this is where a provider is plugged in.

A sender has one method. Two come along: one writes to a file that an operator, or a program that does send messages,
reads; the other prints. Codes never go to the log.
"""

import asyncio
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

KEPT_BYTES = 65_536
"""Some 600 codes."""


class CodeSender(Protocol):
    """Takes codes to phones."""

    async def send(self, mobile: str, code: str) -> None:
        """Have a number (E.164) sent a code.

        Raises:
            Retryable: it can't be sent now.
        """


class OutboxSender:
    """Appends each code to a file, one JSON object a line; the file is for its owner only.

    Numbers are personal data, and codes are worth nothing after minutes: a file of `KEPT_BYTES` is set aside as the
    older one (`.1`), of which there is one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()

    async def send(self, mobile: str, code: str) -> None:
        """Append the code."""
        line = json.dumps({"at": datetime.now(UTC).isoformat(), "mobile": mobile, "code": code})
        await asyncio.to_thread(self._append, f"{line}\n".encode())

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._turn:
            if self._path.exists() and self._path.stat().st_size > KEPT_BYTES:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
                file.write(line)


class ConsoleSender:
    """Prints each code, for trials."""

    async def send(self, mobile: str, code: str) -> None:
        """Print the code."""
        print(f"one-time code for {mobile}: {code}", flush=True)  # noqa: T201  # this is where it is delivered to
