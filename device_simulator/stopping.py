"""Ending in order: Ctrl-C asks, and what runs decides how it stops."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


async def unless(stopping: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do some work until its end, or until one is asked to stop; whether it came to its end."""
    async with asyncio.TaskGroup() as group:
        working, asked = group.create_task(work), group.create_task(stopping.wait())
        await asyncio.wait((working, asked), return_when=asyncio.FIRST_COMPLETED)
        ended = working.done()
        for task in (working, asked):
            task.cancel()
    return ended


async def first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Do several things until one of them has come to its end; the others are left."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets, as often as they come."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    return stopping
