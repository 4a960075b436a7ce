"""What broken and hostile devices publish: topics and payloads that must be refused without harm to anybody else."""

from collections.abc import Iterator
from random import Random

import msgspec

from contract import topics
from contract.envelope import MAX_BATCH_BYTES, MAX_ITEMS
from device_simulator.deeds import Attack

Message = tuple[str, bytes]
_FLOOD = 200
_BEYOND_LIMIT_BYTES = 8_192
"""Above the limit of a batch, and still below what our broker takes: the refusal is the ingestor's."""


def attack(kind: Attack, user_id: str, chance: Random) -> Iterator[Message]:
    """The messages of one attack by this user's device."""
    match kind:
        case Attack.MALFORMED:
            yield topics.telemetry(user_id, "meals"), chance.choice(_MALFORMED)(user_id)
        case Attack.OVERSIZE:
            yield topics.telemetry(user_id, "meals"), chance.choice(_OVERSIZE)(user_id)
        case Attack.WRONG_TOPIC:
            yield chance.choice(_wrong_topics(user_id)), _batch(user_id, [{"bpm": 60}])
        case Attack.TOO_FAST:
            flood = topics.telemetry(user_id, "heart_rate"), _batch(user_id, [{"bpm": 999}])
            for _ in range(_FLOOD):
                yield flood


def _batch(user_id: str, items: list[dict[str, object]], **more: object) -> bytes:
    envelope = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": "hostile", "items": items}
    return msgspec.json.encode({**envelope, **more})


_MEAL: dict[str, object] = {"meal_id": "m", "calories": 1}
_MALFORMED = (
    lambda _: b"",
    lambda _: b"\x00\xff\xfe",
    lambda _: b"{",
    lambda _: b"null",
    lambda _: b"[" * 100_000,
    lambda user: _batch(user, [_MEAL])[:-5],
    lambda user: _batch(user, []),
    lambda user: _batch(user, [{"meal_id": "m"}]),
    lambda user: _batch(user, [{"meal_id": "m", "calories": "many"}, {"meal_id": "n", "calories": -1}]),
    lambda user: _batch(user, [_MEAL]).replace(b":1}", b":NaN}"),
    lambda user: _batch(user, [{**_MEAL, "calories": 10**400}]),
    lambda user: _batch(f"{user}x", [_MEAL]),
    lambda user: _batch(user, [_MEAL], timestamp="yesterday"),
    lambda user: _batch(user, [_MEAL], timestamp="2999-01-01T00:00:00Z"),
    lambda user: _batch(user, [_MEAL], source_device="back\\slash"),
    lambda user: _batch(user, [_MEAL], batch_id="x" * 65),
    lambda _: b'{"user_id":"\\ud800"}',
)
_OVERSIZE = (
    lambda user: _batch(user, [{**_MEAL, "name": "x" * (MAX_BATCH_BYTES + _BEYOND_LIMIT_BYTES)}]),
    lambda user: _batch(user, [{"meal_id": f"m{number}", "calories": 1} for number in range(MAX_ITEMS + 1)]),
    lambda _: b"x" * (2 * MAX_BATCH_BYTES),  # the broker throws the device off
)


def _wrong_topics(user_id: str) -> list[str]:
    return [
        topics.telemetry(user_id, "nonsense"),
        topics.telemetry("somebody-else", "heart_rate"),
        topics.receipts("somebody-else"),
        f"{topics.ROOT}/{user_id}",
        f"{topics.ROOT}/not a user id/telemetry/heart_rate",
        "v1/elsewhere",
    ]
