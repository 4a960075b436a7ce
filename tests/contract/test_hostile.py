"""Whatever a device sends: nothing brings the reader down, and no value gets into a reason."""

import json
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.errors import BatchRejected
from tests.contract.batches import (
    LEAST,
    batch,
    read,
    read_items,
    refusal,
)

MEAL = LEAST["meals"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def near_batches(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """Batches of which any field may be anything."""
    kind = draw(st.sampled_from(list(CATALOGUE)))
    fields = [*CATALOGUE[kind].item.__struct_fields__, "x"]
    items = draw(
        st.lists(
            st.builds(
                lambda changes: LEAST[kind] | changes, st.dictionaries(st.sampled_from(fields), json_values, max_size=2)
            )
            | json_values,
            max_size=4,
        )
    )
    changes = draw(st.dictionaries(st.sampled_from([*batch([]), "batch_id", "x"]), json_values, max_size=1))
    return kind, batch(items) | changes


@given(near_batches())
def test_whatever_a_batch_holds_each_item_is_stored_or_rejected_with_a_reason(near: tuple[str, dict[str, Any]]) -> None:
    kind, published = near
    try:
        found = read(kind, published)
    except BatchRejected:
        return
    indexes = [*found.stamped.indexes, *(rejection.index for rejection in found.rejected)]
    assert sorted(indexes) == list(range(len(published["items"])))
    for rejection in found.rejected:
        assert rejection.reason
        assert rejection.field is None or rejection.field in CATALOGUE[kind].item.__struct_fields__


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | json_values.map(json.dumps).map(str.encode))
def test_whatever_bytes_come_nothing_worse_than_a_refusal_follows(payload: bytes) -> None:
    assert refusal(payload)[1]


# Reasons

SENTINEL = "4711"
hostile = st.sampled_from(
    [
        SENTINEL,
        int(SENTINEL * 6),
        -float(SENTINEL),
        float(f"1e{SENTINEL[:2]}") + int(SENTINEL),
        [SENTINEL],
        {SENTINEL: SENTINEL},
        SENTINEL * 200,
        f"at `$.x{SENTINEL}`",
        f"2026-01-14T18:00:00.{SENTINEL}",
        f"Object missing required field `x{SENTINEL}`",
        f"- at `$.x{SENTINEL}` - at `$.calories`",
        f"x{SENTINEL}: reason",
        f"\n - at `$.x{SENTINEL}`\n",
        f"\ud83d{SENTINEL}",
    ]
)
places = st.sampled_from(
    [
        (kind.name, field)
        for kind in CATALOGUE.values()
        for field in ("timestamp", "time", *(stored.name for stored in kind.fields if stored.name != kind.id_field))
    ]
)


@given(places, hostile)
@example(("meals", "meal_type"), f"at `$.x{SENTINEL}`")
@example(("meals", "meal_type"), f"Object missing required field `x{SENTINEL}`")
def test_a_reason_never_repeats_a_value(place: tuple[str, str], value: object) -> None:
    kind, field = place
    for rejection in read_items(kind, LEAST[kind] | {field: value}, LEAST[kind]).rejected:
        assert SENTINEL not in f"{rejection.reason} {rejection.field} {rejection.id}"
        assert rejection.index == 0


@given(st.sampled_from(["user_id", "timestamp", "source_device", "items", "batch_id"]), hostile)
def test_a_refusal_never_repeats_a_value(field: str, value: object) -> None:
    field_at_fault, reason = refusal(batch(["no item"]) | {"user_id": "bob"} | {field: value})
    assert SENTINEL not in f"{reason} {field_at_fault}"


@given(hostile)
def test_what_a_refusal_says_can_go_into_any_json(value: object) -> None:
    for rejection in read_items("meals", {"meal_id": value}, MEAL).rejected:
        assert msgspec.json.encode(rejection)
