"""What a scenario publishes, and when it is made."""

from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from random import Random

import pytest
from msgspec.structs import replace

from contract.stamping import epoch_ms
from device_simulator import lives
from device_simulator.people.day import live_day
from device_simulator.plan import until
from device_simulator.scenario import changed, load_scenario
from device_simulator.sources import Source

NOW_MS = epoch_ms(datetime(2026, 3, 20, 9, tzinfo=UTC))
ROUNDS_S = 60.0


@pytest.mark.parametrize("duration_s", [None, ROUNDS_S])
def test_batches_of_a_peak_are_made_before_its_moment(
    monkeypatch: pytest.MonkeyPatch, duration_s: float | None
) -> None:
    peak = load_scenario("peak")
    timing = replace(peak.timing, sizes=(20, 20, 200), duration_s=duration_s)
    scenario = changed(replace(peak, timing=timing), devices={"count": 20, "lives": 4})
    source = Source(scenario, 1, 0, NOW_MS)
    for _ in source.prepare():
        pass
    published: Counter[tuple[int, str]] = Counter()
    cursors = [0] * 20
    for _, burst in groupby(until(source.steps(Random(1)), ROUNDS_S), lambda step: step[0]):  # noqa: S311
        monkeypatch.setattr(lives, "live_day", None)
        for _, number, _ in burst:
            found = source.next(number, cursors[number], NOW_MS)
            assert found is not None
            assert found[0] == cursors[number] + 1, "no batch is left out"
            cursors[number] = found[0]
            published[number, found[1].batch_id] += 1
        monkeypatch.setattr(lives, "live_day", live_day)
        while source.tell_on():
            pass
    assert published.total() == 4 * 240
    assert set(published.values()) == {1}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("steady", {"timing": {"interval_s": 0.5, "duration_s": 60.0}}),
        ("offline", {"content": {"past_days": 4}}),
        ("day", {}),
    ],
)
def test_whoever_prepares_is_heard_of_after_each_day_and_no_day_is_told_later(
    monkeypatch: pytest.MonkeyPatch, name: str, more: dict[str, dict[str, object]]
) -> None:
    told: list[object] = []
    monkeypatch.setattr(lives, "live_day", lambda *day: told.append(day) or live_day(*day))  # type: ignore[func-returns-value]
    source = Source(changed(load_scenario(name), devices={"count": 6, "lives": 3}, **more), 1, 0, NOW_MS)
    shares: list[float] = []
    for share in source.prepare(pregenerate=True):
        assert len(told) <= len(shares) + 1, "Ctrl-C is heard between two days"
        shares.append(share)
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    days = len(told)
    assert days >= 3
    cursors = [0] * 6
    for _, number, _ in until(source.steps(Random(1)), 60.0):  # noqa: S311
        if found := source.next(number, cursors[number], NOW_MS) if name != "day" else None:
            cursors[number] = found[0]
    assert len(told) == days


def test_a_day_begins_when_people_begin_to_sync() -> None:
    scenario = changed(load_scenario("day"), devices={"count": 40})
    seconds = [due * scenario.timing.speed for due, _, _ in Source(scenario, 1, 0, NOW_MS).steps(Random(1))]  # noqa: S311
    assert 0 <= seconds[0] < 1_800
    assert 11 * 3_600 < seconds[-1] < 14 * 3_600
    by_hour = Counter(round(9.5 + second / 3_600) for second in seconds)
    assert {hour for hour, _ in by_hour.most_common(4)} == {10, 14, 18, 22}
    assert by_hour.most_common(1)[0][0] == 18
