import resource
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.errors import Misconfigured
from contract.reading import read_batch
from contract.receipts import Receipt, Rejection
from contract.stamping import Horizon
from device_simulator.ledger import Ledger
from device_simulator.ledger_reader import read_ledger
from device_simulator.parcel import Parcel
from tests.device_simulator.people.lives import month

DUE = [batch for day in month(1, 0, 3) for batch in day.batches]
PARCELS = [Parcel.of(batch) for batch in DUE]


def written(path: Path) -> None:
    ledger = Ledger(path, "steady", 7)
    for number, parcel in enumerate(PARCELS):
        assert ledger.published(number % 3, f"user-{number % 3}", parcel) == number
        ledger.acknowledged(number, 16 if number % 2 else 0)
        if number % 3 == 0:
            ledger.receipted(number, Receipt(parcel.batch_id, "stored", parcel.items, []))
    ledger.acknowledged(1, 0)
    ledger.receipted(1, Receipt(PARCELS[1].batch_id, "rejected", 0, []))
    ledger.receipted(2, Receipt(PARCELS[2].batch_id, "stored", 1, [Rejection(0, None, None, "no")]))
    ledger.close()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written(tmp_path / "ledger")
    heading, entries = read_ledger(tmp_path / "ledger")
    assert (heading.scenario, heading.seed) == ("steady", 7)
    assert [(each.user_id, each.kind, each.source_device, each.batch_id) for each in entries] == [
        (f"user-{number % 3}", parcel.kind, parcel.source_device, parcel.batch_id)
        for number, parcel in enumerate(PARCELS)
    ]
    assert (entries[0].acknowledged, entries[1].acknowledged, entries[3].acknowledged) == (True, True, False)
    assert (entries[0].status, entries[1].status, entries[4].status) == ("stored", "rejected", None)
    assert (entries[1].expected, entries[2].expected) == ([], list(entries[2].points[1:]))


def test_its_points_are_those_that_the_store_will_have(tmp_path: Path) -> None:
    written(tmp_path / "ledger")
    for entry, due in zip(read_ledger(tmp_path / "ledger")[1], DUE, strict=True):
        reading = read_batch(CATALOGUE[due.kind], due.batch.user_id, due.payload(), Horizon(0, 10**14))
        assert list(entry.points) == list(reading.stamped.keys_ns)


def test_two_runs_do_not_write_the_same_one(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "ledger", "steady", 7)
    with pytest.raises(Misconfigured, match="another run"):
        Ledger(tmp_path / "ledger", "steady", 7)
    first.published(0, "somebody", PARCELS[0])
    first.close()
    assert len(read_ledger(tmp_path / "ledger")[1]) == 1
    Ledger(tmp_path / "ledger", "steady", 7).close()
    assert not read_ledger(tmp_path / "ledger")[1]


def test_a_hole_that_a_crash_left_at_its_end_says_nothing(tmp_path: Path) -> None:
    written(tmp_path / "ledger")
    with (tmp_path / "ledger").open("ab") as file:
        file.write(bytes(4_096))
    _, entries = read_ledger(tmp_path / "ledger")
    assert len(entries) == len(PARCELS)
    assert [each.status for each in entries[:5]] == ["stored", "rejected", "stored", "stored", None]


def test_one_that_is_replaced_while_it_is_read_is_told(tmp_path: Path) -> None:
    written(tmp_path / "ledger")
    _, entries = read_ledger(tmp_path / "ledger")
    Ledger(tmp_path / "ledger", "steady", 7).close()
    with pytest.raises(Misconfigured, match="replaced"):
        entries[-1]


def test_what_is_kept_of_a_batch_is_where_it_is(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger", "steady", 7)
    for number in range(20_000):
        parcel = PARCELS[number % len(PARCELS)]
        ledger.published(0, "somebody", parcel)
        ledger.acknowledged(number, 0)
        ledger.receipted(number, Receipt(parcel.batch_id, "stored", parcel.items, []))
    ledger.close()
    tracemalloc.start()
    try:
        _, entries = read_ledger(tmp_path / "ledger")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(entries) == 20_000
    assert kept / 20_000 < 20, "bytes"
    assert entries[19_999].batch_id == PARCELS[19_999 % len(PARCELS)].batch_id


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file may become longer than this, as on a disk with so much room: part of a write is taken, and then none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_nothing_is_lost_if_there_is_room_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger", "steady", 7)
    for parcel in PARCELS:
        ledger.published(0, "somebody", parcel)
    with full_disk(1_000):
        for _ in range(2):
            with pytest.raises(Misconfigured, match="can't be written: File too large"):
                ledger.flush()
    assert (tmp_path / "ledger").stat().st_size == 1_000
    ledger.close()
    assert [each.batch_id for each in read_ledger(tmp_path / "ledger")[1]] == [each.batch_id for each in PARCELS]


def test_on_a_disk_that_stays_full_it_is_closed_all_the_same(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger", "steady", 7)
    for parcel in PARCELS:
        ledger.published(0, "somebody", parcel)
    with full_disk(1_000), pytest.raises(Misconfigured):
        ledger.close()
    Ledger(tmp_path / "ledger", "steady", 7).close()  # nobody writes it any more


@given(st.data())
def test_one_that_was_cut_off_by_a_crash_is_read_up_to_there(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    written(folder / "whole")
    content = (folder / "whole").read_bytes()
    heading_bytes = content.index(b"\n") + 1
    (folder / "cut").write_bytes(content[: data.draw(st.integers(heading_bytes, len(content)))])
    whole, cut = read_ledger(folder / "whole")[1], read_ledger(folder / "cut")[1]
    assert [each.batch_id for each in cut] == [each.batch_id for each in whole[: len(cut)]]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"{}\n", b'{"paceline_ledger":99,"scenario":"","seed":1,"kinds":[]}\n']
)
def test_something_else_is_no_ledger(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(Misconfigured, match="ledger"):
        read_ledger(tmp_path / "other")
    with pytest.raises(Misconfigured):
        read_ledger(tmp_path / "missing")
    with pytest.raises(Misconfigured):
        Ledger(tmp_path / "missing" / "ledger", "steady", 1)
