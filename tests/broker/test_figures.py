"""What a real Mosquitto says of itself, as Prometheus is told."""

import asyncio

from prometheus_client import CollectorRegistry

from broker.authority.names import WARDEN
from broker.figures import FIGURES, ROOT, Figures
from tests.broker.talking import connected
from tests.servers.guarded import GuardedServer


async def test_prometheus_is_told_how_the_broker_is_and_nothing_of_one_that_is_away(guarded: GuardedServer) -> None:
    async with connected(guarded.by_password(WARDEN, f"{ROOT}/heap/current")) as listener:
        await listener.next()  # a broker that has just started says nothing of itself for some seconds
    registry = CollectorRegistry()
    figures = Figures(guarded.by_password(WARDEN), registry)
    assert registry.get_sample_value("paceline_broker_up") == 0
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(figures.run())
        await figures.session.wait_connected()
        # It answers after all that is retained.
        await figures.session.publish("settled", b"")
        told = {family.name: family.samples[0].value for family in registry.collect()}
        following.cancel()
    # Mosquitto says these from the first one on.
    seldom = {"paceline_broker_messages_dropped", "paceline_broker_sessions_expired"}
    assert told.keys() | seldom == {figure.name for figure in FIGURES.values()} | {"paceline_broker_up"}
    assert told["paceline_broker_up"] == 1
    assert told["paceline_broker_heap_bytes"] > 0
    assert [family.name for family in registry.collect()] == ["paceline_broker_up"]
