"""`paceline run`: all of Paceline on one machine, in one folder, with simulated people living in it."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry

from broker.authority.names import API, INGESTOR, INSIGHTS, WARDEN
from broker.warden import Warden
from device_simulator.cast import find_truth
from device_simulator.demo import DemoOptions, run_demo
from device_simulator.people.person import Person
from device_simulator.stopping import stop_on_signals, unless
from ingestor.service import Ingestor
from insights.service import Insights
from paceline import parts
from paceline.accounts import furnish
from paceline.demo_people import EXAMPLE
from paceline.greeting import STORIES, greet
from paceline.house import LocalHouse
from paceline.http import serve_api
from paceline.leaving import leavers, shut_out
from paceline.mosquitto import keep_running, running_mosquitto, warden_of
from paceline.places import Addresses, bound, choose_port, occupied
from paceline.progress import show_progress
from paceline.services import Stopped, Stores, new_registry, open_stores
from paceline.settings import Settings

LOOPBACK = "127.0.0.1"


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
        with bound(LOOPBACK, addresses.api_port) as place, suppress(Stopped):
            async with open_stores(settings, stopping) as stores:
                await _open_house(options, house, stores, stopping=stopping, place=place)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A house that is open.

    Attributes:
        options: what the person asked for.
        house: its folder.
        stores: open.
        warden: of its broker, at work.
        absent: ids of those who do not live here any more.
        stopping: is set when it is to close.
        place: bound to the API's address.
    """

    options: LocalOptions
    house: LocalHouse
    stores: Stores
    warden: Warden
    absent: frozenset[str]
    stopping: asyncio.Event
    place: socket.socket


async def _open_house(
    options: LocalOptions, house: LocalHouse, stores: Stores, *, stopping: asyncio.Event, place: socket.socket
) -> None:
    absent = await leavers(stores.records)
    examples = {EXAMPLE.id} - absent
    house.furnish([*examples, *(person.user_id for person in _simulated(options, absent))])
    with running_mosquitto(house.broker) as broker:
        async with asyncio.TaskGroup() as tasks:
            warden = warden_of(broker, house.broker, parts.warden_session(house.settings_of(WARDEN)))
            keeping = [tasks.create_task(warden.run())]
            keeping.append(tasks.create_task(keep_running(broker, house.addresses.mqtts_port)))
            await _live(_Opened(options, house, stores, warden, absent, stopping, place))
            for task in keeping:
                task.cancel()


async def _live(opened: _Opened) -> None:
    options, house, stores, stopping = opened.options, opened.house, opened.stores, opened.stopping
    settings, registry = house.settings, new_registry()
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
        people = _simulated(options, opened.absent)
        made = await furnish(stores.records, settings.data, people, opened.absent)
        insights = Insights(
            parts.insights_options(settings, share=None),
            parts.insights_session(house.settings_of(INSIGHTS), share=None, instance=0),
            stores.series,
            stores.records,
            registry,
        )
        following = tasks.create_task(insights.run(stopping))
        # Before anybody uploads: what the broker has no subscriber for yet is lost to it.
        if await unless(stopping, insights.session.wait_connected()):
            demo = _demo(options, house, opened.absent) if options.demo else None
            await _serve(opened, registry, demo, partial(greet, house, made, demo, people))
        await asyncio.wait([following])
        ingestor_stopping.set()
        await ingesting


async def _serve(
    opened: _Opened, registry: CollectorRegistry, demo: DemoOptions | None, greeting: Callable[[], None]
) -> None:
    """Answer over HTTP, and let people live here, until one is asked to stop."""
    house, listening = opened.house, asyncio.Event()
    serving = serve_api(
        house.settings_of(API),
        opened.stores,
        registry,
        opened.stopping,
        place=opened.place,
        listening=listening,
        shut_out=partial(shut_out, house, opened.warden),
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serving)
        await listening.wait()
        besides: list[asyncio.Task[Any]] = [tasks.create_task(show_progress(registry))]
        if demo:
            besides.append(tasks.create_task(run_demo(demo)))
        house.addresses.note(house.settings.data)
        greeting()
        await opened.stopping.wait()
        for task in besides:
            task.cancel()


def _choose_addresses(options: LocalOptions) -> Addresses:
    settings = options.settings
    mqtt_port = choose_port(settings.mqtt_port, options.mqtt_port, options.api_port)
    api_port = choose_port(settings.api_port, options.api_port, mqtt_port)
    return Addresses.at(mqtt_port, choose_port(settings.mqtts_port, None, mqtt_port, api_port), api_port)


def _simulated(options: LocalOptions, absent: frozenset[str]) -> list[Person]:
    """Who lives here."""
    usual = DemoOptions(broker="")
    indexes = range(usual.first_index, usual.first_index + usual.people) if options.demo else ()
    people = [Person.from_seed(usual.seed, index) for index in indexes]
    return [person for person in people if person.user_id not in absent]


def _demo(options: LocalOptions, house: LocalHouse, absent: frozenset[str]) -> DemoOptions:
    """Those who live here; to five of them something happens that coaches can find."""
    demo = DemoOptions(
        broker=house.addresses.mqtt_url,
        diary=house.settings.data / "demo.json",
        speed=options.speed,
        credentials=house.credentials,
        absent=absent,
    )
    indexes = range(demo.first_index, demo.first_index + demo.people)
    truth = find_truth(house.settings.data / STORIES, demo.seed, indexes, datetime.now(UTC).date(), demo.days)
    return replace(demo, cast=truth.cast)
