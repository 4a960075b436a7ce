"""A door before InfluxDB that can be told to answer wrongly: HTTP errors, silence, resets, partial writes."""

import asyncio
import socket
import struct
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from benchmarks.chaos.plan import Sort
from paceline.processes import free_port

MOST_BYTES = 64 * 1024 * 1024
PATIENCE_S = 120.0

_ASKED = ("Accept", "Accept-Encoding", "Content-Type")
_TOLD = ("Content-Encoding", "Content-Type", "X-Influxdb-Version")
_STATUSES = {
    Sort.ANSWER_500: 500,
    Sort.ANSWER_503: 503,
    Sort.ANSWER_429: 429,
    Sort.WRITTEN_500: 500,
    Sort.PARTIAL_500: 500,
    Sort.PARTIAL_400: 400,
}
_FORWARDED_FIRST = {Sort.HANG_AFTER, Sort.RESET_AFTER, Sort.WRITTEN_500}
_PARTIAL = {Sort.PARTIAL_400, Sort.PARTIAL_500}
_OF_WRITES = _PARTIAL | {Sort.ANSWER_429}
"""Rate limits are of writes; the others may meet an ingestor that is just starting, too."""


class Door:
    """An HTTP proxy on a port of its own at 127.0.0.1. As a context, it is open.

    Attributes:
        url: where ingestors find it.
        target: URL of the database; to be set before the first request.
        hits: requests that were answered wrongly, by sort of fault.
    """

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.hits: dict[Sort, int] = {}
        self.target = ""
        self._fault: Sort | None = None
        self._every = 1
        self._asked = 0
        self._over = asyncio.Event()
        self._client: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    def misbehave(self, sort: Sort, every: int) -> None:
        """From now on hit each so manieth request."""
        self._fault, self._every, self._asked = sort, every, 0
        self._over = asyncio.Event()

    def behave(self) -> None:
        """Only pass requests on from now on."""
        self._fault = None
        self._over.set()

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_S), auto_decompress=False)
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", int(self.url.rpartition(":")[2])).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.behave()
        if self._runner:
            await self._runner.cleanup()
        if self._client:
            await self._client.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        try:
            if (fault := self._choose(request, body)) is not None:
                return await self._answer_wrongly(fault, request, body)
            return await self._forward(request, body)
        except (aiohttp.ClientError, OSError):
            return _reset(request)  # the database itself is away

    def _choose(self, request: web.Request, body: bytes) -> Sort | None:
        """The fault that this request meets, if any."""
        fault, self._asked = self._fault, self._asked + 1
        if fault is None or self._asked % self._every:
            return None
        if fault in _OF_WRITES and request.path != "/write":
            return None
        if fault in _PARTIAL and body.count(b"\n") < 2:
            return None
        if fault is Sort.PARTIAL_400:
            # Said once: the database means that one of these lines is bad, and takes the others when they come again.
            self._fault = None
        self.hits[fault] = self.hits.get(fault, 0) + 1
        return fault

    async def _answer_wrongly(self, fault: Sort, request: web.Request, body: bytes) -> web.StreamResponse:
        if fault in _FORWARDED_FIRST:
            await self._forward(request, body)
        elif fault in _PARTIAL:
            lines = body.splitlines(keepends=True)
            await self._forward(request, b"".join(lines[: len(lines) // 2]))
        if status := _STATUSES.get(fault):
            return web.json_response({"error": "chaos: partial write"}, status=status)
        if fault in {Sort.HANG_BEFORE, Sort.HANG_AFTER}:
            await self._over.wait()
        return _reset(request)

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        assert self._client is not None
        headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
        async with self._client.request(
            request.method, f"{self.target}{request.path_qs}", headers=headers, data=body, skip_auto_headers=_ASKED
        ) as answer:
            told = {name: answer.headers[name] for name in _TOLD if name in answer.headers}
            return web.Response(status=answer.status, body=await answer.read(), headers=told)


def _reset(request: web.Request) -> web.Response:
    """End the connection with an RST."""
    if request.transport is not None:
        request.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        request.transport.abort()
    return web.Response()
