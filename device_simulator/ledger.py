"""A run's own record on disk: what was published, what the broker acknowledged, what was receipted.

It holds no measurements, only ids and the points (`contract.stamping`) that items are to be found at, so that the
store can be held against it afterwards. `device_simulator.ledger_format` says what is in it.
"""

import fcntl
import os
from array import array
from pathlib import Path

import msgspec

from contract.errors import Misconfigured
from contract.receipts import Receipt
from device_simulator.ledger_format import (
    ANSWER,
    BATCH,
    DEVICE,
    FORMAT,
    NAMED,
    PUBACK,
    PUBLISHED,
    RECEIPT,
    RESULT,
    USER,
    Heading,
)
from device_simulator.parcel import KINDS, Parcel

_FLUSH_BYTES = 1 << 18
_kind_numbers = {name: number for number, name in enumerate(KINDS)}


class Ledger:
    """A ledger that is being written. Records are gathered, and written by `flush`.

    Args:
        path: replaced if it is there and no other run writes it.
        scenario, seed: of the run.

    Raises:
        Misconfigured: the file can't be written; all that writes raises this.
    """

    def __init__(self, path: Path, scenario: str, seed: int) -> None:
        self._path = path
        try:
            self._file = path.open("ab", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file.truncate(0)
        except BlockingIOError:
            self._file.close()
            raise Misconfigured(f"another run writes the ledger {path}: give this one its own with --ledger") from None
        except OSError as failure:
            raise self._unwritable(failure) from None
        heading = Heading(FORMAT, scenario, seed, list(KINDS))
        self._gathered = bytearray(msgspec.json.encode(heading) + b"\n")
        self._devices: dict[str, int] = {}
        self._users: set[int] = set()
        self._batches = 0

    def published(self, user: int, user_id: str, parcel: Parcel) -> int:
        """A batch is published for the first time; returns its number."""
        if user not in self._users:
            self._users.add(user)
            self._name(USER, user, user_id)
        number, self._batches = self._batches, self._batches + 1
        batch_id = parcel.batch_id.encode()
        device, kind = self._device(parcel.source_device), _kind_numbers[parcel.kind]
        self._gathered += BATCH.pack(PUBLISHED, number, user, kind, device, len(batch_id), parcel.items)
        self._gathered += batch_id
        self._gathered += parcel.points
        if len(self._gathered) > _FLUSH_BYTES:
            self.flush()
        return number

    def acknowledged(self, number: int, reason_code: int) -> None:
        """The broker answered."""
        self._gathered += ANSWER.pack(PUBACK, number, reason_code)

    def receipted(self, number: int, receipt: Receipt) -> None:
        """The ingestor answered."""
        rejected = [each.index for each in receipt.rejected]
        stored = receipt.status == "stored"
        self._gathered += RESULT.pack(RECEIPT, number, stored, receipt.stored, len(rejected))
        self._gathered += array("H", rejected).tobytes()

    def flush(self) -> None:
        """Give what was gathered to the system."""
        try:
            while self._gathered:
                # A disk that is nearly full takes a part.
                del self._gathered[: self._file.write(self._gathered)]
        except OSError as failure:
            raise self._unwritable(failure) from None

    def close(self) -> None:
        """Have all of it on disk."""
        try:
            self.flush()
            os.fsync(self._file.fileno())
        except OSError as failure:
            raise self._unwritable(failure) from None
        finally:
            self._file.close()

    def _unwritable(self, failure: OSError) -> Misconfigured:
        return Misconfigured(f"the ledger {self._path} can't be written: {failure.strerror}")

    def _device(self, name: str) -> int:
        number = self._devices.get(name)
        if number is None:
            number = self._devices[name] = len(self._devices)
            self._name(DEVICE, number, name)
        return number

    def _name(self, tag: int, number: int, text: str) -> None:
        encoded = text.encode()
        self._gathered += NAMED.pack(tag, number, len(encoded)) + encoded
