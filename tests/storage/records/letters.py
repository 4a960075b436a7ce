"""Dead letters of ann's, and what became of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.records.dead_letters import DeadLetters
from storage.records.letters import DeadLetter, KeptLetter

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def letter(number: int = 0, **changes: Any) -> DeadLetter:
    given = DeadLetter(
        topic="v1/users/ann/telemetry/meals",
        payload=b'{"number": %d}' % number,
        reason="not a batch",
        received_at=after(number),
        user_id="ann",
        kind="meals",
    )
    return replace(given, **changes)


async def numbers(letters: DeadLetters, user_id: str | None = None) -> list[int]:
    """Of the letters that are kept, by their last arrival."""
    page = await letters.list(user_id=user_id, limit=500)
    found = [await letters.get(kept.id) for kept in page.letters]
    return [int((kept.payload or b"")[11:-1]) for kept in reversed(found) if kept]


async def only(letters: DeadLetters) -> KeptLetter:
    (listed,) = (await letters.list()).letters
    found = await letters.get(listed.id)
    assert found is not None
    return found
