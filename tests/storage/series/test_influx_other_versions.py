"""What is asked of InfluxDB 2.x and 3, recorded by a stand-in that answers as scripted."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from contract.catalogue import CATALOGUE
from contract.errors import Misconfigured, StoreUnavailable
from contract.kinds import HeartRateSample
from contract.stamping import StampedBatch, epoch_ms
from storage.series.influx import InfluxStore
from storage.series.influx_setup import narrow_tokens
from storage.series.opening import SeriesOptions
from storage.series.options import Token
from storage.series.protocol import Selection
from tests.storage.series.influx_stand_in import StandIn
from tests.strategies import NOON, stamped

HEART_RATE = CATALOGUE["heart_rate"]
OPTIONS = SeriesOptions("paceline", token="secret-token", org="gym", retention_days=1095)
ORG, BUCKET = "0000000000000001", "0000000000000002"
KEPT_S = 1096 * 86_400
API = Token("api", writes=True)


def bucket(every_seconds: int = KEPT_S) -> dict[str, Any]:
    rules = [{"type": "expire", "everySeconds": every_seconds}]
    return {"id": BUCKET, "orgID": ORG, "name": "paceline", "retentionRules": rules}


def mapping() -> dict[str, Any]:
    names = {"database": "paceline", "retention_policy": "autogen"}
    return {"id": "3", "orgID": ORG, "bucketID": BUCKET, "default": True} | names


def sample(user: str) -> StampedBatch:
    return stamped(HEART_RATE, user, "watch", [HeartRateSample(bpm=60.0)], [epoch_ms(NOON)])


@pytest.fixture
async def v2() -> AsyncIterator[StandIn]:
    """A 2.x without bucket and mapping."""
    stand_in = StandIn("v2.7.1")
    stand_in.answers = {
        ("GET", "/api/v2/orgs"): (200, {"orgs": [{"id": ORG, "name": "gym"}]}),
        ("GET", "/api/v2/buckets"): (200, {"buckets": []}),
        ("POST", "/api/v2/buckets"): (201, bucket()),
        ("GET", "/api/v2/dbrps"): (200, {"content": []}),
        ("POST", "/api/v2/dbrps"): (201, mapping()),
        ("POST", "/write"): (204, None),
        ("POST", "/api/v2/delete"): (204, None),
        ("POST", "/query"): (200, {"results": [{"statement_id": 0}]}),
    }
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def v3() -> AsyncIterator[StandIn]:
    """A 3 that knows no database."""
    stand_in = StandIn("3.8.0")
    stand_in.answers = {("POST", "/api/v3/configure/database"): (200, None), ("POST", "/write"): (204, None)}
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def store_v2(v2: StandIn) -> AsyncIterator[InfluxStore]:
    made = InfluxStore(v2.url, OPTIONS)
    yield made
    await made.close()


@pytest.fixture
async def store_v3(v3: StandIn) -> AsyncIterator[InfluxStore]:
    made = InfluxStore(v3.url, OPTIONS)
    yield made
    await made.close()


async def test_2_gets_a_bucket_with_its_retention_and_a_mapping(v2: StandIn, store_v2: InfluxStore) -> None:
    await store_v2.setup()
    [asked] = v2.asked("POST", "/api/v2/buckets")
    assert (asked.json["orgID"], asked.json["name"]) == (ORG, "paceline")
    [rule] = asked.json["retentionRules"]
    assert (rule["everySeconds"], rule["shardGroupDurationSeconds"]) == (KEPT_S, 4 * 7 * 86_400)
    [asked] = v2.asked("POST", "/api/v2/dbrps")
    assert asked.json["bucketID"] == BUCKET
    assert (asked.json["database"], asked.json["default"]) == ("paceline", True)
    assert {request.authorization for request in v2.requests} == {"Token secret-token"}


async def test_2_is_left_alone_when_all_is_there(v2: StandIn, store_v2: InfluxStore) -> None:
    v2.answers["GET", "/api/v2/buckets"] = (200, {"buckets": [bucket()]})
    v2.answers["GET", "/api/v2/dbrps"] = (200, {"content": [mapping()]})
    await store_v2.setup()
    assert {request.method for request in v2.requests} == {"GET"}


async def test_2_keeps_an_old_bucket_as_long_as_asked_now(v2: StandIn, store_v2: InfluxStore) -> None:
    v2.answers["GET", "/api/v2/buckets"] = (200, {"buckets": [bucket(every_seconds=3_600)]})
    v2.answers["GET", "/api/v2/dbrps"] = (200, {"content": [mapping()]})
    v2.answers["PATCH", f"/api/v2/buckets/{BUCKET}"] = (200, bucket())
    await store_v2.setup()
    [asked] = v2.asked("PATCH", f"/api/v2/buckets/{BUCKET}")
    assert [rule["everySeconds"] for rule in asked.json["retentionRules"]] == [KEPT_S]


@pytest.mark.parametrize("status", [401, 403])
async def test_2_is_prepared_for_a_token_that_may_not_prepare_it(
    v2: StandIn, store_v2: InfluxStore, status: int
) -> None:
    v2.answers["GET", "/api/v2/buckets"] = (200, {"buckets": [bucket()]})
    v2.answers["GET", "/api/v2/dbrps"] = (status, {"code": "unauthorized"})
    await store_v2.setup()
    v2.answers["GET", "/api/v2/buckets"] = (200, {"buckets": [bucket(every_seconds=3_600)]})
    v2.answers["PATCH", f"/api/v2/buckets/{BUCKET}"] = (status, {"code": "unauthorized"})
    await store_v2.setup()
    v2.answers["GET", "/api/v2/buckets"] = (200, {"buckets": []})
    with pytest.raises(Misconfigured):
        await store_v2.setup()


@pytest.mark.parametrize("status", [401, 403])
async def test_2_may_refuse_the_token(v2: StandIn, store_v2: InfluxStore, status: int) -> None:
    v2.answers["GET", "/api/v2/buckets"] = (status, {"code": "unauthorized"})
    with pytest.raises(Misconfigured, match="token"):
        await store_v2.setup()


async def test_2_may_be_busy(v2: StandIn, store_v2: InfluxStore) -> None:
    v2.answers["GET", "/api/v2/buckets"] = (503, {"code": "unavailable"})
    with pytest.raises(StoreUnavailable, match="503"):
        await store_v2.setup()


async def test_2_needs_a_token_and_an_organisation(v2: StandIn) -> None:
    store = InfluxStore(v2.url, SeriesOptions("paceline", token="secret-token"))
    with pytest.raises(Misconfigured, match="organisation"):
        await store.setup()
    await store.close()


def with_tokens(v2: StandIn) -> None:
    v2.answers["GET", "/api/v2/buckets"] = (200, {"buckets": [bucket()]})
    old = [{"id": "7", "description": "paceline: api"}, {"id": "8", "description": "somebody's own"}]
    v2.answers["GET", "/api/v2/authorizations"] = (200, {"authorizations": old})
    v2.answers["DELETE", "/api/v2/authorizations/7"] = (204, None)
    v2.answers["POST", "/api/v2/authorizations"] = (201, {"token": "narrow"})


@pytest.mark.parametrize(("writes", "actions"), [(True, ["read", "write"]), (False, ["read"])])
async def test_2_gives_tokens_for_the_bucket_and_nothing_else(v2: StandIn, writes: bool, actions: list[str]) -> None:
    with_tokens(v2)
    assert await narrow_tokens(v2.url, OPTIONS, {Token("boards", writes): None}) == {"boards": "narrow"}
    [asked] = v2.asked("POST", "/api/v2/authorizations")
    assert [each["action"] for each in asked.json["permissions"]] == actions
    assert {each["resource"]["id"] for each in asked.json["permissions"]} == {BUCKET}


async def test_2_has_a_token_replaced_only_when_it_is_no_good(v2: StandIn) -> None:
    with_tokens(v2)
    assert await narrow_tokens(v2.url, OPTIONS, {API: "good"}) == {"api": "good"}
    assert v2.asked("POST", "/api/v2/authorizations") == []
    v2.refused = {"Token bad"}
    assert await narrow_tokens(v2.url, OPTIONS, {API: "bad"}) == {"api": "narrow"}
    assert len(v2.asked("DELETE", "/api/v2/authorizations/7")) == 1
    assert v2.asked("DELETE", "/api/v2/authorizations/8") == []


async def test_1_and_3_have_no_such_tokens(v3: StandIn) -> None:
    assert await narrow_tokens(v3.url, OPTIONS, {API: None}) == {}


async def test_2_is_written_to_and_asked_as_1_is(v2: StandIn, store_v2: InfluxStore, user: str) -> None:
    await store_v2.write([sample(user)])
    [asked] = v2.asked("POST", "/write")
    assert asked.query == {"db": "paceline", "precision": "ns", "consistency": "quorum"}
    assert asked.authorization == "Token secret-token"
    assert asked.body == f"heart_rate,source_device=watch,user_id={user} bpm=60.0 {epoch_ms(NOON)}000000".encode()
    assert await store_v2.rows(Selection(HEART_RATE, user)) == []
    [asked] = v2.asked("POST", "/query")
    form = parse_qs(asked.body.decode())
    assert (form["db"], form["epoch"]) == (["paceline"], ["ns"])
    assert f"\"user_id\" = '{user}'" in form["q"][0]


async def test_2_forgets_a_user_by_a_predicate(v2: StandIn, store_v2: InfluxStore, user: str) -> None:
    await store_v2.delete_user(user)
    [asked] = v2.asked("POST", "/api/v2/delete")
    assert asked.query == {"org": "gym", "bucket": "paceline"}
    assert asked.json["predicate"] == f'user_id="{user}"'


async def test_2_forgets_what_is_old_of_a_kind_by_measurement_and_time(v2: StandIn, store_v2: InfluxStore) -> None:
    await store_v2.delete_before(HEART_RATE, epoch_ms(NOON) + 999)
    [asked] = v2.asked("POST", "/api/v2/delete")
    assert asked.query == {"org": "gym", "bucket": "paceline"}
    # Both ends are included.
    assert asked.json == {
        "start": "1677-09-22T00:00:00Z",
        "stop": "2026-01-14T11:59:59.999999999Z",
        "predicate": '_measurement="heart_rate"',
    }


async def test_2_may_be_busy_when_it_is_to_forget(v2: StandIn, store_v2: InfluxStore) -> None:
    v2.answers["POST", "/api/v2/delete"] = (503, {"code": "unavailable"})
    with pytest.raises(StoreUnavailable, match="503"):
        await store_v2.delete_before(HEART_RATE, epoch_ms(NOON))


async def test_3_gets_a_database_with_its_retention(v3: StandIn, store_v3: InfluxStore) -> None:
    await store_v3.setup()
    [asked] = v3.asked("POST", "/api/v3/configure/database")
    assert asked.json == {"db": "paceline", "retention_period": f"{1096 * 24}h"}
    assert asked.authorization == "Token secret-token"


async def test_3_may_have_the_database_already(v3: StandIn, store_v3: InfluxStore) -> None:
    v3.answers["POST", "/api/v3/configure/database"] = (409, {"error": "attempted to create a resource that exists"})
    await store_v3.setup()


async def test_3_may_refuse_the_token(v3: StandIn, store_v3: InfluxStore) -> None:
    v3.answers["POST", "/api/v3/configure/database"] = (401, None)
    with pytest.raises(Misconfigured, match="credentials"):
        await store_v3.setup()


async def test_3_says_that_it_can_not_forget_a_user(store_v3: InfluxStore, user: str) -> None:
    with pytest.raises(Misconfigured, match="InfluxDB 3 can't delete"):
        await store_v3.delete_user(user)


async def test_3_says_that_it_can_not_forget_a_kind_sooner(store_v3: InfluxStore) -> None:
    with pytest.raises(Misconfigured, match="heart_rate"):
        await store_v3.delete_before(HEART_RATE, epoch_ms(NOON))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 200, 307])
async def test_a_write_that_is_not_confirmed_is_not_stored(
    v3: StandIn, store_v3: InfluxStore, user: str, status: int
) -> None:
    v3.answers["POST", "/write"] = (status, {})
    with pytest.raises(StoreUnavailable):
        await store_v3.write([sample(user)])


async def test_a_server_that_is_no_influxdb_is_told(user: str) -> None:
    stand_in = StandIn("nginx")
    await stand_in.start()
    store = InfluxStore(stand_in.url, OPTIONS)
    with pytest.raises(Misconfigured, match="no InfluxDB"):
        await store.setup()
    await store.close()
    await stand_in.stop()


@pytest.mark.parametrize("answer", [{"error": "timeout"}, {"results": [{"error": "query interrupted: u-1"}]}, []])
async def test_a_query_that_failed_is_not_an_empty_answer(
    v2: StandIn, store_v2: InfluxStore, user: str, answer: Any
) -> None:
    v2.answers["POST", "/query"] = (200, answer)
    with pytest.raises(StoreUnavailable) as failed:
        await store_v2.count(Selection(HEART_RATE, user))
    assert "u-1" not in str(failed.value)
