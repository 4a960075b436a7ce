"""Headers that every response has."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PRIVATE = {
    # Health data: neither a browser nor a proxy may keep a copy.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # No answer is a page that may load, run or be framed; `/docs`, which is, says what it needs.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    # Heard over TLS only (RFC 6797, section 8.1): by those who reach us through a proxy that speaks it.
    "Strict-Transport-Security": "max-age=31536000",
}


class PrivateResponses:
    """Middleware: adds `PRIVATE` where a response does not say otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""

        async def send_private(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PRIVATE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_private)
