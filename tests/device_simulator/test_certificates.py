"""Devices with client certificates, against a Mosquitto that asks for them."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.errors import Misconfigured
from device_simulator.address import Address
from device_simulator.people.chance import user_id
from device_simulator.run import Run, RunOptions
from device_simulator.scenario import changed, load_scenario
from paceline.processes import free_port, is_listening
from tests.servers.mosquitto import MosquittoServer, new_server

SEED = 3


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def issue(folder: Path, name: str, *more: str) -> None:
    """A certificate of this name, signed by the folder's authority."""
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", "request.pem",
            "-subj", f"/CN={name}")  # fmt: skip
    openssl(folder, "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-out", f"{name}.pem", *more)  # fmt: skip


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "2", "-subj", "/CN=authority")  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    issue(folder, "server", "-extfile", "names")
    for index in range(2):
        issue(folder, user_id(SEED, index))
    return folder


@pytest.fixture
def guarded(tmp_path: Path, certificates: Path) -> Iterator[tuple[MosquittoServer, int]]:
    """A broker with a second listener that knows devices by their certificates."""
    port = free_port()
    listener = (
        f"\nlistener {port} 127.0.0.1\ncafile {certificates}/ca.pem\ncertfile {certificates}/server.pem\n"
        f"keyfile {certificates}/server.key\nrequire_certificate true\nuse_identity_as_username true\n"
    )
    server = new_server(tmp_path, more=listener)
    server.start()
    server.child.wait_ready(lambda: is_listening(port))
    yield server, port
    server.stop()


def run_of(port: int, certificates: Path, devices: int) -> Run:
    scenario = changed(
        load_scenario("steady"),
        devices={"count": devices, "connect_rate": 0.0},
        timing={"interval_s": 0.1, "duration_s": 0.5},
    )
    address = Address.parse(f"mqtts://127.0.0.1:{port}", certificates=certificates)
    return Run(RunOptions(scenario=scenario, address=address, seed=SEED, receipts=False))


async def test_each_device_shows_its_own_certificate(guarded: tuple[MosquittoServer, int], certificates: Path) -> None:
    server, port = guarded
    run = run_of(port, certificates, devices=2)
    await run.run(asyncio.Event())
    assert run.tally.connect.count == 2
    assert run.tally.published == run.tally.puback.count > 0
    log = server.child.log.read_text()
    assert all(f"u'{user_id(SEED, index)}'" in log for index in range(2))


async def test_a_device_without_a_certificate_is_told_and_the_others_go_on(
    guarded: tuple[MosquittoServer, int], certificates: Path
) -> None:
    run = run_of(guarded[1], certificates, devices=3)
    async with asyncio.timeout(60):
        await run.run(asyncio.Event())
    assert run.tally.connect.count == 2
    assert any(user_id(SEED, 2) in reason for reason in run.tally.errors)


def test_certificates_need_tls_and_their_authority(certificates: Path, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="mqtts://"):
        Address.parse("mqtt://127.0.0.1", certificates=certificates)
    with pytest.raises(Misconfigured, match=r"ca\.pem"):
        Address.parse("mqtts://127.0.0.1", certificates=tmp_path)
