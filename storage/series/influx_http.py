"""The HTTP side of InfluxDB: one session, and which of its answers mean what.

The rules of this file:

1. Only 204 means that lines are on disk.
2. 400, 413 and 422 mean that some line will never be taken: `WriteRefused`.
3. Everything else, no answer at all among it, means that the same call may succeed later: `StoreUnavailable`. Wrong
   credentials (401, 403) and a missing database (404) too: the points are good, and a person can put it right.
"""

import base64
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp

from contract.errors import Misconfigured, StoreUnavailable
from storage.series.influx_answers import Series, query_failure, read_answer, refusal
from storage.series.options import SeriesOptions

CONNECTIONS = 16
"""More at once would only queue inside the database."""
CONNECT_S = 5.0
MAINTENANCE = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=900.0)
"""For what nobody waits for, and may take minutes without a byte of an answer."""

_REFUSED = {400, 413, 422}
_LOGIN = {401, 403}


class CredentialsRefused(StoreUnavailable):
    """InfluxDB answers, but not to this user or token."""


class InfluxHttp:
    """Requests to one InfluxDB. The connections belong to the event loop of the first request.

    Args:
        url: of the server, with or without a path before `/write` and `/query`.
        options: credentials, database and time-out.
    """

    def __init__(self, url: str, options: SeriesOptions) -> None:
        self.url = url.rstrip("/")
        self.options = options
        self._session: aiohttp.ClientSession | None = None
        self._major: int | None = None

    async def write(self, body: bytes) -> None:
        """Have lines stored.

        Raises:
            StoreUnavailable, WriteRefused: rules 2 and 3.
        """
        parameters = {"db": self.options.database, "precision": "ns", "consistency": "quorum"}
        patience = aiohttp.ClientTimeout(total=self.options.timeout_s)
        async with self.request("POST", "/write", params=parameters, data=body, patience=patience) as response:
            if response.status == 204:
                return
            if response.status in _REFUSED:
                raise refusal(response.status, await response.text(errors="replace"))
            raise self.trouble(response.status)

    async def query(
        self, statements: Sequence[str], *, patience: aiohttp.ClientTimeout | None = None
    ) -> list[list[Series]]:
        """The series that each statement yields.

        Raises:
            StoreUnavailable: rule 3, or one of the statements failed.
        """
        if not statements:
            return []
        form = {"db": self.options.database, "epoch": "ns", "chunked": "true", "q": "; ".join(statements)}
        async with self.request("POST", "/query", data=form, patience=patience) as response:
            body = await response.read()
            if response.status in _REFUSED:
                raise query_failure(body.decode(errors="replace"))
            if response.status != 200:
                raise self.trouble(response.status)
        return read_answer(body, len(statements))

    async def major_version(self) -> int:
        """1, 2 or 3; asked once.

        Raises:
            StoreUnavailable: no answer.
            Misconfigured: not an InfluxDB that is known here.
        """
        if self._major is None:
            async with self.request("GET", "/ping") as response:
                stated = re.match(r"v?([123])\.", response.headers.get("X-Influxdb-Version", ""))
                if stated is None:
                    if response.status >= 500:
                        raise self.trouble(response.status)
                    raise Misconfigured("the series store's URL leads to no InfluxDB 1.x, 2.x or 3")
                self._major = int(stated[1])
        return self._major

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | Mapping[str, str] | None = None,
        json: Any = None,
        patience: aiohttp.ClientTimeout | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; what breaks on the way, or while the answer is read, is a StoreUnavailable."""
        try:
            patience = patience or _patience(self.options.timeout_s)
            async with await self._send(
                method, path, params=params, data=data, json=json, timeout=patience
            ) as response:
                yield response
        except (aiohttp.ClientError, OSError) as error:  # time-outs are OSErrors
            raise StoreUnavailable(f"no answer from InfluxDB ({type(error).__name__})") from error

    async def _send(self, method: str, path: str, **what: Any) -> aiohttp.ClientResponse:
        session = self._open_session()
        send = partial(session.request, method, self.url + path, allow_redirects=False, **what)
        try:
            return await send()
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if isinstance(error, aiohttp.ClientConnectorError):
                raise
            # Most likely an idle connection that the server has closed meanwhile; all requests may be repeated.
            return await send()

    def trouble(self, status: int) -> StoreUnavailable:
        """The error of a status that is no success (rule 3)."""
        if status in _LOGIN:
            return CredentialsRefused(f"InfluxDB does not accept the credentials (HTTP {status})")
        if status == 404:
            return StoreUnavailable(f"InfluxDB has no database {self.options.database!r}: run the setup")
        return StoreUnavailable(f"InfluxDB answers HTTP {status}")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                headers={"Accept": "application/json", **_authorization(self.options)},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _patience(timeout_s: float) -> aiohttp.ClientTimeout:
    # A long answer may take its time as long as it flows.
    return aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_S, timeout_s), sock_read=timeout_s)


def _authorization(options: SeriesOptions) -> dict[str, str]:
    # In a header, never in the URL, which InfluxDB writes to its log.
    if options.token:
        return {"Authorization": f"Token {options.token}"}
    if options.username:
        credentials = f"{options.username}:{options.password or ''}".encode()
        return {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
    return {}
