"""Numbers as Grafana writes them, by examples from its own value formats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.preview.axis import Scale
from benchmarks.preview.formats import ago, formatted
from benchmarks.preview.looks import Looks
from benchmarks.preview.theme import LIGHT
from contract.catalogue import CATALOGUE
from dashboards.units import unit_of

NOW_MS = 1_700_000_000_000


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "expected"),
    [
        (2_063.4, "suffix: kcal", 0, "2063 kcal"),
        (7.25, "suffix: h", 1, "7.2 h"),
        (0.5, "percentunit", 0, "50%"),
        (2_000, "massmg", None, "2 g"),
        (66.04, "masskg", 1, "66.0 kg"),
        (33.6, "ms", 0, "34 ms"),
        (0.018, "s", 0, "18 ms"),
        (90, "s", 1, "1.5 mins"),
        (60, "m", 0, "1 hour"),
        (312, "dthms", None, "00:05:12"),
        (3, "none", None, "3"),
        (NOW_MS - 7_200_000, "dateTimeFromNow", None, "2 hours ago"),
        (NOW_MS, "time:YYYY-MM-DD", None, "2023-11-14"),
    ],
)
def test_a_number_is_written_with_its_unit(value: float, unit: str, decimals: int | None, expected: str) -> None:
    assert formatted(value, unit, decimals, NOW_MS) == expected


def test_every_unit_of_the_contract_can_be_written() -> None:
    for kind in CATALOGUE.values():
        for field in kind.fields:
            if field.quantity is not None:
                assert "1" in formatted(1.0, unit_of(field.name, kind.name), 0, NOW_MS)


def test_how_long_ago_is_one_word() -> None:
    assert [ago(seconds) for seconds in (10, 60, 3_600, 86_400 * 3)] == [
        "a few seconds ago", "a minute ago", "an hour ago", "3 days ago",
    ]  # fmt: skip


values = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-3)


@given(st.lists(values, min_size=1, max_size=20), st.booleans())
def test_a_scale_holds_all_values_and_ticks_that_rise(found: list[float], bars: bool) -> None:
    scale = Scale.of(found, Looks({}, "", LIGHT), bars=bars)
    assert scale.low <= min(found)
    assert max(found) <= scale.high
    assert list(scale.ticks) == sorted(set(scale.ticks))
    assert not bars or scale.low <= 0 <= scale.high


@given(st.lists(values, min_size=1, max_size=20))
def test_a_scale_ends_where_the_settings_say(found: list[float]) -> None:
    scale = Scale.of(found, Looks({"min": 1, "max": 10, "decimals": 0}, "", LIGHT))
    assert (scale.low, scale.high) == (1, 10)
    assert all(float(tick).is_integer() for tick in scale.ticks)
