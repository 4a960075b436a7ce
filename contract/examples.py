"""Messages as they really are, for the documents; the tests hold them to the contract."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_USER = "3e4567e1-b8bc-4d6a-8c08-4039a2b40000"
_EVENING = "2026-01-14T18:00:00Z"
_MORNING = "2026-01-14T06:40:00+01:00"


def _batch(timestamp: str, source_device: str, *items: Json, **more: Any) -> Json:
    return {"user_id": _USER, "timestamp": timestamp, "source_device": source_device, **more, "items": list(items)}


BATCHES: Mapping[str, Json] = {
    "meals": _batch(
        _EVENING,
        "iPhone 15 Pro",
        {
            "meal_id": "a1b2c3d4-e5f6-4a5b-b6c7-d8e9f0a1b2c3",
            "calories": 150,
            "meal_type": "Snack",
            "carbs_g": 20,
            "protein_g": 5,
            "fat_g": 2,
        },
        {
            "meal_id": "b2c3d4e5-f6a7-5b6c-c7d8-e9f0a1b2c3d4",
            "calories": 750,
            "meal_type": "Dinner",
            "carbs_g": 60,
            "protein_g": 45,
            "fat_g": 25,
        },
    ),
    "exercises": _batch(
        "2026-01-14T18:05:00Z",
        "Garmin Forerunner 955",
        {
            "exercise_id": "c3d4e5f6-a7b8-6c7d-d8e9-f0a1b2c3d4e5",
            "type": "Running",
            "duration_min": 45,
            "avg_heart_rate": 145,
            "peak_heart_rate": 172,
        },
    ),
    "heart_rate": _batch(
        _EVENING,
        "Polar H10",
        {"time": 0, "bpm": 142, "context": "workout"},
        {"time": 1, "bpm": 143, "context": "workout"},
        {"timestamp": "2026-01-14T05:30:00Z", "bpm": 52, "hrv_ms": 64, "context": "resting"},
        batch_id="hr-000181",
    ),
    "steps": _batch(
        _EVENING,
        "Pixel Watch 3",
        {"timestamp": "2026-01-14T17:45:00Z", "steps": 1640, "distance_m": 1210, "floors": 2},
        {"timestamp": "2026-01-14T18:00:00Z", "steps": 310, "distance_m": 228},
        batch_id="steps-20260114-18",
    ),
    "sleep": _batch(
        _MORNING,
        "Oura Ring 4",
        {"duration_min": 452, "light_min": 236, "deep_min": 88, "rem_min": 106, "awake_min": 22, "score": 84},
        batch_id="sleep-20260114",
    ),
    "blood_pressure": _batch(
        _MORNING, "Omron M7", {"systolic": 124, "diastolic": 79, "pulse": 58, "notes": "left arm"}, batch_id="bp-311"
    ),
    "glucose": _batch(
        _MORNING,
        "FreeStyle Libre 3",
        {"glucose_mmol_l": 5.1, "context": "fasting"},
        {"time": 7200, "glucose_mmol_l": 7.4, "context": "after_meal"},
        batch_id="cgm-77",
    ),
    "body": _batch(
        _MORNING,
        "Withings Body Scan",
        {"weight_kg": 71.4, "body_fat_pct": 17.2, "muscle_mass_kg": 56.1},
        batch_id="scale-20260114",
    ),
    "temperature": _batch(_MORNING, "Thermoval Rapid", {"temperature_c": 36.6}, batch_id="temperature-9"),
    "spo2": _batch(_MORNING, "Beurer PO 60", {"spo2_pct": 97}, batch_id="spo2-14"),
    "track": _batch(
        _EVENING,
        "Garmin Edge 840",
        {"time": 0, "activity_id": "ride-52", "lat": 47.3769, "lng": 8.5417, "altitude_m": 408, "speed_mps": 8.1},
        {"time": 1, "activity_id": "ride-52", "lat": 47.377, "lng": 8.5418, "heart_rate": 139, "power_w": 214},
        batch_id="ride-52-part-1",
    ),
    "sets": _batch(
        _EVENING,
        "iPhone 15 Pro",
        {"set_id": "set-801", "exercise": "Back squat", "weight_kg": 90, "repetitions": 5, "rpe": 7.5},
        {"set_id": "set-802", "exercise": "Back squat", "weight_kg": 95, "repetitions": 4, "rpe": 8.5},
        batch_id="gym-20260114",
    ),
    "wellness": _batch(
        _MORNING,
        "Pixel 9",
        {"sleep_quality": 7, "fatigue": 4, "soreness": 6, "stress": 3, "mood": 8},
        batch_id="morning-20260114",
    ),
}
"""A batch of each kind. A kind without one has no example in the documents."""

RECEIPTS: list[Json] = [
    {"batch_id": "ride-52-part-1", "status": "stored", "stored": 2, "rejected": []},
    {
        "batch_id": "gym-20260114",
        "status": "stored",
        "stored": 1,
        "rejected": [
            {"index": 1, "id": "set-802", "field": "rpe", "reason": "must be a number from 1 to 10"},
        ],
        "ignored": [{"index": 0, "field": "tempo"}],
    },
    {
        "batch_id": "morning-20260114",
        "status": "rejected",
        "stored": 0,
        "rejected": [],
        "reason": "must equal the user of the topic",
    },
]

STATUSES: list[Json] = [
    {"state": "online", "battery_pct": 82, "firmware": "4.1.0", "at": _EVENING},
    {"state": "offline"},
]

SYNC_REQUESTS: list[Json] = [{"device_id": "5d0f3a4e-7a43-4b1c-9d39-0d4bb3f2a001", "asked_at": _EVENING}]

FEEDBACK: list[Json] = [
    {
        "feedback_id": "7f0d9f3c-3a0e-4f7e-9d7e-5c8a1f2b3c4d",
        "sent_at": "2026-01-15T08:12:00Z",
        "author_name": "Carla Brandt",
        "author_role": "coach",
        "text": "Good week. From now on a little more protein, above all at breakfast.",
        "tags": ["praise", "adjust"],
        "day": "2026-01-14",
        "targets": {"protein_g": 130},
    }
]

CONFIRMATIONS: list[Json] = [
    {"feedback_id": "7f0d9f3c-3a0e-4f7e-9d7e-5c8a1f2b3c4d", "state": "delivered"},
    {
        "feedback_id": "7f0d9f3c-3a0e-4f7e-9d7e-5c8a1f2b3c4d",
        "state": "read",
        "at": "2026-01-15T09:30:00Z",
        "answer": "Is skyr fine?",
        "batch_id": "answer-12",
    },
]

ALERTS: list[Json] = [
    {
        "alert_id": "b5a1c1de-6a4b-4c55-8f6f-0e3d2c1b0a99",
        "rule": "low_battery",
        "cause": "5d0f3a4e-7a43-4b1c-9d39-0d4bb3f2a001",
        "day": "2026-01-15",
        "raised_at": "2026-01-15T07:00:00Z",
        "text": "The battery of Pixel Watch 3 is at 8 %.",
    }
]

EVENTS: list[Json] = [
    {"changes": [{"user_id": _USER, "kind": "meals", "start_ms": 1_768_413_600_000, "end_ms": 1_768_413_600_000}]}
]
