"""When which device does what: pure, and in the order of time.

The rules of this file:

1. A plan is made of the scenario and of chance alone. It knows nothing of the network, so it never waits for it: that
   is what open loop means. A dry run reads the same plan.
2. Times are seconds after the start, and ascend.
"""

from collections.abc import Iterator
from heapq import heapify, heapreplace
from itertools import cycle
from random import Random

from device_simulator.battery import is_low
from device_simulator.deeds import Attack, Deed, Drop, DropAll, Sending, Status, Step
from device_simulator.scenario import Attacks, Faults, Scenario

_SENDS_OF_A_BATTERY = 40


def plan_of(scenario: Scenario, chance: Random) -> Iterator[Step]:
    """The plan of a scenario whose moments don't depend on lives (paces `interval` and `bursts`)."""
    timing, count = scenario.timing, scenario.devices.count
    if timing.pace == "bursts":
        sends = bursts(count, timing.interval_s / timing.speed, timing.sizes)
    else:
        sends = intervals(count, timing.interval_s / timing.speed, timing.jitter, chance)
    return with_troubles(sends, scenario, chance)


def with_troubles(sends: Iterator[Step], scenario: Scenario, chance: Random) -> Iterator[Step]:
    """The same with the faults and attacks of the scenario."""
    faults, attacks = scenario.faults, scenario.attacks
    if attacks != Attacks():
        sends = _attacking(sends, attacks, chance)
    if faults.dropped or faults.duplicated or faults.reordered:
        sends = _failing(sends, faults, chance)
    if faults.low_battery:
        sends = _running_low(sends, faults, scenario.devices.count)
    if faults.reconnect_every_s:
        sends = _storming(sends, faults.reconnect_every_s)
    return sends


def until(sends: Iterator[Step], seconds: float) -> Iterator[Step]:
    """The steps before a moment."""
    for step in sends:
        if step[0] >= seconds:
            return
        yield step


def intervals(count: int, every_s: float, jitter: float, chance: Random) -> Iterator[Step]:
    """Each device every so many seconds, the devices spread evenly over them; jitter never adds up."""
    shift = jitter * every_s
    rounds = [(number * every_s / count, number) for number in range(count)]
    if not jitter:
        while True:
            yield from ((due, number, None) for due, number in rounds)
            rounds = [(due + every_s, number) for due, number in rounds]
    heap = [(due + shift * chance.random(), number, due) for due, number in rounds]
    heapify(heap)
    while True:
        due, number, base = heap[0]
        yield due, number, None
        heapreplace(heap, (base + every_s + shift * chance.random(), number, base + every_s))


def bursts(count: int, every_s: float, sizes: tuple[int, ...]) -> Iterator[Step]:
    """So many batches at the very same moment, each size in turn; devices take turns too."""
    number = 0
    for place, size in enumerate(cycle(sizes)):
        for _ in range(size):
            yield place * every_s, number % count, None
            number += 1


def _attacking(sends: Iterator[Step], attacks: Attacks, chance: Random) -> Iterator[Step]:
    shares = [
        (Attack.MALFORMED, attacks.malformed),
        (Attack.OVERSIZE, attacks.oversize),
        (Attack.WRONG_TOPIC, attacks.wrong_topic),
        (Attack.TOO_FAST, attacks.too_fast),
    ]
    for due, number, _ in sends:
        yield due, number, _pick(shares, chance)


def _pick(shares: list[tuple[Attack, float]], chance: Random) -> Attack | None:
    rest = chance.random()
    for attack, share in shares:
        rest -= share
        if rest < 0:
            return attack
    return None


def _failing(sends: Iterator[Step], faults: Faults, chance: Random) -> Iterator[Step]:
    dropped, duplicated = faults.dropped, faults.dropped + faults.duplicated
    reordered = duplicated + faults.reordered
    for due, number, deed in sends:
        fate = chance.random() if deed is None else 1.0
        sending: Deed = deed
        if dropped <= fate < duplicated:
            sending = Sending.TWICE
        elif duplicated <= fate < reordered:
            sending = Sending.SWAPPED
        yield due, number, sending
        if fate < dropped:
            yield due, number, Drop(faults.away_s)


def _running_low(sends: Iterator[Step], faults: Faults, count: int) -> Iterator[Step]:
    """The first devices are old: each send takes some of the battery; when it is low every fourth send is made only.

    Empty, the device is off until it has been charged: four times `away_s`. It tells so when it is back.
    """
    old = round(faults.low_battery * count)
    left = {number: 1 + number % _SENDS_OF_A_BATTERY for number in range(old)}
    for due, number, deed in sends:
        if number not in left:
            yield due, number, deed
            continue
        left[number] -= 1
        percent = 100 * left[number] // _SENDS_OF_A_BATTERY
        if not is_low(percent) or left[number] % 4 == 0:
            yield due, number, deed
            yield due, number, Status(percent)
        if left[number] == 0:
            left[number] = _SENDS_OF_A_BATTERY
            yield due, number, Drop(4 * faults.away_s)
            yield due, number, Status(100)


def _storming(sends: Iterator[Step], every_s: float) -> Iterator[Step]:
    """With a storm every so many seconds, for as long as there are sends."""
    storm_s = every_s
    for step in sends:
        while storm_s <= step[0]:
            yield storm_s, 0, DropAll()
            storm_s += every_s
        yield step
