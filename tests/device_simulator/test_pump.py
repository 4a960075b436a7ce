"""The timer, and the plan that is carried out by it."""

import asyncio
from collections.abc import Iterator
from time import monotonic

import pytest

from device_simulator.alarm import Alarm
from device_simulator.deeds import Deed, Step
from device_simulator.histogram import Histogram
from device_simulator.pump import Pump

LIMIT_S = 30


class Doer:
    """Notes what it is to do, and how long after its moment."""

    def __init__(self) -> None:
        self.devices: list[int] = []
        self.late_s: list[float] = []

    def act(self, due: float, device: int, _deed: Deed) -> None:
        self.devices.append(device)
        self.late_s.append(monotonic() - due)


async def carry_out(pump: Pump) -> None:
    async with asyncio.timeout(LIMIT_S):
        pump.start()
        await pump.wait_done()


@pytest.fixture(params=["fine", "coarse"])
def timer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Linux, and as where there is no timerfd."""
    if request.param == "coarse":
        monkeypatch.setattr("sys.platform", "other")


@pytest.mark.usefixtures("timer")
async def test_an_alarm_rings_once_for_each_time_it_is_set_and_never_early() -> None:
    rings: asyncio.Queue[float] = asyncio.Queue()
    clock = Alarm(lambda: rings.put_nowait(monotonic()))
    async with asyncio.timeout(LIMIT_S):
        for after_s in (0.0, 1e-9, 0.0007, 0.02):
            due = monotonic() + after_s
            clock.set(after_s)
            assert await rings.get() >= due
            assert rings.empty()
    clock.close()


@pytest.mark.usefixtures("timer")
async def test_an_alarm_that_is_closed_rings_no_more() -> None:
    rung, other = asyncio.Event(), asyncio.Event()
    closed, open_one = Alarm(rung.set), Alarm(other.set)
    closed.set(0.001)
    closed.close()
    closed.close()
    open_one.set(0.02)
    async with asyncio.timeout(LIMIT_S):
        await other.wait()
    open_one.close()
    assert not rung.is_set()


@pytest.mark.usefixtures("timer")
async def test_every_step_has_its_moment_in_order_and_none_comes_early() -> None:
    steps: list[Step] = [(number * 0.0003, number, None) for number in range(300)]
    doer, lateness = Doer(), Histogram()
    await carry_out(Pump(iter(steps), doer.act, lateness))
    assert doer.devices == list(range(300))
    assert min(doer.late_s) >= 0
    assert lateness.count == 300


async def test_moments_to_spare_are_used_until_there_is_nothing_to_do() -> None:
    left = [1, 2, 3]
    doer = Doer()
    steps: list[Step] = [(0.0, 0, None), (0.01, 1, None)]
    await carry_out(Pump(iter(steps), doer.act, Histogram(), lambda: bool(left and left.pop())))
    assert (left, doer.devices) == ([], [0, 1])


async def test_a_plan_that_fails_is_told_to_who_waits_for_its_end() -> None:
    def failing() -> Iterator[Step]:
        yield 0.0, 0, None
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await carry_out(Pump(failing(), Doer().act, Histogram()))


async def test_a_pump_that_is_stopped_leaves_the_rest() -> None:
    doer = Doer()
    pump = Pump(iter([(0.0, 0, None), (3_600.0, 1, None)]), doer.act, Histogram())
    pump.start()
    pump.stop()
    await pump.wait_done()
    assert doer.devices == [0]
