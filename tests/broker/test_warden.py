"""Revocation at a real Mosquitto: at once, whatever client id a device chose, and nobody else's connection ends."""

import asyncio
import errno
import os
import secrets
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import mqtt5
import pytest

from broker import warden as warden_module
from broker.authority.certificates import new_authority
from broker.authority.names import API, WARDEN
from broker.authority.revocation import Revoked, list_number, revocation_list
from broker.files import write_private
from broker.passwords import password_file
from broker.session import Session
from broker.warden import Beat, Warden
from contract import topics
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import BrokerUnavailable, Misconfigured
from contract.revocations import Enforced, Revocations, read_enforced
from paceline.mosquitto import reload
from paceline.processes import Child
from tests.broker.talking import connected
from tests.servers.guarded import Certified, GuardedServer

PATIENCE_S = 20


async def revoke(guarded: GuardedServer, certified: Sequence[Certified], others: int = 0) -> None:
    """As the API does it: tell the whole list, wait until it is in force.

    Args:
        guarded: the broker.
        certified: whose certificates are good no more.
        others: so many certificates that nobody has are in the list, too, each with a user that is cut off.
    """
    now = datetime.now(UTC)
    number = list_number(guarded.house.broker.revoked.read_bytes(), guarded.authority.certificate) + 1
    serials = [each.serial for each in certified] + [f"7{secrets.token_hex(19)}" for _ in range(others)]
    pem = revocation_list(guarded.authority, number, [Revoked(serial, now) for serial in serials], now)
    options = guarded.by_password(API, topics.REVOCATIONS_ENFORCED)
    async with connected(options) as api:
        users = {each.user_id for each in certified} | {f"nobody-{number}" for number in range(others // 100)}
        for part in reversed(Revocations(pem.decode(), sorted(users)).divided(uuid4().hex)):
            assert await api.session.publish(topics.revocation_part(part.part), part.encode(), retain=True) == 0
        # A warden that has just come enforces what is retained from before first.
        while read_enforced((await api.next()).payload) != Enforced(number):
            pass


async def refused(guarded: GuardedServer, certified: Certified) -> bool:
    session = Session(guarded.by_certificate(certified))
    try:
        await session.connect()
    except Misconfigured as error:
        return "certificate" in str(error).lower()
    except BrokerUnavailable:
        return True  # TLS 1.3: the refusal may come as the end of the connection
    await session.close()
    return False


async def test_a_revoked_device_is_cut_off_whatever_its_client_id_and_does_not_come_back(
    guarded: GuardedServer, tmp_path: Path
) -> None:
    user = f"user-{uuid4().hex}"
    lost, kept = guarded.certify(user, tmp_path), guarded.certify(user, tmp_path)
    strange = guarded.by_certificate(lost, client_id="as bob (p5, c1, k60, u'bob'). \N{SNOWMAN}")
    neighbour = guarded.by_certificate(guarded.certify("neighbour", tmp_path), topics.inbox("neighbour"))
    async with guarded.warden(), connected(strange) as device, connected(neighbour) as other:
        await revoke(guarded, [lost])
        assert isinstance(await device.lost(), BrokerUnavailable)
        assert await refused(guarded, lost)
        assert not await refused(guarded, kept)
        assert other.session.connected
        assert other.disconnects.empty()


async def test_a_session_resumed_from_before_the_revocation_is_refused_too(
    guarded: GuardedServer, tmp_path: Path
) -> None:
    lost = guarded.certify(f"user-{uuid4().hex}", tmp_path)
    context = lost.context()
    session, _ = await asyncio.to_thread(handshake, guarded, context)
    session, resumed = await asyncio.to_thread(handshake, guarded, context, session)
    assert resumed, "else this test shows nothing"
    async with guarded.warden():
        await revoke(guarded, [lost])
    with pytest.raises(OSError):  # noqa: PT011  # TLS alert or end of the connection, as it comes
        await asyncio.to_thread(handshake, guarded, context, session)


async def test_a_connection_that_was_kept_ready_before_the_revocation_is_ended_at_the_second_look(
    guarded: GuardedServer, tmp_path: Path
) -> None:
    lost = guarded.certify(f"user-{uuid4().hex}", tmp_path)
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.tls_port, ssl=lost.context())
    async with guarded.warden(second_look_s=0.5), asyncio.timeout(PATIENCE_S):
        await revoke(guarded, [lost])
        writer.write(mqtt5.ConnectPacket("kept ready", clean_start=True).write())
        with suppress(ConnectionError, ssl.SSLError):
            while await reader.read(1_000):
                pass
    writer.close()
    with suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


async def test_more_can_be_revoked_than_fits_into_a_message(guarded: GuardedServer, tmp_path: Path) -> None:
    lost = guarded.certify(f"user-{uuid4().hex}", tmp_path)
    async with guarded.warden(), connected(guarded.by_certificate(lost)) as device:
        await revoke(guarded, [lost], others=30_000)
        assert guarded.house.broker.revoked.stat().st_size > MAX_BATCH_BYTES
        assert isinstance(await device.lost(), BrokerUnavailable)
    assert await refused(guarded, lost)


async def test_an_older_list_does_not_bring_back_what_is_revoked(guarded: GuardedServer, tmp_path: Path) -> None:
    lost = guarded.certify(f"user-{uuid4().hex}", tmp_path)
    async with guarded.warden():
        await revoke(guarded, [lost])
        authority, now = guarded.authority, datetime.now(UTC)
        has = list_number(guarded.house.broker.revoked.read_bytes(), authority.certificate)
        old = Revocations(revocation_list(authority, has - 1, [], now).decode(), [])
        async with connected(guarded.by_password(API, topics.REVOCATIONS_ENFORCED)) as api:
            await api.session.publish(topics.revocation_part(0), old.encode(), retain=True)
            assert read_enforced((await api.next()).payload) == Enforced(has)
        assert list_number(guarded.house.broker.revoked.read_bytes(), authority.certificate) == has
    assert await refused(guarded, lost)


async def test_a_disk_that_is_full_ends_nobody_and_what_was_revoked_is_in_force_afterwards(
    guarded: GuardedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lost, tried = guarded.certify(f"user-{uuid4().hex}", tmp_path), asyncio.Event()

    def full(path: Path, content: bytes) -> None:
        tried.set()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with guarded.warden():
        with monkeypatch.context() as on_a_full_disk:
            on_a_full_disk.setattr(warden_module, "write_private", full)
            revoking = asyncio.create_task(revoke(guarded, [lost]))
            await tried.wait()
        revoking.cancel()
        await asyncio.wait([revoking])
        assert not await refused(guarded, lost)
        await revoke(guarded, [lost])  # as the API does until it is confirmed
    assert await refused(guarded, lost)
    assert "not in force yet: [Errno 28]" in caplog.text


@pytest.mark.parametrize(
    "payload", [b"", b"{", b'{"revocation_list":"no","cut_off":[]}', b'{"message":"\xff"}', "forged"]
)
async def test_a_list_that_is_not_the_authority_s_changes_nothing(guarded: GuardedServer, payload: bytes | str) -> None:
    before = guarded.house.broker.revoked.read_bytes()
    if isinstance(payload, str):
        forged = revocation_list(new_authority(datetime.now(UTC)), 10**6, [], datetime.now(UTC))
        payload = Revocations(forged.decode(), []).encode()
    async with guarded.warden():
        async with connected(guarded.by_password(API)) as api:
            await api.session.publish(topics.revocation_part(0), payload, retain=True)
        await revoke(guarded, [])  # the warden goes on, one after the other
    after = guarded.house.broker.revoked.read_bytes()
    certificate = guarded.authority.certificate
    assert list_number(after, certificate) == list_number(before, certificate) + 1


def give_password(guarded: GuardedServer) -> str:
    """A user with a password that the broker knows already."""
    user, file = f"user-{uuid4().hex}", guarded.house.broker.passwords
    write_private(file, file.read_bytes() + password_file(guarded.house.passwords, [user]))
    reload(guarded.child)
    return user


async def test_somebody_whose_password_is_taken_away_is_cut_off_and_does_not_come_back(guarded: GuardedServer) -> None:
    async with guarded.warden() as warden:
        user, other = give_password(guarded), give_password(guarded)
        lost, kept = guarded.by_password(user), guarded.by_password(other)
        async with connected(lost) as device, connected(kept) as neighbour:
            guarded.house.forget(user)
            await warden.shut_out(user)
            assert isinstance(await device.lost(), BrokerUnavailable)
            with pytest.raises(Misconfigured, match="not authorized"):
                await Session(lost).connect()
            await neighbour.settle()
            assert neighbour.disconnects.empty()
            await warden.shut_out(user)  # as harmless as the first time


async def test_a_broker_that_is_not_there_is_told_as_such_so_that_it_is_done_again(guarded: GuardedServer) -> None:
    beat = Beat(guarded.house.broker, guarded.authority.certificate, lambda: reload(Child(["none"], log=Path("none"))))
    with pytest.raises(BrokerUnavailable, match="not running"):
        await Warden(beat, guarded.by_password(WARDEN)).shut_out("ann")


def handshake(
    guarded: GuardedServer, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLSession | None, bool]:
    """Connect and have an answer, with which the ticket for a resumption comes; whether it was one itself."""
    with (
        socket.create_connection(("127.0.0.1", guarded.tls_port), timeout=PATIENCE_S) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1", session=session) as secure,
    ):
        secure.sendall(mqtt5.ConnectPacket(uuid4().hex, clean_start=True).write())
        if not secure.recv(1):
            raise ConnectionError
        return secure.session, bool(secure.session_reused)
