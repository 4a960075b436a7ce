"""The rules of `contract.stamping`: which point an item is, however often and in whatever company it comes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zlib import crc32

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.items import MAX_TIME_OFFSET_S
from contract.stamping import NS_PER_MS, NS_PER_S, Horizon, epoch_ms
from tests.contract.batches import ALWAYS, EVENING_MS, LEAST, batch, points, read, read_items, spell

IDENTIFIED = [kind.name for kind in CATALOGUE.values() if kind.id_field]
STREAMS = [kind.name for kind in CATALOGUE.values() if not kind.id_field]


@dataclass(frozen=True)
class Said:
    """An item with an id, as a device says it."""

    item_id: str
    time_ms: int

    @property
    def second(self) -> tuple[str, int]:
        """What makes it one item: its id and the second of its time."""
        return self.item_id, self.time_ms // 1_000

    def spelled(self, kind: str) -> dict[str, object]:
        return LEAST[kind] | {str(CATALOGUE[kind].id_field): self.item_id, "timestamp": spell(self.time_ms)}


# Few ids and few moments around a midnight, so that items meet in every way.
MIDNIGHT_MS = 1_768_435_200_000
said = st.builds(
    Said,
    st.sampled_from([*"abcdef", "\N{PILE OF POO}", "x" * 64])
    | st.text(st.characters(codec="utf-8"), min_size=1, max_size=64),
    st.integers(MIDNIGHT_MS - 2_000, MIDNIGHT_MS + 2_000),
)
some = st.lists(said, min_size=1, max_size=12)
kinds_with_ids = st.sampled_from(IDENTIFIED)


def points_of(kind: str, items: Sequence[Said]) -> dict[Said, int]:
    """Publish one batch; where each of its items is stored."""
    stamped = read_items(kind, *(item.spelled(kind) for item in items)).stamped
    assert len(stamped.items) == len(items)
    found: dict[Said, int] = {}
    for item, key in zip(items, stamped.keys_ns, strict=True):
        assert found.setdefault(item, key) == key
    return found


@contextmanager
def offsets_among(offsets: Sequence[int]) -> Iterator[None]:
    """Let the hash of an id be one of these few, so that ids meet as one batch in millions has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("contract.stamping.crc32", lambda text: offsets[crc32(text) % len(offsets)])
        yield


def meet(items: Sequence[Said]) -> bool:
    """Whether two different items have the same place by their hashes alone."""
    places = {item.second: (item.time_ms // 1_000, crc32(item.item_id.encode()) % NS_PER_S) for item in items}
    return len(set(places.values())) < len(places)


offsets = st.sampled_from([[0], [5, 6, 7], [NS_PER_S - 1], [NS_PER_S - 2, NS_PER_S - 1, 0], [3 * NS_PER_S + 9]])


# Rules 2 and 3: the same item, the same point


@given(kinds_with_ids, some, st.data())
def test_the_same_items_are_the_same_points_in_whatever_batches_they_come(
    kind: str, items: list[Said], data: st.DataObject
) -> None:
    assume(not meet(items))
    first = points_of(kind, items)
    again = data.draw(st.permutations(items + data.draw(st.lists(st.sampled_from(items), max_size=6))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(again)))) | {0, len(again)})
    for start, end in pairwise(cuts):
        for item, key in points_of(kind, again[start:end]).items():
            assert key == first[item]


@given(kinds_with_ids, some)
def test_items_are_one_point_exactly_when_they_share_id_and_second(kind: str, items: list[Said]) -> None:
    stored = points_of(kind, items)
    for one in items:
        for other in items:
            assert (stored[one] == stored[other]) == (one.second == other.second)


@given(kinds_with_ids, said)
def test_a_correction_replaces_what_it_corrects(kind: str, item: Said) -> None:
    field = next(field for field in CATALOGUE[kind].fields if field.quantity)
    assert field.quantity is not None
    low, high = ({**item.spelled(kind), field.name: value} for value in (field.quantity.low, field.quantity.high))
    assert points(read_items(kind, low)) == points(read_items(kind, high))


@given(some, st.sampled_from(["Pixel Watch 3", "iPhone 15 Pro"]), st.none() | st.text(min_size=1, max_size=9))
def test_neither_the_batch_nor_its_id_enters_the_point(items: list[Said], device: str, batch_id: str | None) -> None:
    spelled = [item.spelled("meals") for item in items]
    other = batch(spelled, timestamp=spell(EVENING_MS - 86_400_000), source_device=device, batch_id=batch_id)
    assert points(read("meals", other)) == points(read_items("meals", *spelled))


@pytest.mark.parametrize("kind", STREAMS)
def test_an_item_without_an_id_is_at_its_time(kind: str) -> None:
    moments: list[dict[str, object]] = [{}, {"time": 0.001}, {"time": 1}, {"timestamp": spell(EVENING_MS + 1)}]
    stamped = read_items(kind, *(LEAST[kind] | moment for moment in moments)).stamped
    expected = [EVENING_MS, EVENING_MS + 1, EVENING_MS + 1_000, EVENING_MS + 1]
    assert list(stamped.times_ms) == expected
    assert list(stamped.keys_ns) == [time_ms * NS_PER_MS for time_ms in expected]


# Rule 4: two items, two points


@given(kinds_with_ids, some, offsets)
def test_two_items_of_a_batch_never_share_a_point_though_their_hashes_meet(
    kind: str, items: list[Said], places: list[int]
) -> None:
    with offsets_among(places):
        stored = points_of(kind, items)
    for one in items:
        for other in items:
            assert (stored[one] == stored[other]) == (one.second == other.second)


@given(kinds_with_ids, some, offsets, st.data())
def test_items_moved_apart_are_at_the_same_points_however_the_batch_is_shuffled(
    kind: str, items: list[Said], places: list[int], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(items + data.draw(st.lists(st.sampled_from(items), max_size=6))))
    with offsets_among(places):
        assert points_of(kind, shuffled) == points_of(kind, items)


@given(some, offsets)
def test_an_item_that_meets_no_other_stays_where_its_hash_says(items: list[Said], places: list[int]) -> None:
    with offsets_among(places):
        for item in items:
            (key,) = points_of("meals", [item]).values()
            assert key % NS_PER_S == places[crc32(item.item_id.encode()) % len(places)] % NS_PER_S


def test_a_thousand_items_whose_hashes_are_all_the_same_are_a_thousand_points_of_one_second() -> None:
    items = [Said(f"m{number}", MIDNIGHT_MS - 1) for number in range(1_000)]
    with offsets_among([NS_PER_S - 3]):
        keys = set(points_of("meals", items).values())
    assert len(keys) == 1_000
    assert {key // NS_PER_S for key in keys} == {MIDNIGHT_MS // 1_000 - 1}


def test_ids_that_really_meet_are_moved_apart_in_their_order() -> None:
    first, second = "meal-16642", "meal-833"  # found by search
    alone = points_of("meals", [Said(first, EVENING_MS)]) | points_of("meals", [Said(second, EVENING_MS)])
    together = points_of("meals", [Said(second, EVENING_MS), Said(first, EVENING_MS)])
    assert len(set(alone.values())) == 1
    assert together == {Said(first, EVENING_MS): min(alone.values()), Said(second, EVENING_MS): min(alone.values()) + 1}


# Rule 1: no item leaves its second, its hour, its day


@given(kinds_with_ids, some, st.none() | offsets)
def test_no_item_leaves_its_second(kind: str, items: list[Said], places: list[int] | None) -> None:
    with offsets_among(places) if places else nullcontext():
        for item, key in points_of(kind, items).items():
            assert key // NS_PER_S == item.time_ms // 1_000


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30)),  # noqa: DTZ001  # drawn with a zone apart
    st.integers(-23 * 60, 23 * 60),
)
def test_a_time_is_rounded_down_to_the_millisecond_whatever_its_zone(moment: datetime, minutes: int) -> None:
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    (time_ms,) = read_items("heart_rate", {"bpm": 60, "timestamp": moment.isoformat()}).stamped.times_ms
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert time_ms == microseconds // 1_000


@given(st.integers(0, MAX_TIME_OFFSET_S * 1_000))
@example(1_001)  # 1.001 * 1000 is a little less than 1001
def test_an_offset_in_whole_milliseconds_is_exact(milliseconds: int) -> None:
    found = read_items("heart_rate", {"bpm": 60, "time": milliseconds / 1_000})
    assert list(found.stamped.times_ms) == [EVENING_MS + milliseconds]


def test_times_before_1970_are_rounded_down_too() -> None:
    assert epoch_ms(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


# Rule 5 and the rest


@given(st.integers(0, 4_000_000_000_000), st.integers(1, 5_000), st.integers(-1, 1))
def test_the_horizon_reaches_from_the_retention_to_a_day_ahead(now_ms: int, days: int, beyond: int) -> None:
    horizon, meals = Horizon.at(now_ms, days), CATALOGUE["meals"]
    assert bool(horizon.complaint(meals, now_ms + 86_400_000 + beyond)) == (beyond > 0)
    assert bool(horizon.complaint(meals, now_ms - days * 86_400_000 + beyond)) == (beyond < 0)


@given(some, st.data())
def test_a_part_of_a_batch_keeps_its_points(items: list[Said], data: st.DataObject) -> None:
    stamped = read_items("meals", *(item.spelled("meals") for item in items)).stamped
    positions = data.draw(st.lists(st.sampled_from(range(len(items))), unique=True))
    part = stamped.only(positions)
    assert (part.kind, part.user_id, part.source_device) == (stamped.kind, "ann", stamped.source_device)
    for whole_list, part_list in [
        (stamped.items, part.items),
        (stamped.indexes, part.indexes),
        (stamped.times_ms, part.times_ms),
        (stamped.keys_ns, part.keys_ns),
    ]:
        assert list(part_list) == [whole_list[at] for at in positions]


@given(some)
def test_items_that_are_refused_do_not_move_the_others(items: list[Said]) -> None:
    spelled = [item.spelled("meals") for item in items]
    among_bad = [each for item in spelled for each in (item | {"calories": -1}, item, "no item")]
    assert points(read("meals", batch(among_bad), ALWAYS)) == points(read_items("meals", *spelled))
