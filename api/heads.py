"""HEAD wherever there is GET (RFC 9110, section 9.3.2), in one place for every route."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Middleware: answers HEAD as GET, but for the body, and names HEAD in `Allow` wherever GET is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._answer_head(scope, receive, send)
        else:
            await self._app(scope, receive, _allowing_head(send))

    async def _answer_head(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A copy, since the server looks into its own to learn that no body is to come after `Content-Length`.
        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive, _allowing_head(_without_body(send)))
        finally:
            if "route" in as_get:
                scope["route"] = as_get["route"]  # for those who count requests by route


def _without_body(send: Send) -> Send:
    async def send_bare(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_bare


def _allowing_head(send: Send) -> Send:
    async def send_allowing(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 405:
            headers = MutableHeaders(scope=message)
            methods = {method.strip() for method in headers.get("Allow", "").split(",")}
            if "GET" in methods:
                headers["Allow"] = ", ".join(sorted(methods | {"HEAD"}))
        await send(message)

    return send_allowing
