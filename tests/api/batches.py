"""Batches to upload."""

from typing import Any

USER = "3e4567e1-b8bc-4d6a-8c08-4039a2b40000"

PROMISED: dict[str, dict[str, Any]] = {
    "meals": {
        "user_id": USER,
        "timestamp": "2026-01-14T18:00:00Z",
        "source_device": "iPhone 15 Pro",
        "items": [
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
        ],
    },
    "exercises": {
        "user_id": USER,
        "timestamp": "2026-01-14T18:05:00Z",
        "source_device": "Garmin Forerunner 955",
        "items": [
            {
                "exercise_id": "c3d4e5f6-a7b8-6c7d-d8e9-f0a1b2c3d4e5",
                "type": "Running",
                "duration_min": 45,
                "avg_heart_rate": 145,
                "peak_heart_rate": 172,
            }
        ],
    },
}
"""The bodies that every client was told, by kind."""


def meals(*calories: float, user_id: str = USER, **more: object) -> dict[str, Any]:
    """A batch with a meal for each of these energies; `meal-0` is the first."""
    items = [{"meal_id": f"meal-{at}", "calories": kcal} for at, kcal in enumerate(calories)]
    head = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": "phone"}
    return {**head, "items": items, **more}
