from collections import Counter
from itertools import islice, pairwise, takewhile
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_simulator.deeds import Attack, Drop, DropAll, Sending, Status, Step
from device_simulator.plan import bursts, intervals, plan_of, until, with_troubles
from device_simulator.scenario import Faults, Scenario, changed, load_scenario


def plan(name: str, seconds: float, **tables: object) -> list[Step]:
    scenario = changed(load_scenario(name), **tables)  # type: ignore[arg-type]
    return list(until(plan_of(scenario, Random(1)), seconds))  # noqa: S311


@given(st.integers(1, 40), st.floats(0.01, 100), st.floats(0, 1), st.integers(0, 2**32))
def test_steps_ascend_and_every_device_has_its_turn_in_each_interval(
    count: int, every_s: float, jitter: float, seed: int
) -> None:
    rounds = 6
    steps = list(islice(intervals(count, every_s, jitter, Random(seed)), rounds * count))  # noqa: S311
    assert all(earlier[0] <= later[0] for earlier, later in pairwise(steps))
    for number in range(count):
        dues = [due for due, device, _ in steps if device == number]
        # Jitter never adds up: the nth send lies in the nth interval's place, or later by the jitter.
        for place, due in enumerate(dues):
            base = (place + number / count) * every_s
            assert base - 1e-6 * every_s <= due <= base + jitter * every_s + 1e-6 * every_s


def test_a_burst_is_one_moment() -> None:
    steps = takewhile(lambda step: step[0] <= 10, bursts(7, 5.0, (3, 10)))
    assert Counter(due for due, _, _ in steps) == {0.0: 3, 5.0: 10, 10.0: 3}


def test_the_peak_has_ten_thousand_at_one_moment_after_many_of_five_hundred() -> None:
    sizes = Counter(due for due, _, _ in plan("peak", 50))
    assert list(sizes.values())[:6] == [500] * 6
    assert max(sizes.values()) == 10_000


def test_the_same_seed_makes_the_same_plan() -> None:
    assert plan("flaky", 60) == plan("flaky", 60)


def test_a_flaky_fleet_drops_doubles_swaps_and_runs_out_of_battery() -> None:
    steps = plan("flaky", 600)
    deeds = Counter(type(deed) if not isinstance(deed, Sending) else deed for _, _, deed in steps)
    sends = sum(deeds[each] for each in (type(None), Sending.TWICE, Sending.SWAPPED))
    assert deeds[Sending.TWICE] == pytest.approx(0.05 * sends, rel=0.2)
    assert deeds[Sending.SWAPPED] == pytest.approx(0.05 * sends, rel=0.2)
    assert deeds[Drop] > 0.02 * sends
    told = [deed.battery_pct for _, number, deed in steps if isinstance(deed, Status) and number == 0]
    assert min(told) < 20 <= max(told)


def test_one_send_in_four_is_hostile() -> None:
    steps = plan("hostile", 600)
    attacks = Counter(deed for _, _, deed in steps if isinstance(deed, Attack))
    assert set(attacks) == set(Attack)
    assert attacks.total() == pytest.approx(0.25 * len(steps), rel=0.1)


def test_in_a_storm_everybody_is_lost_every_half_minute() -> None:
    assert [due for due, _, deed in plan("storm", 100) if isinstance(deed, DropAll)] == [30, 60, 90]


def test_storms_end_with_what_is_sent() -> None:
    faults = Faults(reconnect_every_s=2.0)
    sends: list[Step] = [(1.0, 3, None), (5.0, 4, None)]
    storming = list(with_troubles(iter(sends), Scenario(about="x", faults=faults), Random(1)))  # noqa: S311
    assert storming == [sends[0], (2.0, 0, DropAll()), (4.0, 0, DropAll()), sends[1]]


def test_speed_makes_everything_faster() -> None:
    assert len(plan("steady", 60, timing={"speed": 10.0})) == pytest.approx(10 * len(plan("steady", 60)), rel=0.02)
