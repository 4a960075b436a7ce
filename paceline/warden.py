"""The warden of a Mosquitto that was started elsewhere: brings revocations into force, tells Prometheus how it is."""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path

import structlog
from cryptography import x509

from broker.authority.names import WARDEN
from broker.figures import Figures
from broker.mosquitto import BrokerPlace
from broker.warden import Beat, Warden
from contract.errors import BrokerUnavailable, Misconfigured
from device_simulator.stopping import stop_on_signals
from paceline import parts
from paceline.logins import identity_of
from paceline.services import new_registry, serve_metrics
from paceline.settings import Settings

log = structlog.get_logger(__name__)


async def watch_over(settings: Settings, state: Path, pid: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: where the broker is, and who the warden is there.
        state: where that Mosquitto reads its revocation list.
        pid: of its process, as seen from here.

    Raises:
        Misconfigured: a file is missing, or the broker refuses the warden.
    """
    stopping = stop_on_signals()
    identity = identity_of(settings, WARDEN)
    if identity is None or identity.authority is None:
        raise Misconfigured("the warden needs a certificate: PACELINE_BROKER_URL must begin with mqtts://")
    place = BrokerPlace(state, identity.authority.parent, settings.mqtts_port)
    warden = Warden(
        Beat(place, _certificate(identity.authority), partial(hang_up, pid)), parts.warden_session(settings)
    )
    figures = Figures(parts.figures_session(settings), registry := new_registry())
    serve_metrics(settings.broker_metrics_host, settings.broker_metrics_port, registry)
    async with asyncio.TaskGroup() as tasks:
        working = [tasks.create_task(warden.run()), tasks.create_task(figures.run())]
        await stopping.wait()
        for task in working:
            task.cancel()


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        raise Misconfigured(f"the authority's certificate {path} can't be read") from None


def hang_up(pid: int) -> None:
    """Have a Mosquitto read its lists again (SIGHUP).

    Raises:
        BrokerUnavailable: there is no such process just now.
        Misconfigured: it is somebody else's.
    """
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        raise BrokerUnavailable(f"mosquitto is not running as process {pid}") from None
    except PermissionError:
        raise Misconfigured(f"process {pid} belongs to another user: run the warden as mosquitto's") from None
