"""Devices over HTTP, with the broker that their certificates open: registered, listed, renewed, asked, thrown out."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from api import doorkeeper
from api.options import DeviceOptions
from broker.authority.certificates import Key, new_key
from broker.authority.names import API
from broker.session import Session
from contract import topics
from contract.errors import BrokerUnavailable, PacelineError
from storage.records.devices import MAX_DEVICES, Device
from tests.api.house import House, Stores, api_at
from tests.broker.talking import connected
from tests.servers.guarded import Certified, GuardedServer

PATIENCE_S = 20
PATH = "/api/v1/devices"


@pytest.fixture
async def house(guarded: GuardedServer, stores: Stores) -> AsyncIterator[House]:
    """With the broker's warden at work."""
    username, password = guarded.login(API)
    devices = DeviceOptions(authority=guarded.authority_folder, broker_url=f"mqtts://127.0.0.1:{guarded.tls_port}")
    async with (
        guarded.warden(),
        api_at(guarded.port, stores, login=(username, password), devices=devices) as opened,
    ):
        await opened.wiring.doorkeeper.wait_connected()
        yield opened


@pytest.fixture
def user() -> str:
    return f"user-{uuid4().hex}"


def request_of(key: Key, name: str = "whatever") -> str:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()


async def post(house: House, user: str, path: str = "", **body: Any) -> httpx.Response:
    return await house.http.post(f"{PATH}{path}", json=body, headers=await house.bearer(user))


async def registered(house: House, user: str, name: str = "Watch", **body: Any) -> dict[str, Any]:
    answer = await post(house, user, name=name, **body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def listed(house: House, user: str) -> list[dict[str, Any]]:
    answer = await house.http.get(PATH, headers=await house.bearer(user))
    assert answer.headers["X-Total-Count"] == str(len(answer.json()))
    return list(answer.json())


def files_of(device: dict[str, Any], folder: Path) -> Certified:
    for name, content in (("ca", "authority"), ("certificate", "certificate"), ("key", "private_key")):
        (folder / f"{name}.pem").write_text(device[content])
    return Certified.at(device["user_id"], folder, device["serial"])


async def until(found: Any) -> Any:
    """Ask until there is an answer."""
    async with asyncio.timeout(PATIENCE_S):
        while not (answer := await found()):  # noqa: ASYNC110  # over HTTP there is nothing to wait for
            await asyncio.sleep(0.05)
    return answer


async def test_a_device_with_a_key_made_for_it_comes_to_the_broker(
    house: House, guarded: GuardedServer, user: str, tmp_path: Path
) -> None:
    device = await registered(house, user)
    options = guarded.by_certificate(files_of(device, tmp_path), topics.inbox(user), client_id=device["client_id"])
    async with connected(options) as session:
        assert await session.session.publish(topics.telemetry(user, "meals"), b"{}") in {0, 16}
        assert await session.session.publish(topics.telemetry("bob", "meals"), b"{}") == 135
    [shown] = await listed(house, user)
    assert "private_key" not in shown
    assert "client_id" not in shown
    assert shown["serial"] == device["serial"]


async def test_a_device_keeps_its_own_key_to_itself_and_gets_our_name_whatever_it_asked_for(
    house: House, user: str
) -> None:
    device = await registered(house, user, signing_request=request_of(new_key(), "svc-ingestor"))
    assert device["private_key"] is None
    certificate = x509.load_pem_x509_certificate(device["certificate"].encode())
    [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert name.value == user == device["user_id"]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize("request_", ["", "nonsense", "x" * 20_000, "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"])
async def test_a_signing_request_that_is_none_is_refused(house: House, user: str, request_: str) -> None:
    answer = await post(house, user, name="Watch", signing_request=request_)
    assert answer.status_code == 422
    assert await listed(house, user) == []


async def test_of_many_registered_at_once_ten_are_taken(house: House, user: str) -> None:
    await house.bearer(user)
    answers = await asyncio.gather(*(post(house, user, name=f"Device {n}") for n in range(MAX_DEVICES + 5)))
    assert sorted(answer.status_code for answer in answers) == [201] * MAX_DEVICES + [409] * 5
    assert len(await listed(house, user)) == MAX_DEVICES


async def test_deleting_a_device_ends_its_connection_and_leaves_the_others(
    house: House, guarded: GuardedServer, user: str, tmp_path: Path
) -> None:
    folders = tmp_path / "lost", tmp_path / "kept"
    for folder in folders:
        folder.mkdir()
    lost, kept = [await registered(house, user, name) for name in ("Lost", "Kept")]
    with_lost = guarded.by_certificate(files_of(lost, folders[0]), client_id="chosen by itself")
    async with connected(with_lost) as session:
        answer = await house.http.delete(f"{PATH}/{lost['id']}", headers=await house.bearer(user))
        assert answer.status_code == 204
        assert isinstance(await session.lost(), BrokerUnavailable)
    with pytest.raises(PacelineError):
        await Session(with_lost).connect()
    async with connected(guarded.by_certificate(files_of(kept, folders[1]))):
        pass
    assert [device["id"] for device in await listed(house, user)] == [kept["id"]]
    again = await house.http.delete(f"{PATH}/{lost['id']}", headers=await house.bearer(user))
    assert again.status_code == 404


async def test_a_revocation_that_the_broker_has_not_confirmed_is_finished_when_asked_again(
    guarded: GuardedServer, stores: Stores, user: str
) -> None:
    login = guarded.login(API)
    options = DeviceOptions(authority=guarded.authority_folder)
    async with api_at(guarded.port, stores, login=login, devices=options) as house:
        await house.wiring.doorkeeper.wait_connected()
        device = await registered(house, user)
        path, headers = f"{PATH}/{device['id']}", await house.bearer(user)
        nobody_enforces = await house.http.delete(path, headers=headers)
        assert nobody_enforces.status_code == 503
        assert "Retry-After" in nobody_enforces.headers
        async with guarded.warden():
            # 404 when it has been finished without being asked, just before.
            assert (await house.http.delete(path, headers=headers)).status_code in (204, 404)
            assert not await house.wiring.doorkeeper.has_pending(user)
        assert (await house.http.delete(path, headers=headers)).status_code == 404


async def test_what_could_not_be_confirmed_is_tried_again_without_being_asked(
    guarded: GuardedServer, stores: Stores, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "_RETRY_S", 0.05)
    options = DeviceOptions(authority=guarded.authority_folder)
    async with api_at(guarded.port, stores, login=guarded.login(API), devices=options) as house:
        await house.wiring.doorkeeper.wait_connected()
        device, headers = await registered(house, user), await house.bearer(user)
        assert (await house.http.delete(f"{PATH}/{device['id']}", headers=headers)).status_code == 503
        async with guarded.warden():

            async def is_done() -> bool:
                return not await house.wiring.doorkeeper.has_pending(user)

            assert await until(is_done)


async def test_nobody_sees_or_touches_another_s_devices(house: House, user: str) -> None:
    device, stranger = await registered(house, user), await house.bearer("stranger")
    assert (await house.http.get(PATH, headers=stranger)).json() == []
    assert (await house.http.delete(f"{PATH}/{device['id']}", headers=stranger)).status_code == 404
    assert (await house.http.post(f"{PATH}/{device['id']}/sync", headers=stranger)).status_code == 404
    assert len(await listed(house, user)) == 1


async def test_a_device_is_listed_as_it_says_it_is(
    house: House, guarded: GuardedServer, user: str, tmp_path: Path
) -> None:
    device = await registered(house, user)
    said = {"state": "online", "battery_pct": 82, "firmware": "4.1.0"}

    async def shown() -> dict[str, Any] | None:
        [found] = await listed(house, user)
        return found if found["last_seen_at"] else None

    async with connected(guarded.by_certificate(files_of(device, tmp_path))) as session:
        for nonsense in (b"", b"{", b'{"state":"asleep"}', b'{"state":"online","battery_pct":101}', b"\xff"):
            await session.session.publish(device["status_topic"], nonsense)
        await session.session.publish(device["status_topic"], json.dumps(said).encode(), retain=True)
        found = await until(shown)
    assert {name: found[name] for name in said} == said
    await house.http.delete(f"{PATH}/{device['id']}", headers=await house.bearer(user))
    async with connected(guarded.by_password(API, topics.status(user, "+"))) as api:
        await api.session.publish(topics.feedback(user), b"")
        assert api.heard.empty(), "nothing is retained of a device that is gone"


async def test_a_device_is_asked_to_sync(house: House, guarded: GuardedServer, user: str, tmp_path: Path) -> None:
    device = await registered(house, user)
    assert (await post(house, user, f"/{device['id']}/sync")).status_code == 409
    async with connected(guarded.by_certificate(files_of(device, tmp_path), topics.inbox(user))) as session:
        assert (await post(house, user, f"/{device['id']}/sync")).status_code == 202
        heard = await session.next()
    assert heard.topic == topics.sync(user)
    assert json.loads(heard.payload)["device_id"] == device["id"]


async def old_device(house: House, guarded: GuardedServer, user: str, key: Key, age: timedelta) -> Device:
    """A device that was registered some time ago, with a certificate for 90 days."""
    began = datetime.now(UTC) - age
    issued = await house.wiring.issuer.certify(user, key.public_key(), began)
    device = Device(str(uuid4()), user, "Old", uuid4().hex, issued.key_hash, began, issued.certificate)
    await house.wiring.devices.add(device)
    return device


async def renewed(house: House, device_id: str, key: Key) -> httpx.Response:
    """Asked by the device itself, without a login."""
    body = {"signing_request": request_of(key)}
    return await house.http.post(f"{PATH}/{device_id}/certificate", json=body, auth=httpx.Auth())


async def test_a_device_renews_its_certificate_with_its_key_alone(
    house: House, guarded: GuardedServer, user: str
) -> None:
    key = new_key()
    device = await old_device(house, guarded, user, key, timedelta(days=70))
    answer = await renewed(house, device.id, key)
    assert answer.status_code == 200
    found = answer.json()
    assert found["serial"] != device.certificate.serial
    certificate = x509.load_pem_x509_certificate(found["certificate"].encode())
    assert certificate.public_key() == key.public_key()
    assert (await renewed(house, device.id, key)).json()["serial"] == found["serial"], "asked again, the same"


async def test_a_young_certificate_is_shown_as_it_is(house: House, guarded: GuardedServer, user: str) -> None:
    key = new_key()
    device = await old_device(house, guarded, user, key, timedelta(days=10))
    answer = await renewed(house, device.id, key)
    assert answer.json()["serial"] == device.certificate.serial


async def test_who_does_not_have_the_key_or_comes_too_late_is_refused_alike(
    house: House, guarded: GuardedServer, user: str
) -> None:
    key = new_key()
    device = await old_device(house, guarded, user, key, timedelta(days=70))
    ended = await old_device(house, guarded, user, key, timedelta(days=91))
    refusals = [
        await renewed(house, *attempt) for attempt in ((device.id, new_key()), (ended.id, key), (str(uuid4()), key))
    ]
    assert [refusal.status_code for refusal in refusals] == [403, 403, 403]
    assert len({refusal.text for refusal in refusals}) == 1


async def test_both_certificates_of_a_renewed_device_are_revoked(
    house: House, guarded: GuardedServer, user: str
) -> None:
    key = new_key()
    device = await old_device(house, guarded, user, key, timedelta(days=70))
    newer = (await renewed(house, device.id, key)).json()["serial"]
    assert (await house.http.delete(f"{PATH}/{device.id}", headers=await house.bearer(user))).status_code == 204
    revoked = x509.load_pem_x509_crl(guarded.house.broker.revoked.read_bytes())
    serials = {f"{entry.serial_number:x}" for entry in revoked}
    assert {device.certificate.serial, newer} <= serials


async def test_with_a_person_go_their_certificates(
    house: House, guarded: GuardedServer, user: str, tmp_path: Path
) -> None:
    device = await registered(house, user)
    options = guarded.by_certificate(files_of(device, tmp_path))
    async with connected(options) as session:
        answer = await house.http.delete(f"/api/v1/users/{user}", headers=await house.bearer(user))
        assert answer.status_code == 202
        assert isinstance(await session.lost(), BrokerUnavailable)
    assert await house.wiring.devices.of_user(user) == []


async def test_an_installation_without_an_authority_says_so(library: House, user: str) -> None:
    answer = await post(library, user, name="Watch")
    assert answer.status_code == 503
    assert "authority" in answer.json()["detail"]
