"""Points that a store will never take are refused, without telling their values."""

from typing import Any
from uuid import uuid4

import pytest

from contract.catalogue import CATALOGUE
from contract.errors import WriteRefused
from contract.kinds import Meal
from contract.stamping import StampedBatch, epoch_ms
from storage.series.influx import InfluxStore
from storage.series.influx_answers import refusal
from storage.series.protocol import Selection, SeriesStore
from tests.servers.influx import InfluxServer
from tests.storage.series.conftest import skip_on_influxdb_3
from tests.strategies import NOON, stamped

MEALS = CATALOGUE["meals"]
AT_MS = epoch_ms(NOON)


def meal(user: str, *, device: str = "phone", time_ms: int = AT_MS, **fields: Any) -> StampedBatch:
    given: dict[str, Any] = {"meal_id": "m1", "calories": 500.0} | fields
    return stamped(MEALS, user, device, [Meal(**given)], [time_ms])


@pytest.mark.parametrize("calories", ["four hundred", [400.0]], ids=["text", "list"])
async def test_a_number_that_is_none_is_refused(store: SeriesStore, user: str, calories: Any) -> None:
    with pytest.raises(WriteRefused) as refused:
        await store.write([meal(user, calories=calories)])
    assert "400" not in str(refused.value).replace("HTTP 400", "")
    assert "hundred" not in str(refused.value)
    assert await store.count(Selection(MEALS, user)) == 0


async def test_a_text_that_is_not_unicode_is_refused(store: SeriesStore, user: str) -> None:
    with pytest.raises(WriteRefused):
        await store.write([meal(user, name="half a pair: \ud800")])


@pytest.mark.parametrize("device", ["back\\slash", "two\nlines", "", "\x00"], ids=ascii)
async def test_a_device_that_the_contract_refuses_is_refused(store: SeriesStore, user: str, device: str) -> None:
    with pytest.raises(WriteRefused):
        await store.write([meal(user, device=device)])


async def test_a_user_that_the_contract_refuses_is_refused(store: SeriesStore) -> None:
    with pytest.raises(WriteRefused):
        await store.write([meal("two words")])


async def test_a_moment_beyond_nanoseconds_is_refused(store: SeriesStore, user: str) -> None:
    with pytest.raises(WriteRefused):
        await store.write([meal(user, time_ms=10**14)])


async def test_a_refused_write_may_be_repeated_without_the_points_at_fault(store: SeriesStore, user: str) -> None:
    good, bad = meal(user), meal(user, meal_id="m2", calories="four hundred")
    with pytest.raises(WriteRefused):
        await store.write([good, bad])
    await store.write([good])
    assert [row.values["meal_id"] for row in await store.rows(Selection(MEALS, user))] == ["m1"]


async def test_a_field_of_another_type_is_refused_by_influxdb(influx: InfluxServer, user: str) -> None:
    store = InfluxStore(influx.url, influx.options(f"test_{uuid4().hex}"))
    await store.setup()
    await store._http.write(f'meals,user_id=someone calories="a text, from before" {AT_MS}000000'.encode())
    with pytest.raises(WriteRefused, match="type conflict of field calories"):
        await store.write([meal(user)])
    await store.close()


async def test_points_beyond_the_retention_are_refused_by_influxdb(influx: InfluxServer, user: str) -> None:
    store = InfluxStore(influx.url, influx.options(f"test_{uuid4().hex}", retention_days=30))
    await store.setup()
    await skip_on_influxdb_3(store, "it takes such points, and never shows them")
    with pytest.raises(WriteRefused, match="beyond retention"):
        await store.write([meal(user, time_ms=0)])
    await store.close()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, """{"error":"unable to parse 'meals,user_id=u calories=x1234': invalid number"}""", "unable to parse"),
        (400, """{"error":"partial write: points beyond retention policy dropped=1"}""", "beyond retention"),
        (422, r"""{"message":"field type conflict: input field \"bpm\" on measurement \"x1234\" ..."}""", "field bpm"),
        (
            400,
            """{"data":[{"original_line":"meals calories=x1234","error_message":"invalid column type for column
            'calories', expected iox::column_type::field::float, got iox::column_type::field::string"}]}""",
            "field calories",
        ),
        (413, "x1234", "HTTP 413"),
        (400, "", "HTTP 400"),
    ],
)
def test_a_refusal_tells_its_sort_but_no_line(status: int, body: str, reason: str) -> None:
    told = str(refusal(status, body))
    assert reason in told
    assert "x1234" not in told
