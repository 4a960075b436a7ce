"""An installation in one folder: a real Mosquitto with its warden, records, and the API as a server before them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from prometheus_client import CollectorRegistry

from api.keyring import Keyring
from api.tokens import Claims, Tokens
from benchmarks.part import Part
from benchmarks.stack import furnished, mosquitto
from broker.authority.names import API, WARDEN
from paceline.house import LocalHouse
from paceline.http import serve_api
from paceline.mosquitto import warden_of
from paceline.parts import warden_session
from paceline.places import bound
from paceline.processes import free_port
from paceline.services import Stores
from paceline.settings import Settings
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.records.people import People, new_person
from storage.records.sessions import Sessions
from storage.series.opening import open_series_store


@dataclass(frozen=True, slots=True)
class Installation:
    """A broker, records and an API at work.

    Attributes:
        house: where all of it lives.
        broker: the Mosquitto.
        records: people and devices.
        http: asks the API.
    """

    house: LocalHouse
    broker: Part
    records: Database
    http: aiohttp.ClientSession

    async def login(self, user_id: str) -> dict[str, str]:
        """Somebody new; the headers with which they ask."""
        await People(self.records).ensure([new_person(user_id, "athlete", user_id)])
        grant = await Sessions(self.records).begin(user_id)
        tokens = Tokens(Keyring(self.house.settings.keys_folder), 900)
        return {"Authorization": f"Bearer {tokens.issue(Claims(user_id, grant.session_id))}"}

    def state(self) -> str:
        """What the broker holds: memory, and bytes of configuration, rules and lists."""
        place = self.house.broker
        files = (place.configuration, place.state / "acl", place.state / "dynamic-security.json", place.revoked)
        size = sum(path.stat().st_size for path in files)
        return f"{self.broker.usage().peak_rss_bytes / 2**20:.1f} MiB of memory, {size:,} bytes of rules and lists"


@asynccontextmanager
async def installed(folder: Path) -> AsyncIterator[Installation]:
    """All of it in a folder, listening on this machine only."""
    house, url = furnished(folder, free_port()), f"sqlite:///{folder / 'records.db'}"
    await migrate(url)
    records, series = Database.open(url), open_series_store(folder / "series.db")
    broker, stopping, listening = mosquitto(house), asyncio.Event(), asyncio.Event()
    broker.start()
    warden = warden_of(broker.child, house.broker, warden_session(_settings(house, WARDEN)))
    async with AsyncExitStack() as stack:
        stack.callback(broker.stop)
        stack.push_async_callback(records.close)
        stack.push_async_callback(series.close)
        await series.setup()
        place = stack.enter_context(bound("127.0.0.1", 0))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        watching = tasks.create_task(warden.run())
        await warden.session.wait_connected()
        stores, registry = Stores(series, records), CollectorRegistry()
        settings = _settings(house, API)
        serving = serve_api(settings, stores, registry, stopping, place=place, listening=listening)
        tasks.create_task(serving)
        await listening.wait()
        port = place.getsockname()[1]
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}/api/v1/", raise_for_status=True) as http:
            yield Installation(house, broker, records, http)
        stopping.set()
        watching.cancel()


def _settings(house: LocalHouse, service: str) -> Settings:
    url = f"mqtt://127.0.0.1:{house.addresses.mqtt_port}"
    return house.settings_of(service).model_copy(update={"broker_url": url})
