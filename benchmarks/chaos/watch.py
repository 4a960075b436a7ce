"""How far the devices of a round are, read from the ends of their journals."""

import asyncio
from pathlib import Path


class Watch:
    """Looks when it is told to.

    Args:
        folder: where the journals are.
        start_s: of the round, on the event loop's clock.

    Attributes:
        made: batches that say something new.
        published: all batches.
        receipted: of these, with a receipt.
        elapsed_s: since the round's start, in seconds.
    """

    def __init__(self, folder: Path, start_s: float) -> None:
        self.folder = folder
        self.made = self.published = self.receipted = 0
        self.elapsed_s = 0.0
        self._start_s = start_s
        self._read: dict[Path, int] = {}

    def look(self) -> None:
        """Read what is new."""
        self.elapsed_s = asyncio.get_running_loop().time() - self._start_s
        for path in self.folder.glob("*.journal"):
            with path.open("rb") as journal:
                journal.seek(self._read.get(path, 0))
                new = journal.read()
            new = new[: new.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(new)
            receipts = sum(line.startswith(b'{"receipt"') for line in new.splitlines())
            self.receipted += receipts
            self.published += new.count(b"\n") - receipts
            self.made += new.count(b'"again": false')
