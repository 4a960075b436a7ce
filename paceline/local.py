"""`paceline run`: all of Paceline on one machine, in one folder, with simulated people living in it."""

import asyncio
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from broker.authority.names import API, INGESTOR, INSIGHTS, WARDEN
from contract import topics
from device_simulator.cast import find_truth
from device_simulator.demo import DemoOptions, run_demo
from device_simulator.people.person import Person
from device_simulator.stopping import stop_on_signals
from ingestor.service import Ingestor
from insights.service import Insights
from paceline import parts
from paceline.accounts import MadeAccounts, furnish, lines
from paceline.demo_people import COACH, EXAMPLE
from paceline.house import LocalHouse
from paceline.http import serve_api
from paceline.mosquitto import keep_running, running_mosquitto, warden_of
from paceline.places import Addresses, bound, choose_port, occupied
from paceline.progress import show_progress
from paceline.services import Stopped, Stores, new_registry, open_stores
from paceline.settings import Settings

LOOPBACK = "127.0.0.1"

STORIES = "stories.json"
"""In the data folder: to whom of the simulated people something happens, and what there is to find."""


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
            update={
                "broker_url": addresses.mqtt_url,
                "devices_broker_url": addresses.mqtts_url,
                "api_port": addresses.api_port,
                "api_host": LOOPBACK,
            }
        )
        house = LocalHouse.at(folder, settings, addresses)
        house.furnish([EXAMPLE.id, *(person.user_id for person in _simulated(options))])
        with bound(LOOPBACK, addresses.api_port) as place, running_mosquitto(house.broker) as broker:
            async with asyncio.TaskGroup() as tasks:
                warden = warden_of(broker, house.broker, parts.warden_session(house.settings_of(WARDEN)))
                keeping = [tasks.create_task(warden.run())]
                keeping.append(tasks.create_task(keep_running(broker, addresses.mqtts_port)))
                with suppress(Stopped):
                    async with open_stores(settings, stopping) as stores:
                        await _live(options, house, stores, stopping=stopping, place=place)
                for task in keeping:
                    task.cancel()


async def _live(
    options: LocalOptions, house: LocalHouse, stores: Stores, *, stopping: asyncio.Event, place: socket.socket
) -> None:
    settings, addresses = house.settings, house.addresses
    registry = new_registry()
    ingestor = Ingestor(
        parts.ingestor_options(settings, share=None),
        parts.ingestor_session(house.settings_of(INGESTOR), share=None, instance=0),
        stores.series,
        stores.records,
        registry,
    )
    # The ingestor is the last to stop: what uploads and people have sent by then is stored and acknowledged.
    ingestor_stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        ingesting = tasks.create_task(ingestor.run(ingestor_stopping))
        await ingestor.session.wait_connected()
        made = await furnish(stores.records, settings.data, _simulated(options))
        insights = Insights(
            parts.insights_options(settings, share=None),
            parts.insights_session(house.settings_of(INSIGHTS), share=None, instance=0),
            stores.series,
            stores.records,
            registry,
        )
        following = tasks.create_task(insights.run(stopping))
        # Before anybody uploads: what the broker has no subscriber for yet is lost to it.
        await insights.session.wait_connected()
        listening = asyncio.Event()
        serving = tasks.create_task(
            serve_api(house.settings_of(API), stores, registry, stopping, place=place, listening=listening)
        )
        await listening.wait()
        demo = _demo(options, house) if options.demo else None
        living = tasks.create_task(run_demo(demo)) if demo else None
        addresses.note(settings.data)
        _greet(house, demo, made)
        progress = tasks.create_task(show_progress(registry))
        await stopping.wait()
        for task in (progress, living):
            if task:
                task.cancel()
        await asyncio.wait([task for task in (serving, living, following) if task])
        ingestor_stopping.set()
        await ingesting


def _choose_addresses(options: LocalOptions) -> Addresses:
    settings = options.settings
    mqtt_port = choose_port(settings.mqtt_port, options.mqtt_port, options.api_port)
    api_port = choose_port(settings.api_port, options.api_port, mqtt_port)
    return Addresses.at(mqtt_port, choose_port(settings.mqtts_port, None, mqtt_port, api_port), api_port)


def _simulated(options: LocalOptions) -> list[Person]:
    """Who lives here."""
    usual = DemoOptions(broker="")
    indexes = range(usual.first_index, usual.first_index + usual.people) if options.demo else ()
    return [Person.from_seed(usual.seed, index) for index in indexes]


def _demo(options: LocalOptions, house: LocalHouse) -> DemoOptions:
    """Those who live here; to five of them something happens that coaches can find."""
    demo = DemoOptions(
        broker=house.addresses.mqtt_url,
        diary=house.settings.data / "demo.json",
        speed=options.speed,
        credentials=house.credentials,
    )
    indexes = range(demo.first_index, demo.first_index + demo.people)
    truth = find_truth(house.settings.data / STORIES, demo.seed, indexes, datetime.now(UTC).date(), demo.days)
    return replace(demo, cast=truth.cast)


def _greet(house: LocalHouse, demo: DemoOptions | None, made: MadeAccounts) -> None:
    addresses = house.addresses
    someone = Person.from_seed(demo.seed, demo.first_index).user_id if demo else EXAMPLE.id
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    batch = (
        f'{{"user_id":"{someone}","timestamp":"{now}","source_device":"phone",'
        f'"items":[{{"meal_id":"1","calories":150}}]}}'
    )
    api = f"{addresses.api_url}/api/v1"
    topic, password = topics.telemetry(someone, "meals"), house.password_path(someone)
    print(  # noqa: T201  # this is what the command says
        "Paceline is running. Ctrl-C stops it; nothing is lost.",
        f"  MQTT  {addresses.mqtt_url} with passwords, {addresses.mqtts_url} with certificates",
        f"  HTTP  {addresses.api_url}/docs",
        *(_introduce(demo, house.settings.data / STORIES) if demo else []),
        f"Publish a batch as {'one of them' if demo else 'somebody'}, and read it back below:",
        f"  mosquitto_pub -h {LOOPBACK} -p {addresses.mqtt_port} -u {someone} -P \"$(cat '{password}')\" "
        f"-q 1 -t {topic} -m '{batch}'",
        *lines(
            made,
            _program(),
            (COACH if demo else EXAMPLE).email or "",
            [f"{api}/users/{someone}/meals", *([f"{api}/clients"] if demo else [])],
        ),
        sep="\n",
        flush=True,
    )


def _program() -> str:
    """How this command was started."""
    return sys.argv[0] if Path(sys.argv[0]).name == "paceline" else f"{sys.executable} -m paceline"


def _introduce(demo: DemoOptions, stories: Path) -> list[str]:
    return [
        f"{demo.people} simulated people live here; their last {demo.days} days come first.",
        f"To {len(demo.cast)} of them something has begun to happen that a coach should notice.",
        f"`clients` below tells what shows by now; {stories} gives it all away.",
    ]
