"""Reading ledgers (`device_simulator.ledger`), which may be larger than memory: what is kept is where batches are."""

import os
import weakref
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct, error
from typing import BinaryIO, overload

import msgspec

from contract.errors import Misconfigured
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

_POINT_BYTES = 8
_MOST_BYTES = 4_096
"""Of nearly all batches; larger ones are read in two."""
_ACKNOWLEDGED, _STORED, _REJECTED = 1, 2, 4


@dataclass(slots=True, eq=False)
class Entry:
    """What a ledger says of one batch.

    Attributes:
        user_id, kind, source_device, batch_id: of the batch.
        points: the nanosecond of each of its items.
        acknowledged: the broker took it for somebody.
        status: of its receipt, if it has one.
        rejected: places of the items that the receipt says are not stored.
    """

    user_id: str
    kind: str
    source_device: str
    batch_id: str
    points: "array[int]"
    acknowledged: bool = False
    status: str | None = None
    rejected: Sequence[int] = field(default_factory=list)

    @property
    def expected(self) -> list[int]:
        """The points at which items must be."""
        if self.status == "rejected":
            return []
        out = set(self.rejected)
        return [point for place, point in enumerate(self.points) if place not in out] if out else list(self.points)


@dataclass(slots=True)
class _Index:
    """Where a ledger's batches are, and what became of them: a few bytes for each."""

    names: dict[tuple[int, int], str] = field(default_factory=dict)
    places: "array[int]" = field(default_factory=lambda: array("Q"))
    fates: bytearray = field(default_factory=bytearray)
    rejected: "dict[int, array[int]]" = field(default_factory=dict)


class Entries(Sequence[Entry]):
    """A ledger's batches in the order of their first publish, each read from the file when it is asked for.

    Args:
        path: of the ledger.
        kinds: their names.
        index: of the batches.
    """

    def __init__(self, path: Path, kinds: Sequence[str], index: _Index) -> None:
        self._path, self._kinds, self._index = path, kinds, index
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return len(self._index.places)

    @overload
    def __getitem__(self, which: int) -> Entry: ...
    @overload
    def __getitem__(self, which: slice) -> list[Entry]: ...
    def __getitem__(self, which: int | slice) -> Entry | list[Entry]:
        found = range(len(self))[which]
        return self._entry(found) if isinstance(found, int) else [self._entry(number) for number in found]

    def _entry(self, number: int) -> Entry:
        index, place = self._index, self._index.places[number]
        record = os.pread(self._file, _MOST_BYTES, place)
        try:
            _, _, user, kind, device, id_length, items = BATCH.unpack_from(record)
            beyond = BATCH.size + id_length + items * _POINT_BYTES
            if beyond > len(record):
                record = os.pread(self._file, beyond, place)
            points = array("q", record[BATCH.size + id_length : beyond])
            batch_id = record[BATCH.size : BATCH.size + id_length].decode()
            names = index.names[USER, user], self._kinds[kind], index.names[DEVICE, device]
        except (error, ValueError, LookupError):
            raise Misconfigured(f"the ledger {self._path} was replaced while it was read") from None
        entry, fate = Entry(*names, batch_id, points), index.fates[number]
        entry.acknowledged = bool(fate & _ACKNOWLEDGED)
        entry.status = "stored" if fate & _STORED else "rejected" if fate & _REJECTED else None
        entry.rejected = index.rejected.get(number, ())
        return entry


def read_ledger(path: Path) -> tuple[Heading, Entries]:
    """All that a ledger holds.

    Raises:
        Misconfigured: there is none, or it is something else.
    """
    try:
        with path.open("rb") as file:
            heading = _heading(path, file.readline())
            return heading, Entries(path, heading.kinds, _Reader(file).index())
    except OSError as failure:
        raise Misconfigured(f"the ledger {path} can't be read: {failure.strerror}") from None


def _heading(path: Path, line: bytes) -> Heading:
    try:
        heading = msgspec.json.decode(line, type=Heading)
    except msgspec.MsgspecError:
        raise Misconfigured(f"{path} is not a ledger") from None
    if heading.paceline_ledger != FORMAT:
        raise Misconfigured(f"{path} is a ledger of another version of Paceline")
    return heading


class _Reader:
    """Goes through a ledger once, from the first record on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._index = file, _Index()
        self._at, self._end = file.tell(), os.fstat(file.fileno()).st_size
        self._ways: Mapping[int, Callable[[bytes], None]] = {
            USER: self._name,
            DEVICE: self._name,
            PUBLISHED: self._published,
            PUBACK: self._acknowledged,
            RECEIPT: self._receipted,
        }

    def index(self) -> _Index:
        for tag in self._tags():
            try:
                self._ways[tag[0]](tag)
            except (error, LookupError):
                break  # a crash has cut the last record off, or left nothing but a hole in its place
        return self._index

    def _tags(self) -> Iterator[bytes]:
        while self._at < self._end:
            yield self._take(1)

    def _name(self, tag: bytes) -> None:
        _, number, length = self._unpack(NAMED, tag)
        self._index.names[tag[0], number] = self._take(length).decode()

    def _published(self, tag: bytes) -> None:
        place = self._at - len(tag)
        *_, id_length, items = self._unpack(BATCH, tag)
        length = id_length + items * _POINT_BYTES
        if self._at + length > self._end:
            raise error("cut off")
        self._file.seek(length, os.SEEK_CUR)
        self._at += length
        self._index.places.append(place)
        self._index.fates.append(0)

    def _acknowledged(self, tag: bytes) -> None:
        _, number, code = self._unpack(ANSWER, tag)
        self._index.fates[number] |= 0 if code else _ACKNOWLEDGED

    def _receipted(self, tag: bytes) -> None:
        _, number, stored, _, count = self._unpack(RESULT, tag)
        rejected = array("H", self._take(2 * count))
        self._index.fates[number] |= _STORED if stored else _REJECTED
        if rejected:
            self._index.rejected[number] = rejected

    def _unpack(self, form: Struct, tag: bytes) -> tuple[int, ...]:
        values: tuple[int, ...] = form.unpack(tag + self._take(form.size - len(tag)))
        return values

    def _take(self, length: int) -> bytes:
        taken = self._file.read(length)
        self._at += len(taken)
        if len(taken) < length:
            raise error("cut off")
        return taken
