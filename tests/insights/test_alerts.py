"""What is alerted to, and when devices may be told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.alerts import ALERT_RULES
from insights.alerts import AlertOptions, Found, not_before, of_days, of_device
from insights.series import Floats

OPTIONS = AlertOptions()
LAST = date(2026, 11, 19)
TODAY = LAST + timedelta(days=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WATCH = ("d1", "Watch")

zones = st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland"]).map(
    ZoneInfo
)
hours = st.integers(0, 23)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # naive bounds


def ordinary(middle: float, days: int = 84) -> Floats:
    """A figure that goes up and down a little."""
    figures: Floats = middle * (1 + 0.01 * np.sin(np.arange(days) * 1.7))
    return figures


def days(**changes: tuple[int, float]) -> dict[str, Floats]:
    """Somebody's ordinary days, of which some figures are other for the last so many days."""
    columns = {
        "resting_heart_rate_bpm": ordinary(55),
        "energy_in_kcal": ordinary(2_200),
        "weight_kg": ordinary(70),
        "mood": ordinary(7),
        "steps": ordinary(9_000),
        "sleep_min": ordinary(450),
        "exercise_min": ordinary(45),
        "mean_heart_rate_bpm": ordinary(70),
    }
    for name, (last, value) in changes.items():
        columns[name][-last:] = value
    return columns


def told(columns: dict[str, Floats], options: AlertOptions = OPTIONS) -> set[tuple[str, str, date]]:
    return {(each.rule, each.cause, each.day) for each in of_days(columns, LAST, options)}


def test_ordinary_days_alert_to_nothing() -> None:
    assert told(days()) == set()
    assert told({}) == set()


def test_a_vital_figure_far_from_ones_own_is_alerted_to_with_its_day_and_in_words() -> None:
    [found] = of_days(days(resting_heart_rate_bpm=(1, 90.0)), LAST, OPTIONS)
    assert (found.rule, found.cause, found.day) == ("anomaly", "resting_heart_rate_bpm", LAST)
    assert "90 bpm" in found.text


def test_a_long_walk_is_no_reason_to_alert_anybody() -> None:
    assert told(days(steps=(1, 60_000.0))) == set()


def test_who_stops_logging_and_who_stops_training_are_inactive() -> None:
    assert told(days(energy_in_kcal=(9, np.nan))) == {("inactivity", "logging", TODAY)}
    assert told(days(exercise_min=(9, np.nan))) == {("inactivity", "training", TODAY)}


def test_when_nothing_arrives_that_is_one_alert() -> None:
    nothing = dict.fromkeys(days(), (9, np.nan))
    assert told(days(**nothing)) == {("silent_device", "all", TODAY)}


def test_while_a_device_uploads_what_it_holds_nobody_is_silent_or_has_stopped() -> None:
    nothing = days(**dict.fromkeys(days(), (9, np.nan)))
    for back in (0, 1, 10):
        assert of_days(nothing, LAST, OPTIONS, uploaded=TODAY - timedelta(days=back)) == []
    unlogged = days(energy_in_kcal=(9, np.nan), exercise_min=(9, np.nan))
    assert of_days(unlogged, LAST, OPTIONS, uploaded=LAST - timedelta(days=1)) == []
    assert {each.cause for each in of_days(unlogged, LAST, OPTIONS, uploaded=LAST)} == {"logging", "training"}


def test_what_has_come_today_ends_the_silence_of_its_kind() -> None:
    nothing = days(**dict.fromkeys(days(), (9, np.nan)))
    assert of_days(nothing, LAST, OPTIONS, since=set(nothing)) == []
    back = of_days(nothing, LAST, OPTIONS, since={"steps"})
    assert {(each.rule, each.cause) for each in back} == {("inactivity", "logging"), ("inactivity", "training")}
    trained = of_days(nothing, LAST, OPTIONS, since={"steps", "exercise_min"})
    assert {(each.rule, each.cause) for each in trained} == {("inactivity", "logging")}


@pytest.mark.parametrize(
    ("ago", "battery_pct", "wanted"),
    [
        (timedelta(hours=1), 15.0, {"low_battery"}),
        (timedelta(hours=1), 16.0, set()),
        (timedelta(hours=1), None, set()),
        (timedelta(hours=71), None, set()),
        (timedelta(hours=72), 3.0, {"silent_device"}),
    ],
)
def test_a_device_is_low_or_silent(ago: timedelta, battery_pct: float | None, wanted: set[str]) -> None:
    found = of_device(WATCH, NOON - ago, battery_pct, NOON, OPTIONS)
    assert {each.rule for each in found} == wanted
    assert all("Watch" in each.text and each.cause == "d1" for each in found)


@pytest.mark.parametrize("off", ALERT_RULES)
def test_each_rule_can_be_switched_off_alone(off: str) -> None:
    options = replace(OPTIONS, rules=frozenset(ALERT_RULES) - {off})
    odd = days(resting_heart_rate_bpm=(1, 90.0), energy_in_kcal=(9, np.nan))
    found = [*of_days(odd, LAST, options), *of_device(WATCH, NOON - timedelta(days=4), 3.0, NOON, options)]
    found += of_device(WATCH, NOON, 3.0, NOON, options)
    assert {each.rule for each in found} == set(ALERT_RULES) - {off}
    assert all(isinstance(each, Found) for each in found)


@given(moments, zones, hours, hours)
def test_nobody_is_told_at_night_and_nobody_later_than_in_the_morning(
    moment: datetime, zone: ZoneInfo, start: int, end: int
) -> None:
    options = replace(OPTIONS, quiet_from=start, quiet_until=end)
    when = not_before(moment, zone, options)
    hour = when.astimezone(zone).hour
    assert not (start <= hour < end if start <= end else hour >= start or hour < end)
    assert when >= moment
    # A night may be an hour longer than it says, when clocks are set back.
    assert when - moment <= timedelta(hours=(end - start) % 24 + 1)
    assert when == moment or when.astimezone(zone).hour == end


def test_ten_in_the_evening_to_seven_is_night_wherever_one_lives() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = datetime(2026, 11, 20, 22, 30, tzinfo=berlin)
    assert not_before(late, berlin, OPTIONS) == datetime(2026, 11, 21, 7, tzinfo=berlin)
    early = datetime(2026, 11, 20, 6, 59, tzinfo=berlin)
    assert not_before(early, berlin, OPTIONS) == datetime(2026, 11, 20, 7, tzinfo=berlin)
    assert not_before(late, ZoneInfo("America/New_York"), OPTIONS) == late
