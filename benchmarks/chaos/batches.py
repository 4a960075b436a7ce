"""What the devices of a round have to say: batches of several kinds, and corrections of what was said before.

All of it is drawn from the seed. Times are spread so that no two items of a user are at the same moment, and texts
have what encoders stumble over.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Item = dict[str, Any]

BATCH_SPAN = timedelta(minutes=2)
"""From the beginning of one batch to that of the next."""
IDS: Mapping[str, str] = {"meals": "meal_id", "exercises": "exercise_id", "sets": "set_id"}
"""Kinds whose items have ids, and the ids' names: these can be corrected."""
TEXTS = ("Müsli, süß", 'the "big" one', "back\\slash", "a=b,c d", "line\nbreak", "日本", "plain", " ", "'")


def make_batch(user_id: str, number: int, start: datetime, chance: Random) -> tuple[str, Item]:
    """A user's batch of this number: its kind and its body."""
    kind = chance.choice(list(_MAKERS))
    moment = start + number * BATCH_SPAN
    items = _MAKERS[kind](f"{number}-", moment, chance)
    return kind, _body(user_id, f"b{number}", moment, items)


def make_correction(user_id: str, number: int, kind: str, items: list[Item], chance: Random) -> Item:
    """The body of a batch that says these items again with other values; each must have its own timestamp."""
    corrected = [_VALUES[kind](chance) | {IDS[kind]: item[IDS[kind]], "timestamp": item["timestamp"]} for item in items]
    return _body(user_id, f"b{number}", datetime.fromisoformat(items[0]["timestamp"]), corrected)


def say_again(user_id: str, batch_id: str, items: list[Item]) -> Item:
    """The body of a batch that says these items once more; each must have its own timestamp."""
    return _body(user_id, batch_id, datetime.fromisoformat(items[0]["timestamp"]), items)


def _body(user_id: str, batch_id: str, moment: datetime, items: list[Item]) -> Item:
    return {
        "user_id": user_id,
        "timestamp": spell(moment),
        "source_device": "chaos, model 1",
        "batch_id": batch_id,
        "items": items,
    }


def spell(moment: datetime) -> str:
    """RFC 3339, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _identified(kind: str) -> Callable[[str, datetime, Random], list[Item]]:
    def make(prefix: str, moment: datetime, chance: Random) -> list[Item]:
        return [
            _VALUES[kind](chance)
            | {IDS[kind]: f"{prefix}{n}", "timestamp": spell(moment + timedelta(milliseconds=chance.randrange(60_000)))}
            for n in range(chance.randint(1, 15))
        ]

    return make


def _sampled(values: Callable[[Random], Item], most: int) -> Callable[[str, datetime, Random], list[Item]]:
    def make(_prefix: str, _moment: datetime, chance: Random) -> list[Item]:
        return [values(chance) | {"time": n + chance.randrange(1_000) / 1_000} for n in range(chance.randint(1, most))]

    return make


def _sometimes(chance: Random, **fields: float | str) -> Item:
    """Some of these fields: what a correction leaves out must be gone."""
    return {name: value for name, value in fields.items() if chance.random() < 0.6}


def _number(chance: Random, low: float, high: float) -> float:
    return round(chance.uniform(low, high), chance.randint(0, 3))


def _meal(chance: Random) -> Item:
    return {"calories": _number(chance, 1, 2_000)} | _sometimes(
        chance,
        meal_type=chance.choice(["Breakfast", "Lunch", "Dinner", "Snack"]),
        carbs_g=_number(chance, 0, 200),
        protein_g=_number(chance, 0, 100),
        fat_g=_number(chance, 0, 100),
        name=chance.choice(TEXTS),
    )


def _exercise(chance: Random) -> Item:
    return {"type": chance.choice(TEXTS), "duration_min": _number(chance, 1, 300)} | _sometimes(
        chance,
        avg_heart_rate=_number(chance, 90, 180),
        calories=_number(chance, 1, 3_000),
        distance_km=_number(chance, 0, 100),
        notes=chance.choice(TEXTS),
    )


def _set(chance: Random) -> Item:
    return {
        "exercise": chance.choice(TEXTS),
        "weight_kg": _number(chance, 0, 300),
        "repetitions": chance.randint(1, 30),
    } | _sometimes(chance, rpe=chance.randint(1, 10))


def _heart_rate(chance: Random) -> Item:
    return {"bpm": _number(chance, 40, 200)} | _sometimes(
        chance, hrv_ms=_number(chance, 5, 150), context=chance.choice(["resting", "active", "sleep"])
    )


def _track_point(chance: Random) -> Item:
    return {"activity_id": "run"} | _sometimes(
        chance, lat=_number(chance, -90, 90), lng=_number(chance, -180, 180), heart_rate=_number(chance, 60, 200)
    )


_VALUES: Mapping[str, Callable[[Random], Item]] = {"meals": _meal, "exercises": _exercise, "sets": _set}
_MAKERS: Mapping[str, Callable[[str, datetime, Random], list[Item]]] = {
    **{kind: _identified(kind) for kind in IDS},
    "heart_rate": _sampled(_heart_rate, 30),
    "steps": _sampled(lambda chance: {"steps": chance.randint(0, 200)}, 10),
    "track": _sampled(_track_point, 60),
}
