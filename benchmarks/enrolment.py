"""`python -m benchmarks.enrolment`: very many devices registered, some of them connecting, one revoked.

The broker is a real Mosquitto with its warden, the API a real server before real records; both are asked as devices and
people ask them. Devices, API and warden share one process here, and with the broker two cores. Only the many devices
that do nothing but exist are put into the records some thousand at a time, with certificates that the authority signed.
"""

import argparse
import asyncio
import secrets
import ssl
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from benchmarks.installation import Installation, installed
from broker.authority.certificates import key_hash, new_key, pem_of, serial_of, sign_device
from broker.authority.folder import load_authority
from broker.session import Endpoint, Session, SessionOptions
from storage.records.devices import Certificate, Device
from storage.records.tables import CERTIFICATES, DEVICES, REVOCATIONS

AT_ONCE = 2_000
"""Devices in one statement."""

DAYS = 90

progress = Console(stderr=True, highlight=False, width=110)


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many.

    Attributes:
        registered: devices that do nothing but exist.
        connecting: devices that connect at once; registered over HTTP.
        revoked: of the connected ones, one after the other.
        revoked_before: certificates that are in the revocation list already the second time.
    """

    registered: int = 100_000
    connecting: int = 100
    revoked: int = 10
    revoked_before: int = 20_000


class Figures:
    """What was measured, in the order in which it was."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def add(self, what: str, value: str) -> None:
        """One figure."""
        self.rows.append((what, value))
        progress.print(f"{what}: {value}")

    def add_times(self, what: str, times_s: Sequence[float]) -> None:
        """Median, 90th percentile and longest."""
        ninth = quantiles(times_s, n=10, method="inclusive")[-1] if len(times_s) > 1 else times_s[0]
        told = (f"{1e3 * each:.1f} ms" for each in (median(times_s), ninth, max(times_s)))
        self.add(what, "median {}, p90 {}, longest {}".format(*told))


async def register_many(installation: Installation, count: int, figures: Figures) -> None:
    """Devices of as many people; signed one by one, stored some thousand at a time."""
    authority = load_authority(installation.house.settings.authority_folder)
    now, signing_s = datetime.now(UTC), 0.0
    for start in range(0, count, AT_ONCE):
        began_s = time.perf_counter()
        devices = []
        for number in range(start, min(start + AT_ONCE, count)):
            user_id, key = f"person-{number}", new_key()
            found = sign_device(authority, user_id, key.public_key(), now, DAYS)
            pem = pem_of(found).decode()
            certificate = Certificate(serial_of(found), now, found.not_valid_after_utc, pem)
            client_id = f"device-{secrets.token_hex(16)}"
            hashed = key_hash(key.public_key())
            devices.append(Device(str(uuid4()), user_id, "Watch", client_id, hashed, now, certificate))
        signing_s += time.perf_counter() - began_s
        async with installation.records.write() as connection:
            rows = [{column.name: getattr(device, column.name) for column in DEVICES.columns} for device in devices]
            await connection.execute(insert(DEVICES), rows)
            rows = [asdict(device.certificate) | {"device_id": device.id} for device in devices]
            await connection.execute(insert(CERTIFICATES), rows)
    figures.add(f"{count:,} devices: key and certificate of each", f"{1e6 * signing_s / max(count, 1):.0f} us")


async def revoke_many(installation: Installation, count: int) -> None:
    """Have so many certificates be revoked already."""
    now = datetime.now(UTC)
    number, end = int(now.timestamp() * 1_000), now + timedelta(days=DAYS)
    for start in range(0, count, AT_ONCE):
        rows = [
            {"number": number + each, "serial": f"7{secrets.token_hex(19)}", "user_id": None, "revoked_at": now}
            | {"expires_at": end, "enforced": True}
            for each in range(start, min(start + AT_ONCE, count))
        ]
        async with installation.records.write() as connection:
            await connection.execute(insert(REVOCATIONS), rows)


@dataclass(frozen=True, slots=True)
class Connecting:
    """A device that was registered over HTTP.

    Attributes:
        id: its own.
        headers: with which its user asks.
        options: with which it connects.
        lost_s: seconds of the performance counter when it lost its connection.
    """

    id: str
    headers: dict[str, str]
    options: SessionOptions
    lost_s: "asyncio.Future[float]"


async def register(installation: Installation, folder: Path) -> tuple[Connecting, float]:
    """A device of somebody new, and how long the API took."""
    headers = await installation.login(f"connecting-{uuid4().hex}")
    began_s = time.perf_counter()
    async with installation.http.post("devices", json={"name": "Watch"}, headers=headers) as response:
        device = await response.json()
    took_s = time.perf_counter() - began_s
    path = folder / f"{device['id']}.pem"
    path.write_text(device["certificate"] + device["private_key"])
    context = ssl.create_default_context(cadata=device["authority"])
    context.load_cert_chain(path)
    endpoint = Endpoint("127.0.0.1", installation.house.addresses.mqtts_port, context)
    options = SessionOptions(client_id=device["client_id"], endpoint=endpoint, session_expiry_s=0)
    return Connecting(device["id"], headers, options, asyncio.get_running_loop().create_future()), took_s


async def connect(device: Connecting) -> tuple[Session, float]:
    """From the first packet to CONNACK; how long that took."""

    def lost(_: Exception | None) -> None:
        if not device.lost_s.done():
            device.lost_s.set_result(time.perf_counter())

    session = Session(device.options, on_disconnect=lost)
    began_s = time.perf_counter()
    await session.connect()
    return session, time.perf_counter() - began_s


async def revoke(installation: Installation, device: Connecting) -> tuple[float, float]:
    """Seconds from the request until the API has answered, and until the device has lost its connection."""
    began_s = time.perf_counter()
    async with installation.http.delete(f"devices/{device.id}", headers=device.headers):
        answered_s = time.perf_counter()
    return answered_s - began_s, await device.lost_s - began_s


async def passage(installation: Installation, folder: Path, amounts: Amounts, figures: Figures) -> None:
    """Register, connect, revoke."""
    made = [await register(installation, folder) for _ in range(amounts.connecting)]
    figures.add_times("registering one over HTTP", [took_s for _, took_s in made])
    devices = [device for device, _ in made]
    before_s, began_s = installation.broker.usage().cpu_s, time.perf_counter()
    connected = await asyncio.gather(*map(connect, devices))
    figures.add(f"{len(devices)} that connect at once", f"{time.perf_counter() - began_s:.2f} s until all have")
    broker_s = installation.broker.usage().cpu_s - before_s
    figures.add("broker for one connection", f"{1e3 * broker_s / len(devices):.1f} ms of a core")
    times = [await revoke(installation, device) for device in devices[: amounts.revoked]]
    figures.add_times("revoking one, until the API has answered", [answered_s for answered_s, _ in times])
    figures.add_times("revoking one, until it is cut off", [lost_s for _, lost_s in times])
    others = [session.connected for session, _ in connected[amounts.revoked :]]
    figures.add("connections of others that have ended", str(others.count(False)))
    for session, _ in connected:
        await session.close()


async def measure(folder: Path, amounts: Amounts) -> Figures:
    """All of it."""
    figures = Figures()
    async with installed(folder) as installation:
        figures.add("broker, nobody registered", installation.state())
        await register_many(installation, amounts.registered, figures)
        figures.add(f"broker, {amounts.registered:,} registered", installation.state())
        await passage(installation, folder, amounts, figures)
        await revoke_many(installation, amounts.revoked_before)
        figures.add("revoked from now on", f"{amounts.revoked_before:,} more")
        await passage(installation, folder, amounts, figures)
        figures.add("broker, at the end", installation.state())
    return figures


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in asdict(Amounts()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    amounts = Amounts(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder), amounts))
    table = Table("what", "", width=110)
    for row in figures.rows:
        table.add_row(*row)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
