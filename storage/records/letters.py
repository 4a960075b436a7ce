"""A dead letter as it comes in and as it is kept, and the rows between the two; no I/O."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from contract.envelope import MAX_BATCH_BYTES
from contract.receipts import Rejection

MAX_TOPIC = 1_024
MAX_REASON = 500
MAX_NAME = 64
MAX_DETAIL_BYTES = 65_536
MAX_BESIDES_PAYLOAD = MAX_DETAIL_BYTES + 4 * (MAX_TOPIC + MAX_REASON)
"""Bytes that a letter takes at most besides its payload: UTF-8 has at most four for a character."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is kept for one user.

    Attributes:
        letters: at most so many.
        total_bytes: at most so many in all of them; payload, topic, reason and detail count.
        payload_bytes: a payload is cut to so many. As long as the longest batch: a letter that was cut can't be
            replayed.

    Raises:
        ValueError: a single letter could exceed the total.
    """

    letters: int = 1_000
    total_bytes: int = 10 * 1_048_576
    payload_bytes: int = MAX_BATCH_BYTES

    def __post_init__(self) -> None:
        least = self.payload_bytes + MAX_BESIDES_PAYLOAD
        if self.letters < 1 or self.payload_bytes < 0 or self.total_bytes < least:
            raise ValueError(f"the allowance must hold at least one letter, which may take {least} bytes")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be stored, or some of whose items could not.

    Attributes:
        topic: where it was published.
        payload: as it came; out of the repr, since it has health values.
        reason: what is wrong, without a value of the message.
        received_at: with a zone.
        user_id: from the topic, where it can be read.
        kind: from the topic, where it can be read.
        batch_id: the batch's own, where it can be read.
        detail: the items that were rejected, when others of the batch were stored.
    """

    topic: str
    payload: bytes = field(repr=False)
    reason: str
    received_at: datetime
    user_id: str | None = None
    kind: str | None = None
    batch_id: str | None = None
    detail: Sequence[Rejection] = ()


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter as it is kept.

    Attributes:
        id: 32 hexadecimal digits from topic and payload.
        received_at: when it came first.
        last_received_at: when it came last.
        times: how often it came.
        payload_bytes: the payload's length as it came.
        truncated: only the payload's beginning is kept.
        replayed_at: when it was last published again, and all of it was stored.
        payload: None in a list.

    The others are as in `DeadLetter`, from the last time it came.
    """

    id: str
    topic: str
    user_id: str | None
    kind: str | None
    batch_id: str | None
    reason: str
    detail: tuple[Rejection, ...]
    received_at: datetime
    last_received_at: datetime
    times: int
    payload_bytes: int
    truncated: bool
    replayed_at: datetime | None
    payload: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, columns: dict[str, Any]) -> "KeptLetter":
        """From the columns of a row."""
        detail = tuple(msgspec.convert(columns["detail"], list[Rejection]))
        known = {name: columns[name] for name in cls.__slots__ if name in columns}
        return cls(**known | {"detail": detail})


def identify(topic: str, payload: bytes) -> str:
    """A letter's id: the same for the same topic and payload."""
    spelled = topic.encode(errors="replace")
    # The length keeps ("ab", b"c") and ("a", b"bc") apart.
    return blake2b(b"%d:%b%b" % (len(spelled), spelled, payload), digest_size=16).hexdigest()


def rows_of(letters: Iterable[DeadLetter], allowance: Allowance) -> list[dict[str, Any]]:
    """One row for each letter, the one that came last at the end; those of a flood only as far as they matter."""
    rows: dict[str, dict[str, Any]] = {}
    for letter in sorted(letters, key=lambda letter: letter.received_at):
        row = _row_of(letter, allowance.payload_bytes)
        if earlier := rows.pop(row["id"], None):
            row |= {"times": earlier["times"] + 1, "received_at": earlier["received_at"]}
        rows[row["id"]] = row
    return _newest_within(list(rows.values()), allowance)


def _row_of(letter: DeadLetter, payload_limit: int) -> dict[str, Any]:
    payload = letter.payload[:payload_limit]
    topic, reason = _plain(letter.topic, MAX_TOPIC), _plain(letter.reason, MAX_REASON)
    detail, detail_bytes = _detail_of(letter.detail)
    return {
        "id": identify(letter.topic, letter.payload),
        "user_id": letter.user_id and _plain(letter.user_id, MAX_NAME),
        "received_at": letter.received_at,
        "last_received_at": letter.received_at,
        "times": 1,
        "kept_bytes": len(payload) + len(topic.encode()) + len(reason.encode()) + detail_bytes,
        "kind": letter.kind and _plain(letter.kind, MAX_NAME),
        "batch_id": letter.batch_id and _plain(letter.batch_id, MAX_NAME),
        "topic": topic,
        "reason": reason,
        "payload_bytes": len(letter.payload),
        "truncated": len(payload) < len(letter.payload),
        "detail": detail,
        "payload": payload,
    }


def _plain(text: str, most: int) -> str:
    """What both databases can keep: PostgreSQL takes no NUL, and neither takes half a surrogate pair."""
    return text[:most].replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _detail_of(rejections: Iterable[Rejection]) -> tuple[list[Any], int]:
    """The first rejections, as many as fit, and their bytes."""
    detail, size = [], 0
    for rejection in rejections:
        entry = msgspec.to_builtins(rejection)
        entry_bytes = len(json.dumps(entry)) + 2  # with what stands between two
        if size + entry_bytes > MAX_DETAIL_BYTES:
            break
        detail.append(entry)
        size += entry_bytes
    return detail, size


def _newest_within(rows: Sequence[dict[str, Any]], allowance: Allowance) -> list[dict[str, Any]]:
    """Less the rows that would be written only to be deleted in the same transaction: most of them, in a flood."""
    letters: Counter[str | None] = Counter()
    total_bytes: Counter[str | None] = Counter()
    kept = []
    for row in reversed(rows):
        user = row["user_id"]
        # The first one beyond is kept too: it makes the database delete what is older, which may be small enough.
        if letters[user] <= allowance.letters and total_bytes[user] <= allowance.total_bytes:
            kept.append(row)
        letters[user] += 1
        total_bytes[user] += row["kept_bytes"]
    return kept[::-1]
