"""Batches as devices write them, and reading them as the ingestor does."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contract.catalogue import CATALOGUE
from contract.errors import BatchRejected
from contract.reading import Reading, read_batch
from contract.stamping import Horizon

EVENING = "2026-01-14T18:00:00Z"
EVENING_MS = 1_768_413_600_000
ALWAYS = Horizon(0, 4_102_444_800_000)
"""1970 to 2100."""
NO_TIME = "must be RFC 3339 with a zone, such as 2026-01-14T18:00:00Z"

LEAST: Mapping[str, dict[str, Any]] = {
    "meals": {"meal_id": "m1", "calories": 150},
    "exercises": {"exercise_id": "e1", "type": "Running", "duration_min": 45},
    "heart_rate": {"bpm": 60},
    "steps": {"steps": 120},
    "sleep": {"duration_min": 1_440},
    "blood_pressure": {"systolic": 300, "diastolic": 20},
    "glucose": {"glucose_mmol_l": 5.5},
    "body": {"weight_kg": 500},
    "temperature": {"temperature_c": 36.6},
    "spo2": {"spo2_pct": 97},
    "track": {"activity_id": "a1"},
    "sets": {"set_id": "s1", "exercise": "Squat", "weight_kg": 100, "repetitions": 5},
    "wellness": {"mood": 7},
}
"""A good item of each kind, whose values leave room for any other field's bounds."""


def batch(items: object, **changes: object) -> dict[str, object]:
    """A batch of ann's."""
    return {"user_id": "ann", "timestamp": EVENING, "source_device": "Pixel Watch 3", "items": items, **changes}


def read(kind: str, payload: bytes | Mapping[str, object], horizon: Horizon = ALWAYS) -> Reading:
    """Read what was published to ann's topic of this kind."""
    if not isinstance(payload, bytes):
        payload = json.dumps(payload).encode()
    return read_batch(CATALOGUE[kind], "ann", payload, horizon)


def read_items(kind: str, *items: object) -> Reading:
    """Read a batch of these items."""
    return read(kind, batch(items))


def spelled(kind: str, *items: str) -> bytes:
    """A batch whose items are spelled as no JSON writer would."""
    head = json.dumps(batch([]))[: -len("]}")]
    return f"{head}{', '.join(items)}]}}".encode()


def refusal(payload: bytes | Mapping[str, object], kind: str = "meals") -> tuple[str | None, str]:
    """Field and reason for which a whole batch is rejected."""
    try:
        found = read(kind, payload)
    except BatchRejected as rejected:
        return rejected.field, rejected.reason
    raise AssertionError(f"{len(found.stamped.items)} items were read")


def refusals(kind: str, *items: object) -> list[tuple[int, str | None, str]]:
    """Index, field and reason of each item that is rejected."""
    return [(each.index, each.field, each.reason) for each in read_items(kind, *items).rejected]


def spell(time_ms: int) -> str:
    """A time as devices write it."""
    return datetime.fromtimestamp(time_ms / 1_000, UTC).isoformat(timespec="milliseconds")


def points(reading: Reading) -> Sequence[int]:
    """Where the items are stored."""
    return reading.stamped.keys_ns
