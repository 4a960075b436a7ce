"""Mosquitto as a process of ours: started, started again when it has died, told of revocations."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog
from cryptography import x509

from broker.mosquitto import BrokerPlace, prepare
from broker.options import SessionOptions
from broker.warden import Beat, Warden
from contract.errors import BrokerUnavailable, Misconfigured
from paceline.growing_logs import keep_small, set_aside
from paceline.processes import Child, find_program, is_listening

_LOOK_EVERY_S = 0.5

log = structlog.get_logger(__name__)


@contextmanager
def running_mosquitto(place: BrokerPlace) -> Iterator[Child]:
    """A Mosquitto with this place's configuration, listening; ended when the context ends.

    Raises:
        Misconfigured: it is not installed, or does not start.
    """
    program = find_program("mosquitto", "mosquitto")
    prepare(place)
    broker = Child([program, "-c", str(place.configuration)], log=place.state / "mosquitto.log")
    set_aside(broker.log)
    broker.start()
    try:
        broker.wait_ready(partial(is_listening, place.tls_port))
        yield broker
    finally:
        broker.stop()


async def keep_running(broker: Child, port: int) -> None:
    """Start the broker again whenever it has died, and keep its log small; until cancelled.

    Raises:
        Misconfigured: it can't be started again.
    """
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        await asyncio.to_thread(keep_small, broker.log)
        if broker.alive:
            continue
        if is_listening(port):
            raise Misconfigured(f"mosquitto ended, and another program has its port {port}:\n{broker.last_words()}")
        log.warning("mosquitto ended, starting it again", port=port)
        # Not in a thread: it dies with the thread that started it.
        broker.start()
        await asyncio.to_thread(broker.wait_ready, partial(is_listening, port))


def warden_of(broker: Child, place: BrokerPlace, options: SessionOptions) -> Warden:
    """Who brings revocations into force at this broker."""
    authority = x509.load_pem_x509_certificate((place.identity / "ca.pem").read_bytes())
    return Warden(Beat(place, authority, partial(reload, broker)), options)


def reload(broker: Child) -> None:
    """Have it read its lists again.

    Raises:
        BrokerUnavailable: it is not running.
    """
    if not broker.alive:
        raise BrokerUnavailable("mosquitto is not running")
    os.kill(broker.pid, signal.SIGHUP)


def state_folder(data: Path) -> Path:
    """Where our Mosquitto saves what it keeps."""
    return data / "broker"
