"""Circuit breakers: what is away is not waited for, and everybody is told."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.breakers import Breaker, BreakerMetrics, BreakerOptions
from contract.errors import Rejected, Retryable, StoreUnavailable
from paceline.processes import free_port
from storage.series.opening import open_series_store
from storage.series.protocol import SeriesStore
from tests.api.batches import meals
from tests.api.documents import require_problem
from tests.api.house import House, Stores, api_at
from tests.servers.influx import InfluxServer

OPTIONS = BreakerOptions(failures=3, window_s=60.0, pause_s=5.0)


class Clock:
    """Stands for the passing of time."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr("api.breakers.time.monotonic", clock)
    yield clock
    monkeypatch.undo()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def breaker(registry: CollectorRegistry) -> Breaker:
    return Breaker("series", OPTIONS, refusal=StoreUnavailable, patience_s=10.0, metrics=BreakerMetrics(registry))


def fail(breaker: Breaker, error: BaseException | None = None) -> None:
    with pytest.raises(type(error or Retryable())), breaker.guarding():
        raise error or Retryable("away")


def succeed(breaker: Breaker) -> None:
    with breaker.guarding():
        pass


def require_refusal(breaker: Breaker, retry_after_s: int | None = None) -> None:
    with pytest.raises(StoreUnavailable) as refused, breaker.guarding():
        pytest.fail("it was let through")
    assert retry_after_s in {None, refused.value.retry_after_s}


def require_state(breaker: Breaker, state: str) -> None:
    assert breaker.state == state


def open_it(breaker: Breaker) -> None:
    for _ in range(3):
        fail(breaker)
    require_state(breaker, "open")


def test_the_third_failure_in_a_row_opens_it_and_it_says_when_to_come_back(clock: Clock, breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    require_state(breaker, "closed")
    fail(breaker)
    require_refusal(breaker, 5)
    clock.now_s += 3.5
    require_refusal(breaker, 2)


def test_an_answer_between_failures_begins_the_count_anew(clock: Clock, breaker: Breaker) -> None:
    for _ in range(5):
        fail(breaker)
        fail(breaker)
        succeed(breaker)
    require_state(breaker, "closed")


def test_a_no_is_an_answer(clock: Clock, breaker: Breaker) -> None:
    for _ in range(5):
        fail(breaker, Rejected("never"))
    fail(breaker)
    fail(breaker)
    fail(breaker, Rejected("never"))
    fail(breaker)
    require_state(breaker, "closed")


def test_failures_that_lie_far_apart_do_not_add_up(clock: Clock, breaker: Breaker) -> None:
    for _ in range(9):
        fail(breaker)
        clock.now_s += 61
    require_state(breaker, "closed")


def test_after_the_pause_one_call_tries_and_its_success_closes_it(clock: Clock, breaker: Breaker) -> None:
    open_it(breaker)
    clock.now_s += 5.1
    with breaker.guarding():
        clock.now_s += 1
        require_refusal(breaker)
        require_state(breaker, "half-open")
    require_state(breaker, "closed")
    fail(breaker)
    require_state(breaker, "closed")


def test_a_try_that_fails_begins_the_next_pause(clock: Clock, breaker: Breaker) -> None:
    open_it(breaker)
    for _ in range(3):
        clock.now_s += 5.1
        fail(breaker)
        require_refusal(breaker, 5)


def test_calls_of_one_answer_try_together_and_a_try_that_hangs_keeps_no_other_from_it(
    clock: Clock, breaker: Breaker
) -> None:
    open_it(breaker)
    clock.now_s += 5.1
    with breaker.guarding():
        succeed(breaker)  # begun at the same moment
    open_it(breaker)
    clock.now_s += 5.1
    with breaker.guarding():
        clock.now_s += 5.1
        succeed(breaker)
        require_state(breaker, "closed")


def test_who_leaves_early_says_nothing_and_who_has_waited_long_has_met_a_failure(
    clock: Clock, breaker: Breaker
) -> None:
    def leave_after(waited_s: float) -> None:
        with pytest.raises(asyncio.CancelledError), breaker.guarding():  # noqa: PT012  # time passes within
            clock.now_s += waited_s
            raise asyncio.CancelledError

    fail(breaker)
    fail(breaker)
    for _ in range(5):
        leave_after(4.9)
    require_state(breaker, "closed")
    leave_after(5.0)
    require_state(breaker, "open")


def test_monitoring_sees_it_open_and_close(clock: Clock, breaker: Breaker, registry: CollectorRegistry) -> None:
    def told(name: str) -> float | None:
        return registry.get_sample_value(f"paceline_circuit_{name}", {"circuit": "series"})

    assert told("open") == 0
    open_it(breaker)
    require_refusal(breaker)
    assert (told("open"), told("opened_total"), told("refused_total")) == (1, 1, 1)
    clock.now_s += 5.1
    succeed(breaker)
    assert (told("open"), told("opened_total")) == (0, 1)


# With the real parts


QUICK = BreakerOptions(failures=3, window_s=3_600.0, pause_s=3_600.0)


@pytest.fixture
async def influx_store(own_influx: InfluxServer) -> AsyncIterator[SeriesStore]:
    store = open_series_store(own_influx.url, own_influx.options("paceline"))
    await store.setup()
    yield store
    await store.close()


async def circuits(house: House) -> dict[str, str]:
    found: dict[str, str] = (await house.http.get("/health")).json()["circuits"]
    return found


async def test_an_influxdb_that_hangs_is_not_waited_for(
    own_influx: InfluxServer, influx_store: SeriesStore, stores: Stores
) -> None:
    assert own_influx.child is not None
    hanging = Stores(influx_store, stores.records)
    async with api_at(1, hanging, store_timeout_s=0.3, check_timeout_s=0.3, breaker=QUICK) as house:
        headers = await house.bearer("ann")

        async def read() -> httpx.Response:
            return await house.http.get("/api/v1/users/me/meals", headers=headers)

        assert (await read()).status_code == 200
        own_influx.child.pause()
        try:
            for _ in range(3):
                require_problem(await read(), 503)
            assert (await circuits(house))["series"] == "open"
            refused = await read()
            require_problem(refused, 503)
            assert int(refused.headers["Retry-After"]) > 60, "the circuit's own, not any failure's"
            metrics = await house.http.get("/metrics", headers={"Authorization": "-"})
            assert 'paceline_circuit_open{circuit="series"} 1.0' in metrics.text
        finally:
            own_influx.child.resume()


async def test_once_influxdb_is_back_reads_are_answered_again(
    own_influx: InfluxServer, influx_store: SeriesStore, stores: Stores
) -> None:
    assert own_influx.child is not None
    back = Stores(influx_store, stores.records)
    soon = BreakerOptions(pause_s=0.05)
    async with api_at(1, back, store_timeout_s=0.3, check_timeout_s=0.3, breaker=soon) as house:
        headers = await house.bearer("ann")
        own_influx.child.pause()
        try:
            for _ in range(3):
                require_problem(await house.http.get("/api/v1/users/me/meals", headers=headers), 503)
        finally:
            own_influx.child.resume()
        async with asyncio.timeout(60):
            while (await house.http.get("/api/v1/users/me/meals", headers=headers)).status_code != 200:  # noqa: ASYNC110  # as a client does
                await asyncio.sleep(0.02)
        assert (await circuits(house))["series"] == "closed"


async def test_a_broker_that_is_away_opens_its_circuit(stores: Stores) -> None:
    async with api_at(free_port(), stores, breaker=QUICK) as house:
        answers = [await house.http.post("/meals", json=meals(100)) for _ in range(4)]
        assert [each.status_code for each in answers] == [503] * 4
        assert await circuits(house) == {"series": "closed", "broker": "open", "codes": "closed"}
        assert int(answers[3].headers["Retry-After"]) > 60


class BrokenSender:
    """A provider of text messages that does not answer as it should."""

    def __init__(self) -> None:
        self.asked = 0

    async def send(self, mobile: str, code: str) -> None:
        self.asked += 1
        raise OSError(f"no route for {mobile}")


async def test_codes_that_can_not_be_sent_are_not_tried_for_ever(stores: Stores) -> None:
    sender = BrokenSender()
    async with api_at(1, stores, breaker=QUICK, accounts={"sender": sender}) as house:
        for number in range(5):
            body = {"mobile": f"+4915123456{780 + number}"}
            answer = await house.http.post("/api/v1/auth/otp", json=body)
            require_problem(answer, 503)
            assert "+49" not in answer.text
        assert sender.asked == 3
        assert (await circuits(house))["codes"] == "open"


def test_the_pause_is_of_a_clock_that_nobody_sets_back(breaker: Breaker, monkeypatch: pytest.MonkeyPatch) -> None:
    open_it(breaker)
    yesterday = datetime.now(UTC).timestamp() - 86_400
    monkeypatch.setattr("time.time", lambda: yesterday)
    later_s = time.monotonic() + 6
    monkeypatch.setattr("api.breakers.time.monotonic", lambda: later_s)
    succeed(breaker)
    require_state(breaker, "closed")
