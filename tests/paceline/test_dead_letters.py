"""`paceline dead-letters`, with a real ingestor beside it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage.records.letters import DeadLetter, identify
from storage.series.opening import open_series_store
from tests.ingestor.conftest import Running, running_ingestor
from tests.servers.mosquitto import MosquittoServer


@dataclass(frozen=True, slots=True)
class House:
    """A running ingestor, and the command line beside it."""

    running: Running
    records: str

    async def letter(self, payload: bytes, *, kind: str = "meals") -> str:
        """Keep a letter, as a version of Paceline that could not take it would have; its id."""
        user_id = self.running.user_id
        topic = f"v1/users/{user_id}/telemetry/{kind}"
        came = datetime.now(UTC)
        kept = DeadLetter(topic, payload, "unknown kind: [bold]expected", came, user_id=user_id, kind=kind)
        await self.running.dead_letters.add([kept])
        return identify(topic, payload)

    async def command(self, *arguments: str) -> tuple[int, str, str]:
        env = {
            "PACELINE_RECORDS_URL": self.records,
            "PACELINE_BROKER_URL": f"mqtt://127.0.0.1:{self.running.port}",
            "COLUMNS": "250",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "paceline", "dead-letters", *arguments),
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
        return process.returncode or 0, said.decode(), complained.decode()


@pytest.fixture
async def house(own_mosquitto: MosquittoServer, tmp_path: Path) -> AsyncIterator[House]:
    records = f"sqlite:///{tmp_path / 'records.db'}"
    store = open_series_store(tmp_path / "series.db")
    async with running_ingestor(own_mosquitto.port, store, records, "ingestor") as running:
        yield House(running, records)


def batch(user_id: str, *items: dict[str, Any], **more: Any) -> bytes:
    body = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": "phone", "items": items}
    return json.dumps(body | more).encode()


MEAL = {"meal_id": "a", "calories": 150}


async def test_a_letter_that_can_be_stored_now_is_stored_once_however_often_it_is_replayed(house: House) -> None:
    letter_id = await house.letter(batch(house.running.user_id, MEAL))
    code, said, _ = await house.command("replay", "--all")
    assert (code, said.splitlines()[-1]) == (0, "1 of 1 letters stored")
    stored = await house.running.rows("meals")
    assert [row.values for row in stored] == [MEAL]
    assert (await house.command("replay", "--all"))[1].splitlines()[-1] == "0 of 0 letters stored"
    assert (await house.command("replay", letter_id))[0] == 0
    assert await house.running.rows("meals") == stored
    replayed = await house.running.dead_letters.get(letter_id)
    assert replayed
    assert replayed.replayed_at is not None


async def test_what_still_cannot_be_stored_is_said_and_makes_no_new_letter(house: House) -> None:
    hopeless = await house.letter(b"not JSON")
    spoilt = await house.letter(batch(house.running.user_id, {"meal_id": "b", "calories": -1}))
    code, said, _ = await house.command("replay", hopeless, spoilt, "0" * 32)
    assert code == 1
    assert f"{hopeless}  not stored: not JSON" in said
    assert f"{spoilt}  not stored: still rejected: must be a number from 0 to 10000 kcal" in said
    assert "there is no such letter" in said
    assert (await house.running.dead_letters.list()).total == 2


async def test_a_letter_of_which_some_is_still_rejected_is_tried_again(house: House) -> None:
    payload = batch(house.running.user_id, MEAL, {"meal_id": "b", "calories": -1}, batch_id="of two")
    letter_id = await house.letter(payload)
    for _ in range(2):
        code, said, _ = await house.command("replay", "--all")
        assert (code, said.splitlines()) == (0, [f"{letter_id}  1 items stored, 1 rejected", "1 of 1 letters stored"])
    (kept,) = (await house.running.dead_letters.list()).letters
    assert kept.replayed_at is None
    assert [row.values for row in await house.running.rows("meals")] == [MEAL]


async def test_a_letter_that_has_come_again_is_replayed_again(house: House) -> None:
    payload = batch(house.running.user_id, MEAL)
    letter_id = await house.letter(payload)
    assert (await house.command("replay", "--all"))[1].splitlines()[-1] == "1 of 1 letters stored"
    assert await house.letter(payload) == letter_id
    assert (await house.command("replay", "--all"))[1].splitlines()[-1] == "1 of 1 letters stored"


async def test_a_device_cannot_have_its_batch_replayed_as_another_users(house: House) -> None:
    letter_id = await house.letter(batch("somebody-else", MEAL))
    code, said, _ = await house.command("replay", letter_id)
    assert code == 1
    assert "must equal the user of the topic" in said
    assert await house.running.store.last_seen("somebody-else") == {}


async def test_letters_are_listed_without_their_payloads_and_shown_with_them_on_request(house: House) -> None:
    payload = batch(house.running.user_id, MEAL)
    letter_id = await house.letter(payload, kind="m\x1b[31mood")
    code, said, _ = await house.command("list")
    assert code == 0
    assert letter_id in said
    assert "[bold]expected" in said
    assert "\x1b" not in said
    assert "calories" not in said
    _, listed, _ = await house.command("list", "--json", "--user", house.running.user_id)
    assert [json.loads(line)["id"] for line in listed.splitlines()] == [letter_id]
    assert (await house.command("show", letter_id, "--payload"))[1].encode() == payload
    assert json.loads((await house.command("show", letter_id))[1])["reason"] == "unknown kind: [bold]expected"


async def test_a_letter_that_is_not_there_is_a_plain_error(house: House) -> None:
    code, _, complained = await house.command("show", "nothing")
    assert (code, complained.strip()) == (1, "paceline: there is no dead letter nothing")
