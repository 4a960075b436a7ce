"""How many source devices a user may have."""

import asyncio

from storage.records.database import Database
from storage.records.source_devices import MAX_SOURCE_DEVICES, SourceDevices


async def test_a_device_is_let_in_once_and_stays(database: Database) -> None:
    devices = SourceDevices(database)
    assert await devices.admit([("ann", "watch"), ("ann", "phone"), ("ann", "watch")]) == {"ann": {"watch", "phone"}}
    assert await devices.admit([("ann", "watch")]) == {"ann": {"watch", "phone"}}


async def test_who_has_as_many_as_are_allowed_gets_no_more(database: Database) -> None:
    devices = SourceDevices(database)
    first = [f"device {n}" for n in range(MAX_SOURCE_DEVICES)]
    await devices.admit([("ann", name) for name in [*first, "one too many"]])
    assert await devices.admit([("ann", "another"), ("bob", "watch")]) == {"ann": set(first), "bob": {"watch"}}


async def test_the_bound_holds_whoever_else_admits_at_the_same_time(database: Database) -> None:
    devices = SourceDevices(database)
    names = [[f"{caller}-{n}" for n in range(12)] for caller in range(6)]
    await asyncio.gather(*(devices.admit([("ann", name) for name in each]) for each in names))
    assert len((await devices.admit([("ann", "probe")]))["ann"]) == MAX_SOURCE_DEVICES


async def test_a_deleted_user_has_room_again_and_others_keep_theirs(database: Database) -> None:
    devices = SourceDevices(database)
    await devices.admit([("ann", f"device {n}") for n in range(40)] + [("bob", "watch")])
    await devices.delete_user("ann")
    assert await devices.admit([("ann", "new"), ("bob", "watch")]) == {"ann": {"new"}, "bob": {"watch"}}
