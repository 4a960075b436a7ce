from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.moments import Moment, first_ms, rfc3339
from contract.stamping import epoch_ms

READER: TypeAdapter[datetime] = TypeAdapter(Moment)
zones = st.integers(-1_439, 1_439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2250, 1, 1), timezones=zones)  # noqa: DTZ001  # zones give it


@given(st.integers(0, 9_000_000_000_000))
def test_a_time_that_is_said_is_read_back(time_ms: int) -> None:
    assert epoch_ms(READER.validate_python(rfc3339(time_ms))) == time_ms


def test_milliseconds_are_said_only_when_there_are_some() -> None:
    assert rfc3339(1_768_413_600_000) == "2026-01-14T18:00:00Z"
    assert rfc3339(1_768_413_600_050) == "2026-01-14T18:00:00.050Z"


@given(moment=moments, time_ms=st.integers(-2, 2))
def test_a_bound_keeps_just_the_items_that_are_not_before_it(moment: datetime, time_ms: int) -> None:
    item_ms = epoch_ms(moment) + time_ms
    item = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=item_ms)
    assert (item_ms >= first_ms(moment)) == (item >= moment)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_bounds_out_of_all_measure_are_ones_that_a_store_can_express(text: str) -> None:
    assert 0 <= first_ms(READER.validate_python(text)) * 1_000_000 < 2**63


@pytest.mark.parametrize("text", ["2026-01-14", "2026-01-14T18:00:00", "1768413600", "now", "", "2026-02-30T00:00:00Z"])
def test_other_ways_to_say_a_time_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="RFC 3339"):
        READER.validate_python(text)
