"""A change of rights and its entry in the audit: both are there or neither, and asking again finishes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage.records.audit import Deed
from storage.records.devices import Certificate, Device
from storage.records.people import new_person
from tests.api.house import House

OLD, NEW = "the old password", "the new password"


@pytest.fixture
async def town(library: House) -> House:
    """Ann, with a password, and her coach."""
    await library.wiring.people.ensure([new_person("carl", "coach", "Carl")])
    await library.token("ann")
    await library.wiring.people.set_password_hash("ann", await library.wiring.passwords.hash(OLD))
    return library


@asynccontextmanager
async def failing_audit(house: House) -> AsyncIterator[None]:
    """A database that takes no entry of a change."""
    refusal = "BEFORE INSERT ON audit WHEN NEW.action LIKE '%.%' BEGIN SELECT RAISE(ABORT, 'no more room'); END"
    async with house.stores.records.write() as connection:
        await connection.execute(text(f"CREATE TRIGGER no_room {refusal}"))
    yield
    async with house.stores.records.write() as connection:
        await connection.execute(text("DROP TRIGGER no_room"))


async def noted(house: House, subject: str = "ann") -> list[str]:
    return [entry.action for entry in (await house.wiring.audit.of(subject)).entries if "." in entry.action]


class Change(NamedTuple):
    method: str
    path: str
    body: dict[str, Any] | None
    who: str
    action: str

    async def ask(self, house: House) -> httpx.Response:
        return await house.http.request(self.method, self.path, json=self.body, headers=await house.bearer(self.who))


CONSENTS = "/api/v1/users/me/consents"
CHANGES = [
    Change("POST", CONSENTS, {"professional_id": "carl", "scope": "nutrition"}, "ann", "consent.given"),
    Change("DELETE", f"{CONSENTS}/carl", None, "ann", "consent.withdrawn"),
    Change("DELETE", "/api/v1/clients/ann", None, "carl", "consent.withdrawn"),
    Change(
        "PUT",
        "/api/v1/users/me/password",
        {"current_password": OLD, "new_password": NEW},
        "ann",
        "password.changed",
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.method} {change.path}")
async def test_a_change_that_can_not_be_noted_is_not_made_and_asked_again_it_is(town: House, change: Change) -> None:
    wiring = town.wiring
    await wiring.consents.give("ann", "carl", "training")
    other = await wiring.sessions.begin("ann")
    before = await wiring.consents.find("ann", "carl"), await wiring.people.with_hash("ann")
    async with failing_audit(town):
        assert (await change.ask(town)).status_code >= 500
    assert (await wiring.consents.find("ann", "carl"), await wiring.people.with_hash("ann")) == before
    assert await wiring.sessions.who(other.session_id, "ann") is not None
    assert (await change.ask(town)).is_success
    assert (await wiring.consents.find("ann", "carl"), await wiring.people.with_hash("ann")) != before
    assert await noted(town) == [change.action]


async def test_an_account_that_can_not_be_noted_is_not_made(library: House) -> None:
    body = {"email": "bob@example.org", "password": NEW}
    async with failing_audit(library):
        assert (await library.http.post("/users/register", json=body)).status_code >= 500
    made = await library.http.post("/users/register", json=body)
    assert made.status_code == 201
    assert await noted(library, made.json()["id"]) == ["account.made"]


async def test_a_login_that_is_ended_for_a_stolen_token_is_noted_with_it(town: House) -> None:
    sessions = town.wiring.sessions
    grant = await sessions.begin("ann")
    await sessions.refresh(grant.refresh_token)
    async with failing_audit(town):
        with pytest.raises(IntegrityError):
            await sessions.refresh(grant.refresh_token)
    assert await sessions.who(grant.session_id, "ann") is not None
    await sessions.refresh(grant.refresh_token)
    assert await sessions.who(grant.session_id, "ann") is None
    assert await noted(town) == ["login.ended"]


async def test_devices_come_and_go_with_their_entries(town: House) -> None:
    now, devices = datetime.now(UTC), town.wiring.devices
    added, gone = Deed("ann", "device.registered"), Deed("ann", "device.revoked")
    watch = Device("watch", "ann", "watch", "client", "hash", now, Certificate("01", now, now, "pem"))
    async with failing_audit(town):
        with pytest.raises(IntegrityError):
            await devices.add(watch, added)
    assert await devices.of_user("ann") == []
    await devices.add(watch, added)
    async with failing_audit(town):
        with pytest.raises(IntegrityError):
            await devices.revoke("ann", "watch", now, gone)
    assert [device.id for device in await devices.of_user("ann")] == ["watch"]
    assert await devices.revoke("ann", "watch", now, gone)
    assert not await devices.revoke("ann", "watch", now, gone)
    assert await noted(town) == ["device.revoked", "device.registered"]
