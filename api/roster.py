"""The roster: the clients of a coach or nutritionist, who needs attention first, each with why.

Somebody is a client of whom they have given their consent (`api.consents`), from then on and until one of the two ends
it. So there is nothing to be added here without the client; what can be done is to look, and to let go.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from msgspec import Meta, Struct
from pydantic import BaseModel

from api.access import Asking, Caller, Concerned
from api.account_models import UserId
from api.pages import Paged, json_response, rounded
from api.problems import ProblemError
from api.schemas import answer, listed, problems
from api.wiring import Wired, Wiring
from insights.energy import Adherence
from storage.records.consents import Scope
from storage.records.roster import Client
from storage.records.standing import Standing

Status = Literal["urgent", "look", "fine", "unknown"]

_NOTHING_YET = (
    "Nothing has arrived yet: a device of theirs is to be connected, or meals, weight or the morning questions logged."
)
_JUST_BEGUN = "The first has just arrived: days are judged when they have ended."
_NOTHING_ANY_MORE = "Nothing has arrived lately, the last thing on {day}: ask them whether they go on."
_NEW = timedelta(days=2)
_NOTHING_STANDS_OUT = "Nothing stands out."


class ReasonShown(Struct, frozen=True, kw_only=True):
    """A sign that is seen in somebody's days; no diagnosis."""

    code: Annotated[str, Meta(description="Names the rule; stable.")]
    tone: Literal["concern", "praise"]
    severity: Annotated[float, Meta(ge=0, le=1, description="0.8 and more is high.")]
    words: str
    columns: Annotated[list[str], Meta(description="Of the daily summary, what it rests on.")]
    figures: dict[str, float]


class KeepingUp(Struct, frozen=True, kw_only=True):
    """Shares of the last 14 days, 0 to 1; null if nothing was worked out yet. And how targets are kept to."""

    wear: Annotated[float | None, Meta(description="A device was worn for 10 hours or more.")]
    logging: Annotated[float | None, Meta(description="A meal was logged.")]
    targets: Annotated[
        Mapping[str, Adherence],
        Meta(description="By column of the daily summary, how the last 7 days kept to what was set as a target."),
    ]


class ClientShown(Struct, frozen=True, kw_only=True):
    """A client as the roster has them."""

    client_id: str
    name: str
    time_zone: str
    scope: Scope
    since: Annotated[datetime, Meta(description="When they gave their consent.")]
    status: Status
    score: Annotated[float, Meta(ge=0, le=1, description="Need for attention; the roster is ranked by it.")]
    words: Annotated[str, Meta(description="The first reason; or that there is none, and what to do.")]
    reasons: Annotated[list[ReasonShown], Meta(description="Concerns first, the most severe first; then praise.")]
    last_seen_at: Annotated[datetime | None, Meta(description="Time of their newest item.")]
    day: Annotated[date | None, Meta(description="The last day that counts here; it has ended.")]
    computed_at: datetime | None
    adherence: KeepingUp
    week: Annotated[Mapping[str, float], Meta(description="Means of the last 7 days by column.")]
    usual: Annotated[Mapping[str, float], Meta(description="Medians of the 28 days before these.")]
    sparklines: Annotated[
        Mapping[str, Sequence[float | None]],
        Meta(description="The last 28 days by column, oldest first; null: no value."),
    ]


class NewClient(BaseModel):
    """Whom a coach or nutritionist wants in their roster."""

    client_id: UserId


def routes(prefix: str) -> APIRouter:
    """GET and POST /clients, DELETE /clients/{client_id}."""
    router = APIRouter(prefix=f"{prefix}/clients", tags=["review"])

    @router.get(
        "",
        summary="The roster",
        response_class=Response,
        responses={200: listed(ClientShown, "Who needs attention first."), **problems(401, 403, 422, 503)},
    )
    async def list_clients(
        wiring: Wired,
        caller: Asking,
        part: Paged,
        status: Annotated[Status | None, Query(description="Only clients of this status.")] = None,
    ) -> Response:
        """One's clients, ranked by who needs attention, as of the last day that has ended in each one's zone."""
        page = await wiring.roster.page(caller.id, status=status, limit=part.limit, offset=part.offset)
        await _note(wiring, caller, [client.id for client in page.clients])
        return json_response([_shown(client) for client in page.clients], total=page.total)

    @router.post(
        "",
        summary="A new client",
        response_class=Response,
        responses={200: answer(ClientShown, "They are in the roster."), **problems(400, 401, 403, 408, 413, 422, 503)},
    )
    async def take_client(wiring: Wired, caller: Asking, wanted: NewClient) -> Response:
        """200 once the client has given their consent, which nobody can do for them: 403 says how they do."""
        client = await wiring.roster.find(caller.id, wanted.client_id)
        if client is None:
            raise ProblemError(403, _ask_them(caller))
        await _note(wiring, caller, [client.id])
        return json_response(_shown(client))

    @router.delete("/{client_id}", status_code=204, summary="Let a client go", responses=problems(401, 403, 422, 503))
    async def release_client(wiring: Wired, caller: Asking, client_id: Concerned) -> None:
        """Ends their consent, as they can themselves: from this moment on nothing more is seen."""
        await wiring.consents.withdraw(client_id, caller.id, caller.deed(client_id, "consent.withdrawn", caller.id))

    return router


def _ask_them(caller: Caller) -> str:
    return (
        "no consent of theirs is in force: ask them to give it, by POST /api/v1/users/me/consents with your id "
        f"({caller.id}) as professional_id"
    )


async def _note(wiring: Wiring, caller: Caller, client_ids: Sequence[str]) -> None:
    """Each access by somebody else is in the audit before they see anything (`api.access`, rule 3)."""
    await wiring.audit.note_all(client_ids, "read", "GET clients", actor=caller.id, actor_role=caller.person.role)


def _shown(client: Client) -> ClientShown:
    standing = client.standing or Standing(user_id=client.id, computed_at=client.since)
    return ClientShown(
        client_id=client.id,
        name=client.name,
        time_zone=client.time_zone,
        scope=client.scope,
        since=client.since,
        status=standing.status,  # type: ignore[arg-type]  # as `insights.standing` says
        score=rounded(standing.score),
        words=_words(standing),
        reasons=rounded(standing.reasons),  # as they were written: signs
        last_seen_at=standing.last_seen_at,
        day=standing.day,
        computed_at=client.standing.computed_at if client.standing else None,
        adherence=KeepingUp(
            wear=rounded(standing.wear_share),
            logging=rounded(standing.logging_share),
            targets=rounded(standing.adherence),  # as it was written: adherences
        ),
        week=rounded(standing.week),
        usual=rounded(standing.usual),
        sparklines=standing.sparklines,
    )


def _words(standing: Standing) -> str:
    if standing.reasons:
        return str(standing.reasons[0]["words"])
    if standing.status != "unknown":
        return _NOTHING_STANDS_OUT
    seen = standing.last_seen_at
    if seen is None:
        return _NOTHING_YET
    if standing.computed_at - seen < _NEW:
        return _JUST_BEGUN
    return _NOTHING_ANY_MORE.format(day=f"{seen:%Y-%m-%d}")
