"""Taking in the body of an upload: JSON by its type, and never more of it than a batch may have."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from api.problems import ProblemError
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import BrokerUnavailable

JSON = "application/json"


class BodyRoom:
    """Takes in bodies, all of which together hold no more than so much memory while they come in.

    What counts is what has come, not what was announced: a connection that says much and sends little takes no room
    from others.

    Args:
        size_bytes: what they may hold together.
        timeout_s: how long one may take, in seconds.
    """

    def __init__(self, size_bytes: int, timeout_s: float) -> None:
        self._free_bytes = size_bytes
        self._timeout_s = timeout_s

    async def read(self, request: Request) -> bytes:
        """The whole body.

        Raises:
            ProblemError: 415, said to be something else than plain JSON; 413, larger than a batch may be; 408, too
                slow; 400, cut off.
            BrokerUnavailable: there is no room for it just now.
        """
        _require_json(request)
        if _stated_length(request) > MAX_BATCH_BYTES:
            raise too_large()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._collect(request)
        except TimeoutError:
            # What may yet come of it is not the next request.
            raise ProblemError(408, "the body did not come in time", headers={"Connection": "close"}) from None
        except ClientDisconnect:
            raise ProblemError(400, "the connection was closed before the whole body had come") from None

    async def _collect(self, request: Request) -> bytes:
        body = bytearray()
        try:
            async for chunk in request.stream():
                self._require_room(len(body), len(chunk))
                self._free_bytes -= len(chunk)
                body += chunk
            return bytes(body)
        finally:
            self._free_bytes += len(body)

    def _require_room(self, taken: int, more: int) -> None:
        if taken + more > MAX_BATCH_BYTES:
            raise too_large()
        if more > self._free_bytes:
            raise BrokerUnavailable("too many uploads are coming in: send the batch again")


def too_large() -> ProblemError:
    """The problem of a body beyond what a batch may have."""
    return ProblemError(413, f"larger than {MAX_BATCH_BYTES} bytes: split the batch")


def _require_json(request: Request) -> None:
    media_type = (request.headers.get("Content-Type") or JSON).partition(";")[0].strip().lower()
    if media_type != JSON:
        raise ProblemError(415, f"the body must be {JSON}", headers={"Accept-Post": JSON})
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ProblemError(415, "the body must not be compressed", headers={"Accept-Encoding": "identity"})


def _stated_length(request: Request) -> int:
    stated = request.headers.get("Content-Length", "")
    # The server has checked it; a test client may not.
    return int(stated) if stated.isdecimal() else 0
