"""How parcels are joined."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from ingestor.line import OVERHEAD_BYTES, Line
from ingestor.parcel import Parcel
from tests.ingestor.parcels import parcel

FAR = 3_600.0


def size(*parcels: Parcel) -> int:
    return sum(len(each.delivery.payload) + OVERHEAD_BYTES for each in parcels)


async def test_a_group_leaves_as_soon_as_it_is_large_enough() -> None:
    first, second = parcel("a", "b"), parcel("c")
    line = Line(size(first, second), FAR)
    line.put(first)
    waiting = asyncio.create_task(line.take())
    line.put(second)
    assert await waiting == [first, second]


async def test_a_group_leaves_when_its_first_parcel_is_old_enough() -> None:
    line = Line(group_bytes=10_000, group_age_s=0.01)
    only = parcel("a")
    line.put(only)
    assert await line.take() == [only]


async def test_a_closed_line_gives_what_it_has_and_then_nothing() -> None:
    line = Line(group_bytes=10_000, group_age_s=FAR)
    only = parcel("a")
    line.put(only)
    line.close()
    assert await line.take() == [only]
    assert await line.take() == []


async def test_closing_wakes_who_waits() -> None:
    line = Line(group_bytes=10_000, group_age_s=FAR)
    waiting = asyncio.create_task(line.take())
    await asyncio.sleep(0)
    line.close()
    assert await waiting == []


async def test_what_is_cleared_does_not_leave() -> None:
    forgotten, kept = parcel("a"), parcel("b", "c")
    line = Line(size(kept), FAR)
    line.put(forgotten)
    assert line.clear() == [forgotten]
    line.put(kept)
    assert await line.take() == [kept]


@given(sizes=st.lists(st.integers(1, 7), max_size=40), group_bytes=st.integers(1, 2_000))
async def test_every_parcel_leaves_once_and_in_order(sizes: list[int], group_bytes: int) -> None:
    line = Line(group_bytes, FAR)
    parcels = [parcel(*(f"{at}-{n}" for n in range(size))) for at, size in enumerate(sizes)]
    for each in parcels:
        line.put(each)
    line.close()
    left = []
    while group := await line.take():
        left.extend(group)
    assert left == parcels
