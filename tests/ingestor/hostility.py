"""Hostile messages: valid batches of every kind, mutated until something is wrong with most, and raw bytes.

All are drawn from one seed. What each amounts to (items to store, and whether there is something for a dead letter)
is told by reading it as the contract does; that reading is held to its promises in tests/contract.
"""

import json
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from contract.catalogue import CATALOGUE, Field
from contract.errors import BatchRejected
from contract.reading import find_kind, read_batch
from contract.stamping import Horizon, epoch_ms
from tests.contract.batches import LEAST

NOW = datetime.now(UTC).replace(microsecond=0)
HORIZON = Horizon.at(epoch_ms(NOW), retention_days=1_095)
Point = tuple[str, str, int]
"""Kind, source device and nanosecond."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, and what must become of it.

    Attributes:
        user_id: in its topic.
        kind: in its topic, which need not exist.
        payload: as published.
        points: of its good items.
        is_clean: nothing of it is for a dead letter.
    """

    user_id: str
    kind: str
    payload: bytes = field(repr=False)
    points: frozenset[Point]
    is_clean: bool

    @property
    def topic(self) -> str:
        """Where it is published."""
        return f"v1/users/{self.user_id}/telemetry/{self.kind}"


def judge(user_id: str, kind: str, payload: bytes) -> Message:
    """What must become of a message."""
    try:
        reading = read_batch(find_kind(kind), user_id, payload, HORIZON)
    except BatchRejected:
        return Message(user_id, kind, payload, frozenset(), is_clean=False)
    stamped = reading.stamped
    points = frozenset((kind, stamped.source_device, key_ns) for key_ns in stamped.keys_ns)
    return Message(user_id, kind, payload, points, is_clean=not reading.rejected)


def hostile_messages(user_id: str, seed: str) -> Iterator[Message]:
    """Without end, each different from all others, none without something for a dead letter."""
    chance = Random(seed)  # noqa: S311  # no secret
    seen: set[tuple[str, bytes]] = set()
    number = 0
    while True:
        number += 1
        kind = chance.choice([*CATALOGUE, "moods"])
        payload = chance.choice(_WAYS)(user_id, kind if kind in CATALOGUE else "meals", number, chance)
        message = judge(user_id, kind, payload)
        if message.is_clean or (kind, payload) in seen:
            continue  # a mutation that does no harm, as many of single bytes
        seen.add((kind, payload))
        yield message


def good_batch(user_id: str, kind: str, number: int, items: int = 3) -> dict[str, Any]:
    """A batch with nothing wrong, at a time of its own."""
    template = LEAST[kind] | ({"time": 0} if CATALOGUE[kind].id_field is None else {})
    listed = []
    for at in range(items):
        item = template | ({"time": at} if "time" in template else {})
        if id_field := CATALOGUE[kind].id_field:
            item[id_field] = f"{number}-{at}"
        listed.append(item)
    timestamp = (NOW - timedelta(minutes=1 + number)).isoformat()
    head = {"user_id": user_id, "timestamp": timestamp, "source_device": "phone", "batch_id": f"b{number}"}
    return head | {"items": listed}


# Ways to make a hostile payload


def _spoil_an_item(user_id: str, kind: str, number: int, chance: Random) -> bytes:
    batch = good_batch(user_id, kind, number)
    item = chance.choice(batch["items"])
    stored = chance.choice(CATALOGUE[kind].fields)
    way = chance.randrange(4)
    if way == 0:
        item.pop(stored.name, None)
    elif way == 1:
        item[stored.name] = _beyond(stored, chance)
    else:
        item[stored.name] = chance.choice(_NONSENSE)
    return _encode(batch)


def _spoil_a_time(user_id: str, kind: str, number: int, chance: Random) -> bytes:
    batch = good_batch(user_id, kind, number)
    times = ["2090-01-01T00:00:00Z", "1890-01-01T00:00:00Z", "yesterday", "2026-02-30T00:00:00Z", 1_768_413_600, None]
    chance.choice([batch, *batch["items"]])["timestamp"] = chance.choice(times)
    return _encode(batch)


def _spoil_the_envelope(user_id: str, kind: str, number: int, chance: Random) -> bytes:
    batch = good_batch(user_id, kind, number)
    name = chance.choice(list(batch))
    if chance.random() < 0.3:
        del batch[name]
    else:
        batch[name] = chance.choice(_NONSENSE)
    return _encode(batch)


def _spoil_bytes(user_id: str, kind: str, number: int, chance: Random) -> bytes:
    payload = bytearray(_encode(good_batch(user_id, kind, number)))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(payload))
        payload[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(payload)


def _cut(user_id: str, kind: str, number: int, chance: Random) -> bytes:
    payload = _encode(good_batch(user_id, kind, number))
    return payload[: chance.randrange(len(payload))]


def _bytes(_user_id: str, _kind: str, _number: int, chance: Random) -> bytes:
    return chance.randbytes(chance.randrange(300))


def _deep(_user_id: str, _kind: str, number: int, chance: Random) -> bytes:
    return chance.choice([b"[", b'{"a":']) * chance.randint(500, 5_000) + str(number).encode()


def _crowd(user_id: str, kind: str, number: int, chance: Random) -> bytes:
    return _encode(
        good_batch(user_id, kind, number) | {"items": [chance.choice(_NONSENSE[:8])] * chance.randint(20, 1_100)}
    )


_WAYS: list[Callable[[str, str, int, Random], bytes]] = [
    *[_spoil_an_item] * 8,
    *[_spoil_a_time] * 2,
    *[_spoil_the_envelope] * 4,
    *[_spoil_bytes] * 4,
    *[_cut] * 2,
    *[_bytes] * 3,
    _deep,
    _crowd,
]

_NONSENSE: list[Any] = [
    None, True, "", "\x00", "NaN", -1, 1e308, -0.0, 10**400, [], {}, [[]], {"$ne": 1}, "x" * 5_000, "\ud800",
    "'; DROP TABLE meals; --", "a,b=c d", "\\", "\n" * 70, float("nan"), float("inf"),
]  # fmt: skip


def _beyond(stored: Field, chance: Random) -> Any:
    if stored.quantity:
        return chance.choice([stored.quantity.low - 1, stored.quantity.high * 2 + 1])
    return "".join(chance.choices(string.printable, k=600))


def good_message(user_id: str, kind: str, number: int) -> Message:
    """A message with nothing wrong, the larger the number the further in the past."""
    return judge(user_id, kind, _encode(good_batch(user_id, kind, number)))


def _encode(batch: dict[str, Any]) -> bytes:
    return json.dumps(batch).encode()
