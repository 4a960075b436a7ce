import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_simulator.clock import Clock, steady_s

HOUR_MS = 3_600_000


class Hands:
    """Both real clocks, moved by hand."""

    def __init__(self, wall_ms: int) -> None:
        self.wall_ms, self.steady_s = wall_ms, 0.0

    def pass_s(self, seconds: float) -> None:
        self.steady_s += seconds
        self.wall_ms += round(seconds * 1000)

    def clock(self, start_ms: int, speed: float) -> Clock:
        return Clock(start_ms, speed, wall=lambda: self.wall_ms, monotonic=lambda: self.steady_s)


def test_at_speed_one_it_is_the_real_time() -> None:
    hands = Hands(10 * HOUR_MS)
    clock = hands.clock(10 * HOUR_MS, 1.0)
    hands.pass_s(90)
    assert clock.now_ms() == 10 * HOUR_MS + 90_000
    assert clock.wait_s(10 * HOUR_MS) == 0
    assert clock.wait_s(10 * HOUR_MS + 100_000) == pytest.approx(10)


def test_a_fast_life_catches_up_with_the_present_and_stays_there() -> None:
    hands = Hands(100 * HOUR_MS)
    clock = hands.clock(90 * HOUR_MS, 3_601.0)
    assert clock.wait_s(91 * HOUR_MS) == pytest.approx(3_600 / 3_601)
    hands.pass_s(1)
    assert clock.now_ms() == pytest.approx(91 * HOUR_MS, abs=1_000)
    hands.pass_s(1_000)
    assert clock.now_ms() == hands.wall_ms
    assert clock.wait_s(hands.wall_ms + 5_000) == pytest.approx(5)


def test_while_the_machine_sleeps_life_goes_on() -> None:
    slept_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert slept_s - 1 < steady_s() < slept_s + 60


@pytest.mark.parametrize("speed", [1.0, 3_600.0])
def test_a_moment_that_has_passed_is_known_too(speed: float) -> None:
    hands = Hands(100 * HOUR_MS)
    clock = hands.clock(90 * HOUR_MS, speed)
    due_ms = 90 * HOUR_MS + int(5_000 * speed)
    assert clock.until_s(due_ms) == pytest.approx(5)
    hands.pass_s(8)
    assert clock.until_s(due_ms) == pytest.approx(-3)
    assert clock.wait_s(due_ms) == 0


def test_what_was_due_after_a_fast_life_had_caught_up_was_due_in_real_time() -> None:
    hands = Hands(100 * HOUR_MS)
    clock = hands.clock(90 * HOUR_MS, 1_000_000.0)
    hands.pass_s(100)
    assert clock.until_s(hands.wall_ms - 30_000) == pytest.approx(-30)


@given(st.integers(-(10**9), 10**9), st.floats(0.01, 1e6), st.floats(0, 1e6), st.integers(-(10**9), 10**9))
def test_after_the_wait_it_is_time_and_never_ahead_of_the_real_time(
    behind_ms: int, speed: float, passed_s: float, due_after_ms: int
) -> None:
    hands = Hands(10**12)
    clock = hands.clock(10**12 - behind_ms, speed)
    hands.pass_s(passed_s)
    assert clock.now_ms() <= hands.wall_ms
    due_ms = 10**12 + due_after_ms
    if wait_s := clock.wait_s(due_ms):
        assert clock.now_ms() <= due_ms
        hands.pass_s(wait_s)
    assert clock.now_ms() >= due_ms - max(2, speed * 0.002)
