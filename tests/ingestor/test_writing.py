"""Writing that does not give up."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import StoreUnavailable, WriteRefused
from contract.stamping import StampedBatch
from ingestor.parcel import Parcel
from ingestor.writing import Backoff, persist, write_all
from tests.ingestor.parcels import parcel


class PickyStore:
    """Refuses every write that holds one of the poisonous ids, and keeps the rest of it, as a partial write does."""

    def __init__(self, poisonous: set[str]) -> None:
        self.poisonous = poisonous
        self.kept: set[str] = set()

    async def write(self, batches: Sequence[StampedBatch]) -> None:
        ids = {item.meal_id for batch in batches for item in batch.items}  # type: ignore[attr-defined]
        if ids & self.poisonous:
            raise WriteRefused("field type conflict")
        self.kept |= ids


def portions(parcels: list[Parcel]) -> list[tuple[Parcel, StampedBatch]]:
    return [(each, each.stamped) for each in parcels if each.stamped]


@given(data=st.data(), sizes=st.lists(st.integers(1, 6), min_size=1, max_size=8))
async def test_all_but_the_points_at_fault_are_stored(data: st.DataObject, sizes: list[int]) -> None:
    ids = [[f"{at}-{n}" for n in range(size)] for at, size in enumerate(sizes)]
    everything = [item_id for group in ids for item_id in group]
    poisonous = data.draw(st.sets(st.sampled_from(everything)))
    store, parcels = PickyStore(poisonous), [parcel(*group) for group in ids]
    await write_all(portions(parcels), store.write)
    assert store.kept == set(everything) - poisonous
    for group, each in zip(ids, parcels, strict=True):
        assert [(r.index, r.id) for r in each.rejected] == [(n, i) for n, i in enumerate(group) if i in poisonous]
        assert each.stored == len(set(group) - poisonous)


async def test_an_outage_is_waited_out() -> None:
    answers = [StoreUnavailable("away"), StoreUnavailable("away"), None]
    retried: list[str] = []

    async def attempt() -> None:
        if error := answers.pop(0):
            raise error

    await persist("series", attempt, Backoff(0, 0), retried.append)
    assert not answers
    assert retried == ["series", "series"]


async def test_a_refusal_is_not_repeated() -> None:
    tries: list[int] = []

    async def attempt() -> None:
        tries.append(1)
        raise WriteRefused("never")

    with pytest.raises(WriteRefused):
        await persist("series", attempt, Backoff(0, 0), lambda _: None)
    assert len(tries) == 1


@given(first_s=st.floats(0.001, 10), most_s=st.floats(0.001, 100))
def test_pauses_grow_up_to_the_longest(first_s: float, most_s: float) -> None:
    pauses = Backoff(first_s, most_s).pauses()
    bound = first_s
    for _ in range(12):
        assert bound / 2 <= next(pauses) <= bound
        bound = min(bound * 2, most_s)
