"""A run's own record on disk: what was published, what the broker acknowledged, what was receipted.

It holds no measurements, only ids and the points (`contract.stamping`) that items are to be found at, so that the
store can be held against it afterwards. A line of JSON (`Heading`), then records of one tag each:

    user       number of the user, their id          device     number, make and model
    published  number of the batch, user, kind, device, batch id, the point of each item
    puback     number of the batch, reason code      receipt    number, status, items stored, places of those rejected

Each is written once, or a few times for a batch that was repeated; a record cut off by a crash is passed over. Numbers
are in the order of bytes of the machine, so a ledger is read where it was written.
"""

import fcntl
import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct, error

import msgspec

from contract.errors import Misconfigured
from contract.receipts import Receipt
from device_simulator.parcel import KINDS, Parcel

_FORMAT = 1
_FLUSH_BYTES = 1 << 18
_USER, _DEVICE, _PUBLISHED, _PUBACK, _RECEIPT = range(1, 6)
_named = Struct("=BIB")
_published = Struct("=BIIBHBH")
_puback = Struct("=BIB")
_receipt = Struct("=BIBHH")
_kind_numbers = {name: number for number, name in enumerate(KINDS)}


class Heading(msgspec.Struct, frozen=True):
    """What the first line says.

    Attributes:
        paceline_ledger: version of the format.
        scenario, seed: of the run.
        kinds: names, to which the numbers of kinds refer.
    """

    paceline_ledger: int
    scenario: str
    seed: int
    kinds: list[str]


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
        heading = Heading(_FORMAT, scenario, seed, list(KINDS))
        self._gathered = bytearray(msgspec.json.encode(heading) + b"\n")
        self._devices: dict[str, int] = {}
        self._users: set[int] = set()
        self._batches = 0

    def published(self, user: int, user_id: str, parcel: Parcel) -> int:
        """A batch is published for the first time; returns its number."""
        if user not in self._users:
            self._users.add(user)
            self._name(_USER, user, user_id)
        number, self._batches = self._batches, self._batches + 1
        batch_id = parcel.batch_id.encode()
        device, kind = self._device(parcel.source_device), _kind_numbers[parcel.kind]
        self._gathered += _published.pack(_PUBLISHED, number, user, kind, device, len(batch_id), parcel.items)
        self._gathered += batch_id
        self._gathered += parcel.points
        if len(self._gathered) > _FLUSH_BYTES:
            self.flush()
        return number

    def acknowledged(self, number: int, reason_code: int) -> None:
        """The broker answered."""
        self._gathered += _puback.pack(_PUBACK, number, reason_code)

    def receipted(self, number: int, receipt: Receipt) -> None:
        """The ingestor answered."""
        rejected = [each.index for each in receipt.rejected]
        stored = receipt.status == "stored"
        self._gathered += _receipt.pack(_RECEIPT, number, stored, receipt.stored, len(rejected))
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
            self._name(_DEVICE, number, name)
        return number

    def _name(self, tag: int, number: int, text: str) -> None:
        encoded = text.encode()
        self._gathered += _named.pack(tag, number, len(encoded)) + encoded


@dataclass(slots=True, eq=False)
class Entry:
    """What a ledger says of one batch.

    Attributes:
        user_id, kind, source_device, batch_id: of the batch.
        points: the nanosecond of each of its items.
        reason_codes: of its PUBACKs.
        status: of its receipt, if it has one.
        rejected: places of the items that the receipt says are not stored.
    """

    user_id: str
    kind: str
    source_device: str
    batch_id: str
    points: "array[int]"
    reason_codes: list[int] = field(default_factory=list)
    status: str | None = None
    rejected: list[int] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """The broker took it for somebody."""
        return 0 in self.reason_codes

    @property
    def expected(self) -> list[int]:
        """The points at which items must be."""
        if self.status == "rejected":
            return []
        out = set(self.rejected)
        return [point for place, point in enumerate(self.points) if place not in out] if out else list(self.points)


def read_ledger(path: Path) -> tuple[Heading, list[Entry]]:
    """All that a ledger holds, batches in the order of their first publish.

    Raises:
        Misconfigured: there is none, or it is something else.
    """
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise Misconfigured(f"the ledger {path} can't be read: {failure.strerror}") from None
    first, _, records = content.partition(b"\n")
    try:
        heading = msgspec.json.decode(first, type=Heading)
    except msgspec.MsgspecError:
        raise Misconfigured(f"{path} is not a ledger") from None
    if heading.paceline_ledger != _FORMAT:
        raise Misconfigured(f"{path} is a ledger of another version of Paceline")
    return heading, _Reader(heading.kinds, records).entries()


class _Reader:
    def __init__(self, kinds: list[str], records: bytes) -> None:
        self._kinds, self._records, self._at = kinds, records, 0
        self._names: dict[tuple[int, int], str] = {}
        self._entries: list[Entry] = []

    def entries(self) -> list[Entry]:
        for tag in self._tags():
            try:
                self._read(tag)
            except error:
                break  # a crash has cut the last record off
        return self._entries

    def _tags(self) -> Iterator[int]:
        while self._at < len(self._records):
            yield self._records[self._at]

    def _read(self, tag: int) -> None:
        if tag in {_USER, _DEVICE}:
            _, number, length = self._unpack(_named)
            self._names[tag, number] = self._take(length).decode()
        elif tag == _PUBLISHED:
            self._read_published()
        elif tag == _PUBACK:
            _, number, code = self._unpack(_puback)
            self._entries[number].reason_codes.append(code)
        else:
            _, number, stored, _, count = self._unpack(_receipt)
            self._entries[number].rejected = array("H", self._take(2 * count)).tolist()
            self._entries[number].status = "stored" if stored else "rejected"

    def _read_published(self) -> None:
        _, _, user, kind, device, id_length, items = self._unpack(_published)
        batch_id = self._take(id_length).decode()
        points = array("q", self._take(8 * items))
        names = self._names
        self._entries.append(Entry(names[_USER, user], self._kinds[kind], names[_DEVICE, device], batch_id, points))

    def _unpack(self, form: Struct) -> tuple[int, ...]:
        values = form.unpack_from(self._records, self._at)
        self._at += form.size
        return values

    def _take(self, length: int) -> bytes:
        taken = self._records[self._at : self._at + length]
        if len(taken) < length:
            raise error("cut off")
        self._at += length
        return taken
