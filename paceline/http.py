"""The API as a server: uvicorn under our own signals."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from prometheus_client import CollectorRegistry

from api.app import create_app
from api.erasure import Step
from paceline.api_options import api_options
from paceline.places import port_failures_told
from paceline.services import Stores
from paceline.settings import Settings


async def serve_api(
    settings: Settings,
    stores: Stores,
    registry: CollectorRegistry,
    stopping: asyncio.Event,
    *,
    place: socket.socket,
    listening: asyncio.Event | None = None,
    shut_out: Step | None = None,
) -> None:
    """Serve HTTP.

    Args:
        settings: how.
        stores: what is read.
        registry: the metrics that are shown.
        stopping: ends it when it is set.
        place: bound to the API's address.
        listening: is set once requests are answered.
        shut_out: what is to be done first when somebody is erased.

    Raises:
        Misconfigured: another program listens there by now.
    """
    app = create_app(api_options(settings), stores.series, stores.records, registry)
    if shut_out is not None:
        app.state.wiring.erasure.add_step(shut_out)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.receipt_timeout_s) + 1,
    )
    # Two may be bound to one port; the first that listens has it.
    with port_failures_told(place.getsockname()[1]):
        place.listen(config.backlog)
    server = _Server(config, listening or asyncio.Event())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(sockets=[place]))
        await stopping.wait()
        server.should_exit = True


class _Server(uvicorn.Server):
    """Leaves the signals to us; tells when it listens; ends the app even when it is cancelled."""

    def __init__(self, config: uvicorn.Config, listening: asyncio.Event) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()

    async def main_loop(self) -> None:
        try:
            await super().main_loop()
        except asyncio.CancelledError:
            # uvicorn would leave the app's lifespan behind, to die with a traceback when the event loop ends.
            await self.lifespan.shutdown()
            raise

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
