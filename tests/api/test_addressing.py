import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.addressing import MAX_DEPTH, address
from contract.catalogue import CATALOGUE
from contract.errors import BatchRejected
from contract.reading import read_batch
from contract.stamping import Horizon

MEALS = CATALOGUE["meals"]
EVER = Horizon(0, 9_000_000_000_000)
ITEM = {"meal_id": "m1", "calories": 150}
BATCH = {"user_id": "anna", "timestamp": "2026-01-14T18:00:00Z", "source_device": "phone", "items": [ITEM]}

anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
batches = st.fixed_dictionaries(
    {},
    optional={
        "user_id": st.just("anna") | anything,
        "timestamp": st.just("2026-01-14T18:00:00Z") | anything,
        "source_device": st.just("phone") | anything,
        "items": st.lists(st.just(ITEM) | anything, max_size=3) | anything,
        "batch_id": st.text(min_size=1, max_size=64) | anything,
        "more": anything,
    },
)


def encoded(batch: object, indent: int | None = None) -> bytes:
    return json.dumps(batch, indent=indent).encode()


@given(batch=batches, indent=st.sampled_from([None, 0, 2]), tail=st.sampled_from([b"", b" \r\n\t"]))
def test_what_has_an_address_gets_an_answer(batch: dict[str, Any], indent: int | None, tail: bytes) -> None:
    try:
        upload = address(MEALS, encoded(batch, indent) + tail)
    except BatchRejected:
        return
    try:
        answered = read_batch(MEALS, upload.user_id, upload.payload, EVER).batch_id
    except BatchRejected as rejected:
        answered = rejected.batch_id
    assert answered == upload.batch_id


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_addressed_or_rejected(body: bytes) -> None:
    with suppress(BatchRejected):
        assert address(MEALS, body).user_id


@given(extra=st.dictionaries(st.text(max_size=5), st.text(max_size=5)), indent=st.sampled_from([None, 0, 2]))
def test_a_batch_without_an_id_gets_one_and_keeps_every_byte(extra: dict[str, str], indent: int | None) -> None:
    body = encoded({**extra, **BATCH}, indent)
    upload = address(MEALS, body)
    assert upload.payload.startswith(body.rstrip(b"\n}"))
    assert json.loads(upload.payload) == {**extra, **BATCH, "batch_id": upload.batch_id}


def test_null_is_no_id() -> None:
    upload = address(MEALS, encoded({"batch_id": None, **BATCH}))
    assert read_batch(MEALS, "anna", upload.payload, EVER).batch_id == upload.batch_id


def test_made_ids_are_new_ones() -> None:
    assert address(MEALS, encoded(BATCH)).batch_id != address(MEALS, encoded(BATCH)).batch_id


def test_a_batch_with_an_id_is_left_as_it_is() -> None:
    body = encoded({**BATCH, "batch_id": "mine"}, indent=3)
    upload = address(MEALS, body)
    assert (upload.batch_id, upload.payload) == ("mine", body)


def test_me_becomes_the_id_of_whoever_uploads() -> None:
    upload = address(MEALS, encoded({**BATCH, "user_id": "me"}), me="anna")
    assert upload.user_id == "anna"
    assert read_batch(MEALS, "anna", upload.payload, EVER).batch_id == upload.batch_id


@pytest.mark.parametrize("batch_id", ["", "x" * 65, 7, [], "\ud800"])
def test_an_id_that_a_receipt_could_not_name_is_rejected(batch_id: object) -> None:
    with pytest.raises(BatchRejected):
        address(MEALS, encoded({**BATCH, "batch_id": batch_id}))


@pytest.mark.parametrize("user_id", [None, 7, "", "a/b", "+", "#", "a b", "ä", "anna\n", "x" * 65, "me", "\ud800"])
def test_a_user_id_that_can_form_no_topic_is_rejected(user_id: object) -> None:
    with pytest.raises(BatchRejected):
        address(MEALS, encoded({**BATCH, "user_id": user_id, "batch_id": "b"}))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [MAX_DEPTH, 990, 100_000])
def test_a_deep_body_is_rejected(opening: str, levels: int) -> None:
    nest = opening * levels + "1" + {"[": "]"}.get(opening, "}") * levels
    with pytest.raises(BatchRejected, match="nested"):
        address(MEALS, encoded(BATCH)[:-1] + b',"more":' + nest.encode() + b"}")


def test_a_body_may_be_as_deep_as_the_limit() -> None:
    nest = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert address(MEALS, encoded(BATCH)[:-1] + b',"more":' + nest.encode() + b"}")
