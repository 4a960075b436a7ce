"""A stand-in for the InfluxDB versions that no Debian package brings: it records requests and answers as scripted.

It shows what is sent to 2.x and 3: paths, headers, bodies. How those versions behave it can't show; with
`PACELINE_INFLUX_URL` the other tests of this folder run against real ones.
"""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Recorded:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str | None
    body: bytes
    json: Any


@dataclass
class StandIn:
    """An HTTP server on 127.0.0.1.

    Attributes:
        version: what it says it is in answer to a ping.
        answers: (status, JSON) by method and path; anything else is answered with 404.
        requests: all that came, but for pings.
        refused: credentials that it does not accept.
    """

    version: str
    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    requests: list[Recorded] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    server: TestServer | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        assert self.server
        return str(self.server.make_url("")).rstrip("/")

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(app, host="127.0.0.1")
        await self.server.start_server()

    async def stop(self) -> None:
        """Let go of the port."""
        assert self.server
        await self.server.close()

    def asked(self, method: str, path: str) -> list[Recorded]:
        """The requests of this method and path."""
        return [request for request in self.requests if (request.method, request.path) == (method, path)]

    async def _answer(self, request: web.Request) -> web.Response:
        headers = {"X-Influxdb-Version": self.version}
        if request.path == "/ping":
            return web.Response(status=204, headers=headers)
        body = await request.read()
        parsed = await request.json() if request.content_type == "application/json" and body else None
        self.requests.append(
            Recorded(
                request.method, request.path, dict(request.query), request.headers.get("Authorization"), body, parsed
            )
        )
        if request.headers.get("Authorization") in self.refused:
            return web.json_response({"code": "unauthorized"}, status=401, headers=headers)
        status, said = self.answers.get((request.method, request.path), (404, {"code": "not found"}))
        if said is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(said, status=status, headers=headers)
