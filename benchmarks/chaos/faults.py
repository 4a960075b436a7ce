"""Carrying out a plan's faults."""

import asyncio

from benchmarks.chaos.plan import Fault, RoundPlan, Sort
from benchmarks.chaos.scene import Scene


async def inflict_all(scene: Scene, plan: RoundPlan) -> None:
    """Let the faults of a round happen, each at its time from now; returns when the last is made good."""
    start_s = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as tasks:
        for fault in plan.faults:
            tasks.create_task(_inflict(scene, fault, start_s + fault.at_s))


async def _inflict(scene: Scene, fault: Fault, due_s: float) -> None:
    await asyncio.sleep(due_s - asyncio.get_running_loop().time())
    await _begin(scene, fault)
    await asyncio.sleep(fault.for_s)
    _end(scene, fault)


async def _begin(scene: Scene, fault: Fault) -> None:
    match fault.sort:
        case Sort.KILL:
            scene.kill(fault.victim)
        case Sort.FREEZE:
            scene.freeze(fault.victim)
        case Sort.LOCK:
            # It has to wait for the lock itself.
            await asyncio.to_thread(scene.lock)
        case Sort.FULL:
            scene.fill_disk()
        case _ if scene.door:
            scene.door.misbehave(fault.sort, fault.every)


def _end(scene: Scene, fault: Fault) -> None:
    match fault.sort:
        case Sort.KILL:
            scene.revive(fault.victim)
        case Sort.FREEZE:
            scene.thaw(fault.victim)
        case Sort.LOCK:
            scene.unlock()
        case Sort.FULL:
            scene.empty_disk()
        case _ if scene.door:
            scene.door.behave()
