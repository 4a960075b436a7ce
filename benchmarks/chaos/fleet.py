"""A process that runs devices, as `python -m benchmarks.chaos.fleet FILE`.

It ends when a file tells it to, and not before all devices have all their receipts. A file rather than a signal: a
process that was just started again would be killed by one.
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from benchmarks.chaos.device import Assignment, Device
from benchmarks.chaos.journal import Journal
from broker.session import Backoff, Endpoint, SessionOptions, Subscription
from contract import topics

GLANCE_S = 0.25
_STOP = "stop"


class Fleet(msgspec.Struct, frozen=True):
    """What one process runs.

    Attributes:
        broker_url: the broker's, with the user name and password of all devices.
        folder: where the devices' journals are.
        assignments: one for each device.
    """

    broker_url: str
    folder: Path
    assignments: list[Assignment]


def journal_path(folder: Path, user_id: str) -> Path:
    """Where a device's outbox is."""
    return folder / f"{user_id}.journal"


def tell_to_stop(folder: Path) -> None:
    """Have the fleets whose journals are there finish what they do, and end."""
    (folder / _STOP).touch()


def write_fleet(path: Path, fleet: Fleet) -> None:
    """Put down what a process is to run."""
    path.write_bytes(msgspec.json.encode(fleet, enc_hook=str))


def _read_fleet(path: Path) -> Fleet:
    return msgspec.json.decode(path.read_bytes(), type=Fleet, dec_hook=lambda to, value: to(value))


def _device(fleet: Fleet, assignment: Assignment) -> Device:
    user_id = assignment.user_id
    endpoint, username, password = Endpoint.parse(fleet.broker_url)
    options = SessionOptions(
        client_id=f"device-{user_id}",
        endpoint=endpoint,
        username=username,
        password=password,
        clean_start=True,
        session_expiry_s=0,
        # A round lasts seconds: a broker that froze or died is to be noticed within it.
        keep_alive_s=4,
        connect_timeout_s=3,
        backoff=Backoff(0.2, 1),
        subscriptions=(Subscription(topics.receipts(user_id), 0),),
    )
    return Device(assignment, Journal(journal_path(fleet.folder, user_id)), options)


async def run(fleet: Fleet) -> None:
    """Have all devices live until they are done."""
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for assignment in fleet.assignments:
            tasks.create_task(_device(fleet, assignment).live(stopping))
        while not (fleet.folder / _STOP).exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(GLANCE_S)
        stopping.set()


if __name__ == "__main__":
    asyncio.run(run(_read_fleet(Path(sys.argv[1]))))
