"""The two ways in which batches are sent through the stack.

- **drain**: the ingestor is frozen while the devices fill the broker's queue; then it is let loose. The devices and
  their processor time are gone by then, as they are in real life, where they run elsewhere.
- **live**: the devices publish as fast as they can on the same cores and read their receipts, all at the same time.
"""

import asyncio
from dataclasses import dataclass

import psutil

from benchmarks.bare import rate
from benchmarks.devices import ReceiptCounter, Watch, connected, publish_all
from benchmarks.load import Load
from benchmarks.meter import Cost, Meter, settle
from benchmarks.stack import Stack
from broker.session import Subscription
from contract import topics

TIMEOUT_S = 180.0


@dataclass(frozen=True, slots=True)
class Passage:
    """How one load went through.

    Attributes:
        items_per_s: from the first confirmation to the last.
        cost: of the parts, microseconds a batch.
        devices_us: processor time of the devices, microseconds a batch; in `drain` they are done beforehand.
    """

    items_per_s: float
    cost: Cost
    devices_us: float = 0.0


async def drain(stack: Stack, watch: Watch, load: Load) -> Passage:
    """Fill the queue, let the ingestors loose, wait until all is confirmed."""
    database = [stack.influx] if stack.influx else []
    broker_meter = Meter(stack.broker)
    for part in stack.ingestors:
        part.pause()
    try:
        async with connected(stack.broker_url) as devices:
            await publish_all(devices, load.messages)
        await settle([stack.broker, *database])
        ingestors, storing = Meter(*stack.ingestors), Meter(*database)
        done = watch.expect(load)
    finally:
        for part in stack.ingestors:
            part.resume()
    async with asyncio.timeout(TIMEOUT_S):
        await done
    ingestor_s, broker_s = ingestors.cpu_s, broker_meter.cpu_s
    await settle(database)
    cost = Cost(ingestor_s, broker_s, storing.cpu_s).us_per(len(load.messages))
    return Passage(watch.batches_per_s * load.items_per_batch, cost)


async def live(stack: Stack, load: Load) -> Passage:
    """Publish and wait for every receipt."""
    database = [stack.influx] if stack.influx else []
    receipts = ReceiptCounter(len(load.messages))
    everyone = Subscription(topics.receipts("+"), 0)
    async with connected(stack.broker_url, receipts.hear, everyone) as devices:
        own = psutil.Process()
        ingestors, broker, storing = Meter(*stack.ingestors), Meter(stack.broker), Meter(*database)
        own_s = sum(own.cpu_times()[:2])
        async with asyncio.timeout(TIMEOUT_S):
            await publish_all(devices, load.messages)
            await receipts.complete
        own_s = sum(own.cpu_times()[:2]) - own_s
        ingestor_s, broker_s = ingestors.cpu_s, broker.cpu_s
    await settle(database)
    cost = Cost(ingestor_s, broker_s, storing.cpu_s).us_per(len(load.messages))
    items_per_s = rate(load.items, len(receipts.times_s), receipts.times_s)
    return Passage(items_per_s, cost, own_s / len(load.messages) * 1e6)
