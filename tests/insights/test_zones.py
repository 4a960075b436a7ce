import pytest

from insights.zones import Zones, estimated_maximum


def test_zones_by_maximum_are_tenths_of_it() -> None:
    zones = Zones.by_maximum(200)
    assert zones.from_bpm == (100, 120, 140, 160, 180)
    assert [zones.zone(bpm) for bpm in (99.9, 100, 119, 179.9, 180, 230)] == [0, 1, 1, 4, 5, 5]


def test_zones_by_reserve_are_karvonens() -> None:
    """The usual worked example: maximum 190, rest 60, at 70 % of the reserve 60 + 0.7 * 130 = 151 bpm."""
    zones = Zones.by_reserve(190, 60)
    assert zones.from_bpm == pytest.approx((125, 138, 151, 164, 177))


def test_a_maximum_is_estimated_by_age() -> None:
    assert estimated_maximum(40) == 180


def test_rates_that_make_no_zones_are_refused() -> None:
    with pytest.raises(ValueError, match="below the maximum"):
        Zones.by_reserve(150, 160)
    with pytest.raises(ValueError, match="above 0"):
        Zones.by_maximum(0)
