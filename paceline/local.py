"""`paceline run`: all of Paceline on one machine, in one folder, with simulated people living in it."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog

from broker.mosquitto import local_config
from contract import topics
from contract.errors import Misconfigured
from device_simulator.demo import DemoOptions, run_demo
from device_simulator.people.person import Person
from ingestor.service import Ingestor
from paceline import parts
from paceline.places import Addresses, bound, choose_port, occupied
from paceline.processes import Child, find_program, is_listening
from paceline.progress import show_progress
from paceline.services import Stopped, Stores, new_registry, open_stores, serve_api, stop_on_signals
from paceline.settings import Settings

LOOPBACK = "127.0.0.1"

_LOOK_EVERY_S = 0.5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """What the person asked for.

    Attributes:
        settings: all the rest.
        mqtt_port: the broker's port, if the person insists on one.
        api_port: the API's, likewise.
        demo: with simulated people.
        speed: how fast they live; 1 is real time.
    """

    settings: Settings
    mqtt_port: int | None = None
    api_port: int | None = None
    demo: bool = True
    speed: float = 1.0


async def run_local(options: LocalOptions) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        Misconfigured: something that a person must put right; the message says what.
    """
    stopping = stop_on_signals()
    with occupied(options.settings.data) as folder:
        addresses = _choose_addresses(options)
        settings = options.settings.model_copy(
            update={"broker_url": addresses.mqtt_url, "api_port": addresses.api_port, "api_host": LOOPBACK}
        )
        with bound(LOOPBACK, addresses.api_port) as place, _mosquitto(folder, addresses.mqtt_port) as broker:
            async with asyncio.TaskGroup() as tasks:
                keeping = tasks.create_task(_keep_running(broker, addresses.mqtt_port))
                with suppress(Stopped):
                    async with open_stores(settings, stopping) as stores:
                        await _live(options, settings, addresses, stores, stopping=stopping, place=place)
                keeping.cancel()


async def _live(
    options: LocalOptions,
    settings: Settings,
    addresses: Addresses,
    stores: Stores,
    *,
    stopping: asyncio.Event,
    place: socket.socket,
) -> None:
    registry = new_registry()
    ingestor = Ingestor(
        parts.ingestor_options(settings, share=None),
        parts.ingestor_session(settings, share=None, instance=0),
        stores.series,
        stores.records,
        registry,
    )
    # The ingestor is the last to stop: what uploads and people have sent by then is stored and acknowledged.
    ingestor_stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        ingesting = tasks.create_task(ingestor.run(ingestor_stopping))
        await ingestor.session.wait_connected()
        listening = asyncio.Event()
        serving = tasks.create_task(serve_api(settings, stores, registry, stopping, place=place, listening=listening))
        await listening.wait()
        demo = DemoOptions(broker=addresses.mqtt_url, diary=settings.data / "demo.json", speed=options.speed)
        living = tasks.create_task(run_demo(demo)) if options.demo else None
        addresses.note(settings.data)
        _greet(addresses, demo if options.demo else None)
        progress = tasks.create_task(show_progress(registry))
        await stopping.wait()
        for task in (progress, living):
            if task:
                task.cancel()
        await asyncio.wait([task for task in (serving, living) if task])
        ingestor_stopping.set()
        await ingesting


def _choose_addresses(options: LocalOptions) -> Addresses:
    settings = options.settings
    mqtt_port = choose_port(settings.mqtt_port, options.mqtt_port, options.api_port)
    return Addresses.at(mqtt_port, choose_port(settings.api_port, options.api_port, mqtt_port))


@contextmanager
def _mosquitto(folder: Path, port: int) -> Iterator[Child]:
    """Mosquitto on loopback, with its state in the folder; ended when we end."""
    program = find_program("mosquitto", "mosquitto")
    state = folder / "broker"
    state.mkdir(exist_ok=True, mode=0o700)
    config = state / "mosquitto.conf"
    config.write_text(local_config(state, port))
    broker = Child([program, "-c", str(config)], log=state / "mosquitto.log")
    broker.start()
    try:
        broker.wait_ready(partial(is_listening, port))
        yield broker
    finally:
        broker.stop()


async def _keep_running(broker: Child, port: int) -> None:
    """Start the broker again whenever it has died; until cancelled.

    Raises:
        Misconfigured: it can't be started again.
    """
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        if broker.alive:
            continue
        if is_listening(port):
            raise Misconfigured(f"mosquitto ended, and another program has its port {port}:\n{broker.last_words()}")
        log.warning("mosquitto ended, starting it again", port=port)
        # Not in a thread: it dies with the thread that started it.
        broker.start()
        await asyncio.to_thread(broker.wait_ready, partial(is_listening, port))


def _greet(addresses: Addresses, demo: DemoOptions | None) -> None:
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    batch = (
        f'{{"user_id":"ann","timestamp":"{now}","source_device":"phone","items":[{{"meal_id":"1","calories":150}}]}}'
    )
    topic = topics.telemetry("ann", "meals")
    print(  # noqa: T201  # this is what the command says
        "Paceline is running. Ctrl-C stops it; nothing is lost.",
        f"  MQTT  {addresses.mqtt_url}",
        f"  HTTP  {addresses.api_url}/docs",
        "Publish a batch, and read it back:",
        f"  mosquitto_pub -h {LOOPBACK} -p {addresses.mqtt_port} -q 1 -t {topic} -m '{batch}'",
        f"  curl {addresses.api_url}/api/v1/users/ann/meals",
        *_introduce(addresses, demo),
        sep="\n",
        flush=True,
    )


def _introduce(addresses: Addresses, demo: DemoOptions | None) -> list[str]:
    if demo is None:
        return []
    someone = Person.from_seed(demo.seed, demo.first_index)
    return [
        f"{demo.people} simulated people live here; their last {demo.days} days come first. One of them:",
        f"  curl {addresses.api_url}/api/v1/users/{someone.user_id}/heart_rate",
    ]
