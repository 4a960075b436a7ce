"""Bodies of requests other than uploads: small, and quick to come in. Whoever asks for nothing holds up nobody."""

import asyncio
from collections.abc import Container

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 65_536
"""The longest of them has a few hundred."""


class SmallBodies:
    """Middleware: ends the request with 413 or 408 where its body is read.

    Args:
        app: what is protected.
        timeout_s: how long a body may take to come in, in seconds.
        besides: paths that look after their bodies themselves.
    """

    def __init__(self, app: ASGIApp, timeout_s: float, besides: Container[str]) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._besides = besides

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] == "http" and scope["path"] not in self._besides:
            receive = _Guarded(receive, self._timeout_s)
        await self._app(scope, receive, send)


class _Guarded:
    """One request's body as it comes in."""

    def __init__(self, receive: Receive, timeout_s: float) -> None:
        self._receive = receive
        self._ends_at = asyncio.get_running_loop().time() + timeout_s
        self._taken = 0
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:  # what comes now is the end of the connection, and may take its time
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._receive()
        except TimeoutError:
            # What may yet come of it is not the next request.
            raise HTTPException(408, "the body did not come in time", {"Connection": "close"}) from None
        self._taken += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._taken > MOST_BYTES:
            raise HTTPException(413, f"larger than {MOST_BYTES} bytes", {"Connection": "close"})
        return message
