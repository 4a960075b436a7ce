"""Taking in the body of an upload: JSON by its type, and never more of it than a batch may have."""

from fastapi import Request
from starlette.requests import ClientDisconnect

from api.problems import ProblemError
from contract.envelope import MAX_BATCH_BYTES

JSON = "application/json"


async def read_body(request: Request) -> bytes:
    """The whole body.

    Raises:
        ProblemError: 415, said to be something else than plain JSON; 413, larger than a batch may be; 400, cut off.
    """
    _require_json(request)
    if _stated_length(request) > MAX_BATCH_BYTES:
        raise too_large()
    try:
        return await _read(request)
    except ClientDisconnect:
        raise ProblemError(400, "the connection was closed before the whole body had come") from None


def too_large() -> ProblemError:
    """The problem of a body beyond what a batch may have."""
    return ProblemError(413, f"larger than {MAX_BATCH_BYTES} bytes: split the batch")


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BATCH_BYTES:
            raise too_large()
    return bytes(body)


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
