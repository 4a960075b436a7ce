"""A device's outbox on disk: what it means to say, before it says it, and the receipts it got.

The rules of this file:

1. A line is appended and flushed to disk before its batch is first published: a device that is killed goes on with
   what has no receipt yet.
2. A receipt is appended when it comes. Losing that line costs a repeat, so it is not flushed to disk.
3. A line that was cut off by a kill was never acted upon: it is dropped when the device starts again.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Intent:
    """A batch to publish.

    Attributes:
        batch_id: its own.
        kind: of its items.
        body: as published.
        again: nothing new, only what a late copy may have undone.
    """

    batch_id: str
    kind: str
    body: dict[str, Any]
    again: bool = False

    @property
    def items(self) -> list[dict[str, Any]]:
        """What it says."""
        items: list[dict[str, Any]] = self.body["items"]
        return items


@dataclass(frozen=True, slots=True)
class Answer:
    """The first receipt of a batch.

    Attributes:
        batch_id: of the batch.
        complete: every item of it is stored.
    """

    batch_id: str
    complete: bool


Entry = Intent | Answer


class Journal:
    """One device's file, open for appending; `entries` is what it held when it was opened."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        self.entries = list(_entries(whole))
        self._file = path.open("ab", buffering=0)
        self._file.truncate(len(whole))

    def add_intent(self, intent: Intent) -> None:
        """Rule 1."""
        self._append({"batch": intent.batch_id, "kind": intent.kind, "again": intent.again, "body": intent.body})
        os.fsync(self._file.fileno())

    def add_answer(self, answer: Answer) -> None:
        """Rule 2."""
        self._append({"receipt": answer.batch_id, "complete": answer.complete})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")


def read_journal(path: Path) -> list[Entry]:
    """What a device has put on disk; its owner need not live."""
    if not path.exists():
        return []
    data = path.read_bytes()
    return list(_entries(data[: data.rfind(b"\n") + 1]))


def _entries(data: bytes) -> Iterator[Entry]:
    for line in data.splitlines():
        entry = json.loads(line)
        if "receipt" in entry:
            yield Answer(entry["receipt"], entry["complete"])
        else:
            yield Intent(entry["batch"], entry["kind"], entry["body"], entry["again"])
