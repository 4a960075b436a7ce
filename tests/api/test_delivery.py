"""The outbox: codes for whoever sends them."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from api import delivery
from api.delivery import OutboxSender


async def test_the_outbox_stays_small_and_its_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "KEPT_BYTES", 500)
    sender = OutboxSender(tmp_path / "data" / "outbox.jsonl")
    for start in range(0, 60, 4):
        await asyncio.gather(*(sender.send("+4915123456789", f"{start + number:06}") for number in range(4)))
    older, newer = (tmp_path / "data" / name for name in ("outbox.jsonl.1", "outbox.jsonl"))
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [newer.name, older.name]
    kept = [int(json.loads(line)["code"]) for path in (older, newer) for line in path.read_text().splitlines()]
    assert len(kept) == len(set(kept))
    assert set(kept) >= {56, 57, 58, 59}
    for path in (older, newer):
        assert path.stat().st_size < 600
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
