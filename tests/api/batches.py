"""Batches to upload."""

import json
from pathlib import Path
from typing import Any

USER = "3e4567e1-b8bc-4d6a-8c08-4039a2b40000"

_BODIES = Path(__file__).parents[1] / "bodies"
PROMISED: dict[str, dict[str, Any]] = {
    kind: json.loads((_BODIES / f"{kind}.json").read_text()) for kind in ("meals", "exercises")
}
"""The bodies that every client was told, by kind."""


def meals(*calories: float, user_id: str = USER, **more: object) -> dict[str, Any]:
    """A batch with a meal for each of these energies; `meal-0` is the first."""
    items = [{"meal_id": f"meal-{at}", "calories": kcal} for at, kcal in enumerate(calories)]
    head = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": "phone"}
    return {**head, "items": items, **more}
