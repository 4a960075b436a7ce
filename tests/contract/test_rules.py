"""Rules between the fields of one item."""

from typing import Any

import pytest

from tests.contract.batches import LEAST, refusals

EXERCISE, SLEEP = LEAST["exercises"], {"duration_min": 480}
ONE_OF_BODY = "at least one of weight_kg, body_fat_pct, muscle_mass_kg is required"
ONE_OF_WELLNESS = "at least one of sleep_quality, fatigue, soreness, stress, mood is required"


@pytest.mark.parametrize(
    ("kind", "item", "field", "reason"),
    [
        ("exercises", EXERCISE | {"avg_heart_rate": 173, "peak_heart_rate": 172}, "avg_heart_rate",
         "must not exceed peak_heart_rate"),
        ("exercises", EXERCISE | {"min_heart_rate": 146, "avg_heart_rate": 145}, "min_heart_rate",
         "must not exceed avg_heart_rate"),
        ("exercises", EXERCISE | {"min_heart_rate": 173, "peak_heart_rate": 172}, "min_heart_rate",
         "must not exceed peak_heart_rate"),
        ("sleep", SLEEP | {"light_min": 240, "deep_min": 120, "rem_min": 100, "awake_min": 22}, "duration_min",
         "light, deep, rem and awake together must not exceed it"),
        ("sleep", SLEEP | {"efficiency_pct": 0.92}, "efficiency_pct", "must be in percent, 92 instead of 0.92"),
        ("sleep", SLEEP | {"efficiency_pct": 1}, "efficiency_pct", "must be in percent, 92 instead of 0.92"),
        ("blood_pressure", {"systolic": 80, "diastolic": 120}, "systolic", "must exceed diastolic"),
        ("blood_pressure", {"systolic": 80, "diastolic": 80}, "systolic", "must exceed diastolic"),
        ("body", {}, "weight_kg", ONE_OF_BODY),
        ("body", {"notes": "forgot the scale", "weight_kg": None}, "weight_kg", ONE_OF_BODY),
        ("body", {"weight_kg": 70, "muscle_mass_kg": 70.1}, "muscle_mass_kg", "must not exceed weight_kg"),
        ("wellness", {"notes": "fine"}, "sleep_quality", ONE_OF_WELLNESS),
    ],
)  # fmt: skip
def test_an_item_that_contradicts_itself_is_rejected(kind: str, item: dict[str, Any], field: str, reason: str) -> None:
    assert refusals(kind, item) == [(0, field, reason)]


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("exercises", EXERCISE | {"min_heart_rate": 145, "avg_heart_rate": 145, "peak_heart_rate": 145}),
        ("exercises", EXERCISE | {"avg_heart_rate": 145}),
        ("sleep", SLEEP | {"light_min": 240, "deep_min": 120, "rem_min": 100, "awake_min": 20}),
        ("sleep", SLEEP | {"light_min": 240.4, "deep_min": 120.3, "rem_min": 100, "awake_min": 20.3}),
        ("sleep", SLEEP | {"deep_min": 120}),
        ("sleep", SLEEP | {"efficiency_pct": 0}),
        ("sleep", SLEEP | {"efficiency_pct": 1.01}),
        ("blood_pressure", {"systolic": 120, "diastolic": 119.9}),
        ("body", {"muscle_mass_kg": 35}),
        ("body", {"body_fat_pct": 18}),
        ("body", {"weight_kg": 70, "muscle_mass_kg": 70}),
        ("wellness", {"stress": 3}),
    ],
)
def test_an_item_that_leaves_things_out_or_meets_the_edge_is_stored(kind: str, item: dict[str, Any]) -> None:
    assert refusals(kind, item) == []


def test_a_rule_costs_its_item_only() -> None:
    items = [{"systolic": 80, "diastolic": 120}, {"systolic": 120, "diastolic": 80}]
    assert [index for index, _, _ in refusals("blood_pressure", *items)] == [0]
