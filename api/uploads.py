"""Uploading batches: published to the broker like those of every device, and answered with the ingestor's receipt."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from api.access import Asking, Caller
from api.addressing import Upload, address
from api.bodies import JSON, too_large
from api.problems import ProblemError
from api.rules import PREFIX
from api.schemas import body, problems, receipt
from api.wiring import Wired, Wiring
from contract.catalogue import CATALOGUE, Kind
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import BrokerUnavailable
from contract.receipts import Receipt

UPLOADED = ("meals", "exercises")
"""Kinds whose batches are taken over HTTP as they are; the others will have bodies of their own."""

PATHS = frozenset(f"{prefix}/{name}" for prefix in (PREFIX, "") for name in UPLOADED)


def routes(prefix: str) -> APIRouter:
    """POST for each of these kinds."""
    router = APIRouter(prefix=prefix, tags=["uploads"])
    for name in UPLOADED:
        kind = CATALOGUE[name]
        router.add_api_route(
            f"/{name}",
            _uploader(kind),
            methods=["POST"],
            status_code=201,
            summary=f"Upload a batch of {name}",
            response_class=Response,
            response_description="Stored, but for the items in `rejected`.",
            responses={201: receipt(), **problems(400, 401, 403, 408, 413, 415, 422, 429, 503)},
            openapi_extra={"requestBody": body(kind)},
        )
    return router


def _uploader(kind: Kind) -> Callable[[Request, Wiring, Caller], Awaitable[Response]]:
    async def upload(request: Request, wiring: Wired, caller: Asking) -> Response:
        """Store a batch of one's own, just as if a device had published it; `user_id` may be `me`.

        201 is as good as a device's receipt: the items are on disk. After 503 send the same batch again: that is
        harmless, whether it has been stored or not.
        """
        content = await wiring.bodies.read(request)
        return _answer(await deliver(wiring, _addressed(kind, content, caller.id)))

    return upload


async def deliver(wiring: Wiring, upload: Upload) -> Receipt:
    """Publish a batch and wait for its receipt; to be called when its body has come in as a whole.

    Raises:
        BrokerUnavailable: too many are under way, or that it is stored could not be confirmed.
        BatchRejected: its batch id is in use by another batch that is under way.
    """
    # Not before, or clients that are slow with their bodies would hold all places.
    if wiring.uploads.locked():
        raise BrokerUnavailable("too many uploads are under way: send the batch again")
    async with wiring.uploads:
        return await wiring.uplink.deliver(upload)


def _addressed(kind: Kind, content: bytes, caller_id: str) -> Upload:
    found = address(kind, content, me=caller_id)
    if found.user_id != caller_id:
        raise ProblemError(403, "must be one's own user id, or 'me'", field="user_id", batch_id=found.batch_id)
    if len(found.payload) > MAX_BATCH_BYTES:  # with what was added
        raise too_large()
    return found


def _answer(found: Receipt) -> Response:
    if found.status == "stored":
        return Response(found.encode(), 201, media_type=JSON)
    raise ProblemError(
        422,
        found.reason or "none of the items can be stored",
        batch_id=found.batch_id,
        rejected=found.rejected,
        ignored=found.ignored,
    )
