"""Feedback: what a coach or nutritionist writes to a client, and what became of it."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Response

from api.access import Asking, Caller, Concerned, has_consent
from api.feedback_models import FeedbackShown, NewAnswer, NewFeedback
from api.pages import Paged
from api.problems import ProblemError
from api.rules import scope_of_kind
from api.schemas import problems
from api.wiring import Wired, Wiring
from storage.records.feedback import NO_SUCH_MESSAGE, Confirmed, Message, Page
from storage.records.messages import message_id
from storage.records.standings import Standings

FeedbackId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Of a message to oneself.")]


def routes(prefix: str) -> APIRouter:
    """All of feedback: below /clients/{client_id} for who writes it, below /users/{user_id} for who gets it."""
    router = APIRouter(prefix=prefix, tags=["feedback"])
    _add_writing(router)
    _add_inbox(router)
    return router


def _add_writing(router: APIRouter) -> None:
    @router.post(
        "/clients/{client_id}/feedback",
        status_code=201,
        summary="Write to a client",
        responses=problems(400, 401, 403, 408, 409, 413, 422, 429, 503),
    )
    async def write_feedback(wiring: Wired, caller: Asking, client_id: Concerned, wanted: NewFeedback) -> FeedbackShown:
        """It is on the client's devices within a second if they are connected; else it waits for them.

        What is about a kind of measurement takes the consent that reading that kind takes.

        Without an answer (a time-out, 503) it may have been written. Repeat it with the same `message_id`, and it is
        written once; the answer is that of the first time, with what has become of the message since. Another content
        with the same `message_id` is refused with 409.
        """
        await _require_scope(wiring, caller, client_id, wanted)
        message = await wiring.feedback.add(_new(caller, client_id, wanted))
        if message is None:
            raise ProblemError(409, "is of another message to this client: give each its own", field="message_id")
        # What follows may not have been done the first time.
        if message.delivered_at is None:
            wiring.courier.take(message)
        if message.targets:
            await Standings(wiring.records).make_due(client_id, message.sent_at)
        return FeedbackShown.of(message)

    @router.get(
        "/clients/{client_id}/feedback", summary="What one wrote to a client", responses=problems(401, 403, 422, 503)
    )
    async def list_written(
        wiring: Wired, caller: Asking, client_id: Concerned, response: Response, part: Paged
    ) -> list[FeedbackShown]:
        """Newest first, with when it was delivered and read, and what was answered. Not what others wrote."""
        page = await wiring.feedback.of_client(client_id, author_id=caller.id, limit=part.limit, offset=part.offset)
        return _shown(page, response)


def _add_inbox(router: APIRouter) -> None:
    @router.get("/users/{user_id}/feedback", summary="What was written to one", responses=problems(401, 403, 422, 503))
    async def list_received(wiring: Wired, user_id: Concerned, response: Response, part: Paged) -> list[FeedbackShown]:
        """Newest first. What is listed counts as delivered."""
        page = await wiring.feedback.of_client(user_id, limit=part.limit, offset=part.offset)
        new = [Confirmed(user_id, message.id) for message in page.messages if message.delivered_at is None]
        if new:
            await wiring.feedback.confirm(new, datetime.now(UTC))
            page = await wiring.feedback.of_client(user_id, limit=part.limit, offset=part.offset)
        return _shown(page, response)

    @router.put(
        "/users/{user_id}/feedback/{feedback_id}/read",
        status_code=204,
        summary="Say that a message was read",
        responses=problems(401, 403, 404, 422, 503),
    )
    async def mark_read(wiring: Wired, user_id: Concerned, feedback_id: FeedbackId) -> None:
        """The first time counts."""
        now = datetime.now(UTC)
        await _confirm(wiring, Confirmed(user_id, feedback_id, now), now)

    @router.post(
        "/users/{user_id}/feedback/{feedback_id}/answers",
        status_code=204,
        summary="Answer a message",
        responses=problems(400, 401, 403, 404, 408, 409, 413, 422, 429, 503),
    )
    async def answer_feedback(wiring: Wired, user_id: Concerned, feedback_id: FeedbackId, answer: NewAnswer) -> None:
        """Whoever answers has read it.

        Repeat it with the same `answer_id` when there is no answer (a time-out, 503), and it is answered once. Another
        text with the same `answer_id` is refused with 409.
        """
        now = datetime.now(UTC)
        answer_id = answer.answer_id or str(uuid4())
        await _confirm(wiring, Confirmed(user_id, feedback_id, now, answer.text, answer_id), now)


async def _require_scope(wiring: Wiring, caller: Caller, client_id: str, wanted: NewFeedback) -> None:
    scope = scope_of_kind(wanted.kind) if wanted.kind else "nutrition"
    if not await has_consent(wiring, client_id, caller.person, scope):
        raise ProblemError(403, "this kind of measurement is not yours to see", field="kind")


def _new(caller: Caller, client_id: str, wanted: NewFeedback) -> Message:
    return Message(
        id=message_id(caller.id, client_id, wanted.message_id),
        user_id=client_id,
        author_id=caller.id,
        author_role=caller.person.role,
        author_name=caller.person.name,
        sent_at=datetime.now(UTC),
        text=wanted.text,
        tags=tuple(dict.fromkeys(wanted.tags)),
        day=wanted.day,
        kind=wanted.kind,
        item_id=wanted.item_id,
        targets=wanted.targets,
    )


async def _confirm(wiring: Wiring, said: Confirmed, now: datetime) -> None:
    [reason] = await wiring.feedback.confirm([said], now)
    if reason:
        raise ProblemError(404 if reason == NO_SUCH_MESSAGE else 409, reason)


def _shown(page: Page, response: Response) -> list[FeedbackShown]:
    response.headers["X-Total-Count"] = str(page.total)
    return [FeedbackShown.of(message) for message in page.messages]
