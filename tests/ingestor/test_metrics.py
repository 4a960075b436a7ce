"""Whose clock is ahead is judged by the moment at which a batch came, however long it had to wait."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from ingestor.metrics import AHEAD_S, IngestorMetrics
from ingestor.parcel import Parcel
from tests.ingestor.parcels import WIDE, batch, delivery, meal_items

NOW = datetime(2026, 1, 14, 18, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1_000)
NOW_S = 50_000.0
"""The same moment on the monotonic clock."""


def parcel(waited_s: int, ahead_s: int) -> Parcel:
    """One that came some seconds ago, from a device whose clock was then so many seconds ahead."""
    spoken = NOW + timedelta(seconds=ahead_s - waited_s)
    came = Parcel(delivery(batch(meal_items("a"), timestamp=spoken.isoformat())), NOW_S - waited_s)
    came.open(WIDE)
    return came


def counted(*parcels: Parcel) -> dict[str, float | None]:
    registry = CollectorRegistry()
    IngestorMetrics(registry).count(parcels, NOW_MS, NOW_S)
    name = "paceline_ingest_batches_ahead_total"
    return {limit: registry.get_sample_value(name, {"more_than": limit}) for limit in AHEAD_S}


def limit_of(ahead_s: int) -> str | None:
    return next((limit for limit, limit_s in AHEAD_S.items() if ahead_s > limit_s), None)


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(-90_000, 90_000)), min_size=1, max_size=8))
def test_each_batch_is_counted_once_by_how_far_it_was_ahead_when_it_came(came: list[tuple[int, int]]) -> None:
    came.sort(reverse=True)  # who waited longest came first
    expected = Counter(limit_of(ahead_s) for _, ahead_s in came)
    assert counted(*(parcel(*each) for each in came)) == {limit: expected[limit] for limit in AHEAD_S}


def test_an_hour_of_waiting_hides_no_clock() -> None:
    assert counted(parcel(3_600, 120))["1 min"] == 1


def test_a_batch_that_nobody_can_read_says_nothing_of_a_clock() -> None:
    unreadable = Parcel(delivery(b"not JSON"), NOW_S)
    unreadable.open(WIDE)
    assert set(counted(unreadable).values()) == {0}
