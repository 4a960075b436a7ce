"""A thousand attempts to read or write across users, at a real Mosquitto with our rules: none gets through."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from mqtt5 import QoS, Will
from prometheus_client import CollectorRegistry

from broker.authority.identity import Identity
from broker.authority.names import API, INGESTOR, INSIGHTS, WARDEN
from contract import topics
from contract.receipts import read_receipt
from ingestor.options import IngestorOptions
from ingestor.service import Ingestor
from paceline.logins import broker_login
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.series.opening import open_series_store
from tests.broker.hostile import (
    FILTERS,
    FOREIGN_TOPICS,
    GROUP,
    GUESSED_IDS,
    MALLORY,
    RESPONSE_TOPICS,
    VICTIM,
    attempts,
)
from tests.broker.raw import Raw
from tests.servers.guarded import Certified, GuardedServer

REFUSED = 128
MARK = b"attempt"
NOBODY_LISTENS = 16


class Stage:
    """The broker with a victim, an attacker who has an account and a certificate like anybody, and the services."""

    def __init__(self, guarded: GuardedServer, folder: Path, opened: AsyncExitStack) -> None:
        self.guarded = guarded
        self.mallory = guarded.certify(MALLORY, folder)
        self.victim = guarded.certify(VICTIM, folder)
        self._opened = opened

    async def device(self, of: Certified, client_id: str | None = None, **more: object) -> Raw:
        """A connection by certificate."""
        raw, accepted = await Raw.open(
            self.guarded.tls_port,
            of.context(),
            client_id or uuid4().hex,
            **more,  # type: ignore[arg-type]
        )
        assert accepted is not None
        return await self._opened.enter_async_context(raw)

    async def service(self, name: str, *filters: str) -> Raw:
        """A connection of a service that hears these."""
        login = self.guarded.login(name)
        raw, accepted = await Raw.open(self.guarded.port, None, uuid4().hex, login=login)
        assert accepted is not None
        if filters:
            assert max(await raw.subscribe(*filters)) < REFUSED
        return await self._opened.enter_async_context(raw)

    @property
    def group(self) -> str:
        """The ingestors' group as they call it."""
        settings = self.guarded.house.settings_of(INGESTOR).model_copy(update={"broker_url": "mqtt://127.0.0.1"})
        return broker_login(settings, INGESTOR).group(GROUP)


@pytest.fixture
async def stage(guarded: GuardedServer, tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as opened:
        yield Stage(guarded, tmp_path, opened)


class Witnesses:
    """Services that together hear everything there is; what they hear of an attacker is in the attacker's tree."""

    def __init__(self, *services: tuple[Raw, str, Raw]) -> None:
        self._services = services

    @classmethod
    async def on(cls, stage: Stage) -> "Witnesses":
        pairs = (
            (API, "v1/users/#", API, topics.feedback(VICTIM)),
            (INSIGHTS, topics.EVENTS_STORED, INGESTOR, topics.EVENTS_STORED),
            (WARDEN, topics.REVOCATION_PARTS, API, topics.revocation_part(0)),
            (API, topics.REVOCATIONS_ENFORCED, WARDEN, topics.REVOCATIONS_ENFORCED),
            (INGESTOR, "v1/services/+", INGESTOR, "v1/services/test"),
        )
        return cls(
            *[
                (await stage.service(listener, topic_filter), topic, await stage.service(speaker))
                for listener, topic_filter, speaker, topic in pairs
            ]
        )

    async def hear(self) -> list[tuple[str, bytes]]:
        """Topic and payload of all that came, once all that was under way has come."""
        for listener, topic, speaker in self._services:
            end = uuid4().hex.encode()
            assert await speaker.publish(topic, end) == 0
            await listener.listen(until=end)
        return [(packet.topic, packet.payload) for listener, _, _ in self._services for packet in listener.heard]

    async def strays(self) -> list[str]:
        """Where something of an attempt arrived outside of the attacker's own tree."""
        own = (f"v1/users/{MALLORY}/telemetry/", f"v1/users/{MALLORY}/status/")
        return [topic for topic, payload in await self.hear() if payload.startswith(MARK) and not topic.startswith(own)]


def test_there_are_a_thousand_attempts() -> None:
    assert attempts() >= 1_000


async def test_nothing_is_published_for_others(stage: Stage) -> None:
    witnesses = await Witnesses.on(stage)
    victim = await stage.device(stage.victim)
    assert await victim.publish(topics.status(VICTIM, "watch"), b"kept", retain=True) == 0
    own = topics.telemetry(MALLORY, "meals")
    for topic in FOREIGN_TOPICS:
        mallory = await stage.device(stage.mallory)
        assert await mallory.publish(own, b"mine", topic_alias=1) == 0, "the legitimate one"
        assert await mallory.publish(topic, MARK) >= REFUSED, topic
        assert await mallory.publish(topic, MARK, retain=True) >= REFUSED, topic
        assert await mallory.publish(topic, b"", retain=True) >= REFUSED, topic
        assert await mallory.publish(topic, MARK, topic_alias=1) >= REFUSED, topic
        await mallory.publish("", MARK + b" over an alias", topic_alias=1)
        await mallory.drop()
    assert await witnesses.strays() == []
    late = await stage.service(API, topics.status(VICTIM, "watch"))
    await late.subscribe(topics.feedback(VICTIM))
    assert [packet.payload for packet in late.heard] == [b"kept"], "the retained one is still the victim's"


async def test_a_last_will_says_nothing_for_others(stage: Stage) -> None:
    witnesses = await Witnesses.on(stage)
    for topic in FOREIGN_TOPICS:
        for retain in (False, True):
            will = Will(topic, payload=MARK, qos=QoS.AT_LEAST_ONCE, retain=retain)
            raw, _ = await Raw.open(stage.guarded.tls_port, stage.mallory.context(), uuid4().hex, will=will)
            await raw.drop()
    # The broker sees to the ends of connections in their order, more or less; after two more all have been seen to.
    listener = await stage.service(API, topics.status(MALLORY, "watch"))
    for end in (b"first", b"second"):
        will = Will(topics.status(MALLORY, "watch"), payload=end, qos=QoS.AT_LEAST_ONCE)
        mallory = await stage.device(stage.mallory, will=will)
        await mallory.drop()
        await listener.listen(until=end)
    assert await witnesses.strays() == []


@pytest.mark.parametrize("qos", [QoS.AT_MOST_ONCE, QoS.AT_LEAST_ONCE, QoS.EXACTLY_ONCE])
async def test_nothing_is_heard_of_others_and_nothing_taken_from_them(stage: Stage, qos: QoS) -> None:
    victim, api, ingestor = (await stage.device(stage.victim), await stage.service(API), await stage.service(INGESTOR))
    warden = await stage.service(WARDEN)
    shared = await stage.service(INGESTOR, topics.shared(stage.group, topics.TELEMETRY_FILTER))
    assert await victim.publish(topics.status(VICTIM, "watch"), b"secret", retain=True) in {0, NOBODY_LISTENS}
    spies = []
    for at in range(0, len(FILTERS), 10):
        spy = await stage.device(stage.mallory)
        await spy.subscribe(topics.inbox(MALLORY))
        # Wherever the broker grants it or refuses it, what counts is what is heard.
        await spy.subscribe(*FILTERS[at : at + 10], qos=qos)
        spies.append(spy)
    said = [b"secret %d" % number for number in range(60)]
    for payload in said:
        assert await victim.publish(topics.telemetry(VICTIM, "meals"), payload) == 0
    await victim.publish(topics.status(VICTIM, "watch"), b"secret again", retain=True)
    for speaker, topic in (
        (ingestor, topics.receipts(VICTIM)),
        (api, topics.feedback(VICTIM)),
        (api, topics.sync(VICTIM)),
        (ingestor, topics.EVENTS_STORED),
        (warden, topics.REVOCATIONS_ENFORCED),
        (ingestor, "v1/services/test"),
    ):
        assert await speaker.publish(topic, b"secret") in {0, NOBODY_LISTENS}
    assert await api.publish(topics.feedback(MALLORY), b"the end") == 0
    for spy in spies:
        await spy.listen(until=b"the end")
        assert {packet.topic for packet in spy.heard} == {topics.feedback(MALLORY)}
    await victim.publish(topics.telemetry(VICTIM, "meals"), b"the end")
    await shared.listen(until=b"the end")
    assert [packet.payload for packet in shared.heard] == [*said, b"the end"], "none was turned to who may not read it"


async def test_no_guess_takes_another_s_place(stage: Stage) -> None:
    api = await stage.service(API)
    connected = await stage.device(stage.victim, f"device-{uuid4().hex}", expiry_s=300)
    away_id = f"device-{uuid4().hex}"
    away = await stage.device(stage.victim, away_id, expiry_s=300)
    for device in (connected, away):
        await device.subscribe(topics.inbox(VICTIM))
    await away.drop()
    await api.publish(topics.feedback(VICTIM), b"for the victim")
    for client_id in GUESSED_IDS:
        for clean_start in (False, True):
            raw, accepted = await Raw.open(
                stage.guarded.tls_port, stage.mallory.context(), client_id, clean_start=clean_start
            )
            assert accepted is not None
            assert not accepted.session_present
            assert raw.heard == []
            await raw.drop()
    assert await connected.publish(topics.telemetry(VICTIM, "meals"), b"still there") in {0, NOBODY_LISTENS}
    back, accepted = await Raw.open(
        stage.guarded.tls_port, stage.victim.context(), away_id, clean_start=False, expiry_s=0
    )
    assert accepted is not None
    assert accepted.session_present
    await back.listen(until=b"for the victim")
    await back.drop()


async def test_who_has_learnt_a_client_id_reads_nothing_of_its_session(stage: Stage) -> None:
    api, client_id = await stage.service(API), f"device-{uuid4().hex}"
    victim = await stage.device(stage.victim, client_id, expiry_s=300)
    await victim.subscribe(topics.inbox(VICTIM), f"v1/users/{VICTIM}/#")
    await victim.drop()
    assert await api.publish(topics.feedback(VICTIM), b"for the victim") == 0
    thief = await stage.device(stage.mallory, client_id, clean_start=False, expiry_s=300)
    await thief.subscribe(topics.inbox(MALLORY))
    assert await api.publish(topics.feedback(VICTIM), b"for the victim again") in {0, NOBODY_LISTENS}
    assert await api.publish(topics.feedback(MALLORY), b"the end") == 0
    await thief.listen(until=b"the end")
    assert [packet.payload for packet in thief.heard] == [b"the end"]


async def test_a_response_topic_sends_no_answer_to_others(stage: Stage, tmp_path: Path) -> None:
    records = f"sqlite:///{tmp_path / 'records.db'}"
    await migrate(records)
    database, store = Database.open(records), open_series_store(tmp_path / "series.db")
    await store.setup()
    options = stage.guarded.by_password(INGESTOR)
    ingestor = Ingestor(IngestorOptions(), options, store, database, CollectorRegistry())
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ingestor.run(stopping))
        await ingestor.session.wait_connected()
        witnesses = await Witnesses.on(stage)
        mallory = await stage.device(stage.mallory)
        await mallory.subscribe(topics.inbox(MALLORY))
        for number, (topic, data) in enumerate(RESPONSE_TOPICS):
            asked = await mallory.publish(
                topics.telemetry(MALLORY, "meals"), batch(number), response_topic=topic, correlation_data=data
            )
            assert asked == 0
        answered: set[str | None] = set()
        while len(answered) < len(RESPONSE_TOPICS):
            await mallory.listen_once()
            answered = {read_receipt(packet.payload).batch_id for packet in mallory.heard}
        heard = await witnesses.hear()
        stopping.set()
    await store.close()
    await database.close()
    told = [
        topic for topic, payload in heard if b"hostile-" in payload and not topic.startswith(f"v1/users/{MALLORY}/")
    ]
    assert [topic for topic in told if topic != topics.EVENTS_STORED] == []


def batch(number: int) -> bytes:
    return json.dumps(
        {
            "user_id": MALLORY,
            "timestamp": datetime.now(UTC).isoformat(),
            "source_device": "phone",
            "batch_id": f"hostile-{number}",
            "items": [{"meal_id": f"hostile-{number}", "calories": 1}],
        }
    ).encode()


async def test_nobody_comes_in_without_a_name(stage: Stage) -> None:
    guarded = stage.guarded
    for login in (None, ("ann", "wrong"), ("ann", ""), ("nobody", "x"), ("svc-api", guarded.login("ann")[1])):
        raw, accepted = await Raw.open(guarded.port, None, uuid4().hex, login=login)
        assert accepted is None or int(accepted.reason_code) >= REFUSED
        await raw.drop()
    without_certificate = Identity(guarded.authority_folder / "ca.pem").context()
    raw, accepted = await Raw.open(guarded.tls_port, without_certificate, uuid4().hex, login=guarded.login("ann"))
    assert accepted is None
    await raw.drop()


async def test_the_broker_s_own_certificate_is_good_for_being_the_broker_only(stage: Stage) -> None:
    own = Identity.at(stage.guarded.house.broker.identity).context()
    raw, accepted = await Raw.open(stage.guarded.tls_port, own, uuid4().hex)
    assert accepted is None
    await raw.drop()
