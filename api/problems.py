"""Problem documents (RFC 9457): what every error looks like over HTTP. They never repeat a value that was sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from msgspec import Meta, Struct
from starlette.exceptions import HTTPException

from api.expectations import expectation
from api.headers import PRIVATE
from contract.errors import BatchRejected, Retryable, StoreUnavailable
from contract.receipts import Ignored, Rejection

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


class ParameterError(Struct, frozen=True):
    """A parameter of the request that can't be used, and why."""

    parameter: str
    reason: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """An error. Further members say more about some."""

    type: Annotated[str, Meta(description="`about:blank`: the status says which kind of problem it is.")]
    title: Annotated[str, Meta(description="The status in words.")]
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="What is wrong here, for the developer of the client.")]
    errors: Annotated[list[ParameterError], Meta(description="Parameters that can't be used.")] = []
    kinds: Annotated[list[str], Meta(description="The kinds of measurement that there are.")] = []
    field: Annotated[str | None, Meta(description="The field of the batch that is at fault.")] = None
    batch_id: Annotated[str | None, Meta(description="Of the batch that was rejected.")] = None
    rejected: Annotated[list[Rejection], Meta(description="Items that were rejected.")] = []
    ignored: Annotated[list[Ignored], Meta(description="Fields that the contract does not know.")] = []


class ProblemError(Exception):
    """Ends a request with this problem.

    Args:
        status: of HTTP.
        detail: what is wrong, for the developer of the client; never a value that was sent.
        headers: that this status wants, such as `Allow`.
        members: further members of `Problem`.
    """

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
    ) -> None:
        super().__init__(detail)
        self.headers = dict(headers or {})
        document = {"type": "about:blank", "title": _title(status), "status": status, "detail": detail}
        self.problem = msgspec.convert(document | members, Problem)


def problem_of(error: Exception) -> ProblemError:
    """What an error is over HTTP."""
    match error:
        case ProblemError():
            return error
        case HTTPException():
            detail = _DETAILS.get(error.status_code, error.detail)
            return ProblemError(error.status_code, detail, headers=error.headers)
        case RequestValidationError():
            errors = [ParameterError(_named(found["loc"]), expectation(found)) for found in error.errors()]
            return ProblemError(422, "the request's parameters can't be used", errors=errors)
        case BatchRejected():
            return ProblemError(422, error.reason, field=error.field, batch_id=error.batch_id)
        case Retryable():
            # A store's own words may name hosts and files.
            detail = "the database can't answer now" if isinstance(error, StoreUnavailable) else str(error)
            return ProblemError(503, detail, headers={"Retry-After": str(error.retry_after_s or RETRY_AFTER_S)})
        case _:
            return ProblemError(500, "something went wrong here that should not have; it has been logged")


async def answer(_: Request, error: Exception) -> Response:
    """The response that ends a request with an error."""
    if isinstance(error, StoreUnavailable):
        log.warning("a store can't answer", error=str(error))
    found = problem_of(error)
    content = msgspec.json.encode(found.problem)
    return Response(content, found.problem.status, {**PRIVATE, **found.headers}, MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Have every error of an application answered with a problem document."""
    handled = (ProblemError, HTTPException, RequestValidationError, BatchRejected, Retryable)
    for error in (*handled, Exception):
        app.add_exception_handler(error, answer)


def _named(place: Sequence[int | str]) -> str:
    """The innermost name: an element of a list goes by the list's, and what is wrong with a name by the name."""
    return next((part for part in reversed(place) if isinstance(part, str) and part != "[key]"), "body")


def _title(status: int) -> str:
    # RFC 9110's names where Python's tables differ from one version to the next.
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(status) or HTTPStatus(status).phrase


_DETAILS = {404: "nothing is at this path", 405: "this path does not take this method"}
