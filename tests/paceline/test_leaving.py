"""An erased person of a local run is out at the broker: at once, after a crash halfway, and when they are made anew."""

import asyncio
import errno
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from urllib.request import Request
from uuid import uuid4

import pytest

from broker.authority.names import API
from broker.files import write_private
from broker.passwords import password_file
from broker.session import Session
from broker.warden import Warden
from contract import topics
from contract.errors import BrokerUnavailable, Misconfigured
from paceline.accounts import LOGINS, forget
from paceline.demo_people import EXAMPLE
from paceline.leaving import leavers, shut_out
from paceline.mosquitto import reload
from paceline.processes import find_program
from storage.records.migrations import migrate
from tests.api.house import House, Stores, api_at, open_stores
from tests.broker.talking import connected
from tests.paceline.test_local import USER, LocalRun, StartRun, body, start_run, with_receipt
from tests.servers.guarded import GuardedServer

PATIENCE_S = 30

__all__ = ["start_run"]


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    migrated = tmp_path / "migrated.db"
    await migrate(f"sqlite:///{migrated}")
    async with open_stores(tmp_path, migrated) as opened:
        yield opened


@pytest.fixture
def person(guarded: GuardedServer) -> str:
    """Somebody with a password."""
    user, file = f"user-{uuid4().hex}", guarded.house.broker.passwords
    write_private(file, file.read_bytes() + password_file(guarded.house.passwords, [user]))
    reload(guarded.child)
    return user


@asynccontextmanager
async def api_of_a_local_run(guarded: GuardedServer, stores: Stores, warden: Warden) -> AsyncIterator[House]:
    async with api_at(guarded.port, stores, login=guarded.login(API)) as house:
        house.wiring.erasure.add_step(partial(shut_out, guarded.house, warden))
        await house.uplink.wait_connected()
        yield house


async def test_who_is_erased_is_cut_off_and_not_let_in_again(
    guarded: GuardedServer, stores: Stores, person: str
) -> None:
    options = guarded.by_password(person, topics.inbox(person))
    async with (
        guarded.warden() as warden,
        api_of_a_local_run(guarded, stores, warden) as house,
        connected(options) as device,
        connected(guarded.by_password("bob")) as neighbour,
    ):
        assert (await house.http.delete(f"/api/v1/users/{person}")).status_code == 202
        assert isinstance(await device.lost(), BrokerUnavailable)
        with pytest.raises(Misconfigured, match="not authorized"):
            await Session(options).connect()
        await neighbour.settle()
        assert neighbour.disconnects.empty()
    with pytest.raises(Misconfigured, match="no password"):
        guarded.login(person)
    assert person not in guarded.house.broker.passwords.read_text()


async def test_a_crash_halfway_is_made_up_for(
    guarded: GuardedServer, stores: Stores, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = asyncio.Event()

    async def hang(*_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    async with guarded.warden() as warden, connected(guarded.by_password(person)) as device:
        with monkeypatch.context() as halfway:
            halfway.setattr(Warden, "shut_out", hang)
            async with api_of_a_local_run(guarded, stores, warden) as house:
                await house.http.delete(f"/api/v1/users/{person}")
                await asyncio.wait_for(reached.wait(), PATIENCE_S)
        # The password is gone, the broker was not told, and then the process has ended.
        assert person in await leavers(stores.records)
        assert device.session.connected
        async with api_of_a_local_run(guarded, stores, warden):
            assert isinstance(await device.lost(), BrokerUnavailable)


async def test_a_disk_that_is_full_makes_the_erasure_wait(
    guarded: GuardedServer, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("paceline.house.write_private", full)
    async with guarded.warden() as warden, connected(guarded.by_password(person)) as device:
        with pytest.raises(BrokerUnavailable, match="No space left"):
            await shut_out(guarded.house, warden, person)
        monkeypatch.undo()
        await shut_out(guarded.house, warden, person)
        assert isinstance(await device.lost(), BrokerUnavailable)


def test_only_whose_login_it_is_loses_it(tmp_path: Path) -> None:
    (tmp_path / LOGINS).mkdir()
    files = [tmp_path / LOGINS / name for name in (EXAMPLE.email or "", "coach@example.org")]
    for file in files:
        file.touch()
    forget(tmp_path, "somebody-else")
    assert all(file.exists() for file in files)
    for _ in range(2):
        forget(tmp_path, EXAMPLE.id)
        assert [file.exists() for file in files] == [False, True]


def let_in(run: LocalRun, password: str) -> bool:
    """Whether somebody may publish with this password as `USER`."""
    program, port = find_program("mosquitto_pub", "mosquitto-clients"), str(run.addresses["mqtt_port"])
    command = [program, "-h", "127.0.0.1", "-p", port, "-u", USER, "-P", password, "-t", topics.status(USER, "x"), "-n"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert said.returncode == 0 or "not authorised" in said.stderr, said.stderr
    return said.returncode == 0


def erase(run: LocalRun) -> None:
    headers = run.bearer("me@example.org")
    request = Request(f"{run.addresses['api_url']}/api/v1/users/me", headers=headers, method="DELETE")  # noqa: S310
    assert run.send(request)[0] == 202


def deletions(run: LocalRun, statement: str) -> list[tuple[str]]:
    """What the run's records say to this."""
    with closing(sqlite3.connect(run.note.parent / "records.db", isolation_level=None, timeout=PATIENCE_S)) as records:
        return records.execute(statement).fetchall()


def test_an_erased_person_of_a_local_run_comes_back_with_nothing(start_run: StartRun) -> None:
    run = start_run("--no-demo")
    folder, login = run.note.parent / "passwords", run.note.parent / LOGINS / "me@example.org"
    old, old_login = run.password(USER), login.read_text()
    with_receipt(run, "meals", body("meals"))
    assert let_in(run, old)
    erase(run)
    run.child.wait_ready(lambda: not let_in(run, old))
    run.child.kill()
    run.start()
    assert not let_in(run, old), "also when it was killed before it had done the rest"
    assert not (folder / USER).exists()
    assert not login.exists()
    run.child.wait_ready(lambda: not deletions(run, "SELECT id FROM deletions WHERE erased_at IS NULL"))
    assert run.interrupt() == 0
    # As if the time in which more may come late were over.
    deletions(run, "DELETE FROM deletions")
    run.tokens.clear()
    run.start()
    assert login.read_text() != old_login
    assert run.get(f"/api/v1/users/{USER}/meals") == (200, [])
    assert not let_in(run, old)
    assert let_in(run, run.password(USER))
