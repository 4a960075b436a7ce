"""How far each person's life has been confirmed and what they have yet to read, kept in a small file.

It is a convenience, so that a restart need not begin again. Without it, or with an old one, everything is published
once more and lands on the same points, and messages that had come are never said to be read.
"""

from pathlib import Path
from typing import Self

import msgspec

from contract.errors import Misconfigured


class Diary(msgspec.Struct):
    """Confirmed so far.

    Attributes:
        seed: of the lives.
        resume_ms: by user id, the moment from which batches have to be published (again): before it, each has its
            receipt. Milliseconds since 1970 UTC.
        unread: by user id, messages of coaches that came and have not been noted as read, with when they are read.
    """

    seed: int
    resume_ms: dict[str, int] = {}
    unread: dict[str, dict[str, int]] = {}

    @classmethod
    def read(cls, path: Path | None, seed: int) -> Self:
        """The diary in a file; an empty one if there is none, it can't be read, or it is of other lives."""
        try:
            diary = msgspec.json.decode(path.read_bytes(), type=cls) if path else None
        except (OSError, msgspec.MsgspecError):
            diary = None
        return diary if diary is not None and diary.seed == seed else cls(seed)

    def write(self, path: Path) -> None:
        """Replace the file as a whole: a crash leaves the old one or the new one.

        Raises:
            Misconfigured: it can't be written.
        """
        aside = path.with_suffix(".tmp")
        try:
            aside.write_bytes(msgspec.json.encode(self))
            aside.replace(path)
        except OSError as error:
            raise Misconfigured(f"the diary {path} can't be written: {error.strerror}") from None
