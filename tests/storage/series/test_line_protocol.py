"""Line protocol, byte by byte, and how lines are put into requests."""

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.errors import WriteRefused
from contract.kinds import Body, HeartRateSample, Meal
from contract.stamping import StampedBatch, epoch_ms
from storage.series import line_protocol
from storage.series.form import FORM, names_field, read_form
from storage.series.line_protocol import bodies
from tests.strategies import NOON, stamped, stamped_batches

AT_MS = epoch_ms(NOON)


def written(*batches: StampedBatch) -> str:
    return b"\n".join(bodies(batches)).decode()


def meal(time_ms: int = AT_MS, *, device: str = "phone", **fields: Any) -> str:
    given: dict[str, Any] = {"meal_id": "m", "calories": 150.0} | fields
    batch = stamped(CATALOGUE["meals"], "u-1", device, [Meal(**given)], [time_ms])
    return written(batch)


def test_a_meal_as_most_are() -> None:
    line = meal(meal_id="c3d4", meal_type="Lunch", carbs_g=56.9)
    assert line == (
        'meals,source_device=phone,user_id=u-1 meal_id="c3d4",calories=150.0,meal_type="Lunch",carbs_g=56.9,'
        'form="0 meal_type carbs_g" 1768392000249529902'
    )


def test_a_sample_has_no_form_and_is_at_its_millisecond() -> None:
    sample = HeartRateSample(bpm=60.0, hrv_ms=45.5)
    line = written(stamped(CATALOGUE["heart_rate"], "u-1", "watch", [sample], [AT_MS + 250]))
    assert line == f"heart_rate,source_device=watch,user_id=u-1 bpm=60.0,hrv_ms=45.5 {AT_MS + 250}000000"


def test_a_kind_without_required_fields_has_a_form_to_count() -> None:
    line = written(stamped(CATALOGUE["body"], "u-1", "scale", [Body(weight_kg=70.5)], [AT_MS]))
    assert line == f'body,source_device=scale,user_id=u-1 form="",weight_kg=70.5 {AT_MS}000000'


def test_milliseconds_within_the_second_are_in_the_form() -> None:
    assert 'form="250 name"' in meal(AT_MS + 250, name="Pasta")
    assert read_form("250 name") == (250, {"name"})
    assert read_form("0") == (0, set())


def test_a_form_names_a_field_by_its_whole_name() -> None:
    form = "0 nonfat_g fat_g_2 saturated_fat_g"
    assert re.search(names_field("fat_g_2"), form)
    assert not re.search(names_field("fat_g"), form)
    assert not re.search(names_field("nonfat"), form)


def test_texts_and_tags_are_escaped() -> None:
    line = meal(device="a,b=c d", name='5" \\ "x"\n')
    assert line.startswith(r"meals,source_device=a\,b\=c\ d,user_id=u-1 ")
    assert r'name="5\" \\ \"x\"' in line


ANY_BATCH = st.sampled_from(list(CATALOGUE.values())).flatmap(lambda kind: stamped_batches(kind, "u-1"))


@given(batches=st.lists(ANY_BATCH, min_size=1, max_size=4))
def test_items_written_together_are_written_as_each_alone_in_the_order_of_each_kind(
    batches: list[StampedBatch],
) -> None:
    by_kind = sorted(batches, key=lambda each: [other.kind for other in batches].index(each.kind))
    alone = [written(each.only([at])) for each in by_kind for at in range(len(each.items))]
    assert written(*batches) == "\n".join(alone)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(WriteRefused, match="not finite"):
        meal(calories=number)


def test_a_percent_sign_is_nothing_special() -> None:
    assert meal(device="50% %s %d", name="%(x)s").startswith(r"meals,source_device=50%\ %s\ %d,user_id=u-1 ")


def test_no_kind_has_a_field_that_influxdb_or_the_store_needs() -> None:
    taken = {"time", FORM, "user_id", "source_device", "key_ns", "time_ms", "rowid"}
    assert not taken & {field.name for kind in CATALOGUE.values() for field in kind.fields}


def batch(items: int, notes: int, device: str = "phone") -> StampedBatch:
    kind = CATALOGUE["temperature"]
    item = kind.item(temperature_c=36.5, notes="ä" * notes)  # type: ignore[call-arg]
    return stamped(kind, "u-1", device, [item] * items, range(items))


def test_lines_of_many_batches_are_joined_into_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_protocol, "MAX_BODY_BYTES", 1_000)
    monkeypatch.setattr(line_protocol, "ITEMS_AT_ONCE", 3)
    batches = [batch(number, 20) for number in (1, 2, 3, 0, 3, 1, 1, 1, 1)]
    found = list(bodies(batches))
    assert max(map(len, found)) <= 1_000
    assert len(found) > 1
    assert b"\n".join(found).decode() == "\n".join(written(each) for each in batches if each.items)


def test_a_line_longer_than_a_request_should_be_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_protocol, "MAX_BODY_BYTES", 300)
    monkeypatch.setattr(line_protocol, "ITEMS_AT_ONCE", 1)
    assert [body.count(b"\n") for body in bodies([batch(1, 500), batch(1, 500)])] == [0, 0]


def test_nothing_to_write_is_no_request() -> None:
    assert list(bodies([])) == []
    assert list(bodies([batch(0, 0)])) == []
