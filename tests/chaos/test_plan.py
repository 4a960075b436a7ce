"""What a round is to do depends on the seed alone, and in a few rounds everything goes wrong once."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.chaos.plan import ALL, DOOR, FILE, SETUPS, RoundPlan, Sort, plan_round
from benchmarks.chaos.rounds import FLEETS

seeds = st.integers(0, 2**32)
numbers = st.integers(0, 500)


def planned(seed: int, number: int) -> RoundPlan:
    return plan_round(seed, number, SETUPS, FLEETS)


@given(seed=seeds, number=numbers)
def test_the_same_seed_and_number_are_the_same_plan(seed: int, number: int) -> None:
    assert planned(seed, number) == planned(seed, number)


@given(seed=seeds, number=numbers)
def test_another_seed_is_another_plan(seed: int, number: int) -> None:
    assert planned(seed, number).faults != planned(seed + 1, number).faults


@given(seed=seeds, number=numbers)
def test_no_two_faults_hold_the_same_part_at_a_time(seed: int, number: int) -> None:
    held_until: dict[str, float] = {}
    for fault in planned(seed, number).faults:
        parts = {fault.victim}
        if fault.victim == ALL:
            parts |= held_until.keys() - {DOOR, FILE}
        elif fault.victim not in {DOOR, FILE}:
            parts.add(ALL)
        assert all(fault.at_s > held_until.get(part, 0) for part in parts)
        held_until[fault.victim] = max(fault.end_s, held_until.get(fault.victim, 0))


@given(seed=seeds, number=numbers)
def test_devices_publish_until_the_last_fault_is_over(seed: int, number: int) -> None:
    plan = planned(seed, number)
    if plan.pause_s:
        assert plan.batches * plan.pause_s >= plan.end_s


@given(seed=seeds)
def test_the_rounds_go_round_all_setups_and_each_sees_every_fault(seed: int) -> None:
    plans = [planned(seed, number) for number in range(6 * len(SETUPS))]
    assert {plan.setup for plan in plans} == set(SETUPS)
    for setup in SETUPS:
        seen = {fault.sort for plan in plans if plan.setup == setup for fault in plan.faults}
        of_the_other_store = {Sort.LOCK, Sort.FULL} if setup.store == "influx" else set(Sort) - {
            Sort.KILL,
            Sort.FREEZE,
            Sort.LOCK,
            Sort.FULL,
        }  # fmt: skip
        assert seen == set(Sort) - of_the_other_store
