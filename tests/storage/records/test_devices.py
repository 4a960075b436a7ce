"""Devices and the revocation of their certificates, on SQLite and PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from storage.records.database import Database
from storage.records.devices import MAX_DEVICES, MAX_REVOKED, Certificate, Device, Devices, Status, TooManyDevices

NOW = datetime(2026, 1, 14, 18, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
END = NOW + timedelta(days=90)


def certificate(issued_at: datetime = NOW, expires_at: datetime = END) -> Certificate:
    return Certificate(uuid4().hex, issued_at, expires_at, "a certificate")


def device(user_id: str = "ann", **more: object) -> Device:
    made = Device(str(uuid4()), user_id, "Watch", uuid4().hex, "a hash", NOW, certificate())
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def devices(database: Database) -> Devices:
    return Devices(database)


async def added(devices: Devices, *more: Device) -> list[Device]:
    for each in more:
        await devices.add(each)
    return list(more)


async def test_a_user_sees_their_own_devices_and_nobody_else_s(devices: Devices) -> None:
    watch, phone, other = await added(devices, device(), device(name="Phone", registered_at=LATER), device("bob"))
    assert await devices.of_user("ann") == [watch, phone]
    assert await devices.of_user("bob") == [other]
    assert await devices.get(phone.id) == phone
    assert await devices.get("nothing") is None


async def test_of_many_added_at_once_there_is_room_for_ten(devices: Devices) -> None:
    outcomes = await asyncio.gather(*(devices.add(device()) for _ in range(25)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert all(isinstance(outcome, TooManyDevices) for outcome in refused)
    assert len(outcomes) - len(refused) == MAX_DEVICES == len(await devices.of_user("ann"))
    await devices.add(device("bob"))
    [first, *_] = await devices.of_user("ann")
    assert await devices.revoke("ann", first.id, LATER)
    await devices.add(device())


async def test_a_renewed_device_shows_its_newest_certificate_and_loses_all_when_it_is_revoked(devices: Devices) -> None:
    [watch] = await added(devices, device())
    newer = certificate(LATER, END + timedelta(days=30))
    assert await devices.renew(watch.id, newer)
    assert (await devices.of_user("ann"))[0].certificate == newer
    assert await devices.revoke("ann", watch.id, LATER)
    found = await devices.revocations(LATER)
    assert {serial for serial, _ in found.revoked} == {watch.certificate.serial, newer.serial}
    assert not await devices.renew(watch.id, certificate())


async def test_certificates_that_have_ended_are_forgotten_at_the_next_renewal(devices: Devices) -> None:
    [watch] = await added(devices, device())
    newer = certificate(END + timedelta(days=1), END + timedelta(days=90))
    await devices.renew(watch.id, newer)
    await devices.revoke("ann", watch.id, END + timedelta(days=2))
    assert [serial for serial, _ in (await devices.revocations(END)).revoked] == [newer.serial]


async def test_another_user_s_device_can_not_be_revoked(devices: Devices) -> None:
    [watch] = await added(devices, device())
    assert not await devices.revoke("bob", watch.id, LATER)
    assert await devices.of_user("ann") == [watch]
    assert (await devices.revocations(LATER)).revoked == []


async def test_a_revoked_device_leaves_a_serial_number_until_it_would_have_ended(devices: Devices) -> None:
    watch, phone = await added(devices, device(), device(certificate=certificate(expires_at=END + timedelta(days=9))))
    await devices.revoke("ann", watch.id, LATER)
    await devices.revoke("ann", phone.id, LATER)
    found = await devices.revocations(LATER)
    assert found.revoked == [(watch.certificate.serial, LATER), (phone.certificate.serial, LATER)]
    await devices.note_enforced(found.number)
    ended = await devices.revocations(END + timedelta(days=1))
    assert ended.number == found.number
    assert ended.revoked == [(phone.certificate.serial, LATER)]
    assert (await devices.revocations(END + timedelta(days=99))).number == found.number


async def test_numbers_grow_with_time_so_that_records_made_anew_give_none_again(devices: Devices) -> None:
    watch, phone, scale = await added(devices, device(), device(), device())
    numbers = []
    for each, at in ((watch, LATER), (phone, LATER), (scale, NOW)):
        await devices.revoke("ann", each.id, at)
        numbers.append((await devices.revocations(LATER)).number)
    assert numbers[0] == LATER.timestamp() * 1_000
    assert numbers == sorted(set(numbers)), "even if a clock was set back"


async def test_users_are_cut_off_until_that_is_known_to_be_done(devices: Devices) -> None:
    watch, other = await added(devices, device(), device("bob"))
    await devices.revoke("ann", watch.id, LATER)
    before = await devices.revocations(LATER)
    await devices.revoke_all("bob", LATER)
    assert before.cut_off == ["ann"]
    await devices.note_enforced(before.number)
    assert (await devices.revocations(LATER)).cut_off == ["bob"]
    assert await devices.get(other.id) is None


async def test_whose_a_revoked_certificate_was_is_forgotten_once_it_is_enforced(devices: Devices) -> None:
    [watch] = await added(devices, device())
    await devices.revoke_all("ann", LATER)
    await devices.forget_user("ann")
    assert (await devices.revocations(LATER)).cut_off == ["ann"]
    await devices.note_enforced((await devices.revocations(LATER)).number)
    await devices.forget_user("ann")
    assert (await devices.revocations(LATER)).revoked == [(watch.certificate.serial, LATER)]


async def test_a_user_can_not_fill_the_list_of_the_revoked(devices: Devices) -> None:
    for _ in range(MAX_REVOKED // MAX_DEVICES):
        await added(devices, *(device() for _ in range(MAX_DEVICES)))
        await devices.revoke_all("ann", LATER)
    with pytest.raises(TooManyDevices, match="replaced"):
        await devices.add(device())
    await devices.add(device("bob"))


async def test_what_a_device_says_is_kept_and_what_it_leaves_out_stays(devices: Devices) -> None:
    [watch] = await added(devices, device())
    await devices.note_statuses([Status("ann", watch.id, LATER, "online", 80.0, "1.2.3")])
    await devices.note_statuses([Status("ann", watch.id, LATER + timedelta(hours=1), "offline", None, None)])
    [found] = await devices.of_user("ann")
    assert (found.state, found.battery_pct, found.firmware) == ("offline", 80.0, "1.2.3")
    assert found.last_seen_at == LATER + timedelta(hours=1)


async def test_what_was_said_earlier_does_not_undo_what_was_said_later(devices: Devices) -> None:
    [watch] = await added(devices, device())
    await devices.note_statuses([Status("ann", watch.id, LATER, "online", 80.0, None)])
    await devices.note_statuses([Status("ann", watch.id, NOW, "offline", 10.0, None)])
    [found] = await devices.of_user("ann")
    assert (found.state, found.last_seen_at) == ("online", LATER)


async def test_a_status_counts_for_the_user_s_own_devices_only(devices: Devices) -> None:
    [watch] = await added(devices, device())
    await devices.note_statuses(
        [Status("bob", watch.id, LATER, "online", 1.0, None), Status("ann", "unknown", LATER, "online", 1.0, None)]
    )
    assert await devices.of_user("ann") == [watch]
