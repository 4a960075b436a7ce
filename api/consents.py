"""Consents: whom somebody lets see how much of their data. They alone give them and withdraw them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.access import Asking, Concerned
from api.account_models import ConsentShown, NewConsent
from api.pages import Paged
from api.problems import ProblemError
from api.schemas import problems
from api.wiring import Wired, Wiring
from contract.topics import USER_ID_PATTERN
from storage.records.consents import WIDEST, Consent
from storage.records.people import Person

Professional = Annotated[str, Path(pattern=USER_ID_PATTERN, description="Of the coach or nutritionist.")]


def routes(prefix: str) -> APIRouter:
    """POST, GET and DELETE /users/{user_id}/consents."""
    router = APIRouter(prefix=f"{prefix}/users/{{user_id}}/consents", tags=["accounts"])

    @router.get("", summary="Consents, withdrawn ones too", responses=problems(401, 403, 422, 503))
    async def list_consents(wiring: Wired, user_id: Concerned, part: Paged, response: Response) -> list[ConsentShown]:
        """Newest first."""
        page = await wiring.consents.history(user_id, limit=part.limit, offset=part.offset)
        people = await wiring.people.get_many([consent.professional_id for consent in page.consents])
        response.headers["X-Total-Count"] = str(page.total)
        return [_shown(consent, people) for consent in page.consents]

    @router.post("", status_code=201, summary="Give a consent", responses=problems(400, 401, 403, 408, 413, 422, 503))
    async def give_consent(wiring: Wired, caller: Asking, user_id: Concerned, wanted: NewConsent) -> ConsentShown:
        """Takes the place of an earlier one for the same professional, whether it was wider or narrower."""
        professional = await _require_professional(wiring, wanted, caller.id)
        deed = caller.deed(user_id, "consent.given", f"{wanted.scope} to {professional.role} {professional.id}")
        consent = await wiring.consents.give(user_id, professional.id, wanted.scope, deed)
        return _shown(consent, {professional.id: professional})

    @router.delete(
        "/{professional_id}", status_code=204, summary="Withdraw a consent", responses=problems(401, 403, 404, 422, 503)
    )
    async def withdraw_consent(
        wiring: Wired, caller: Asking, user_id: Concerned, professional_id: Professional
    ) -> None:
        """From this moment on they see nothing more."""
        deed = caller.deed(user_id, "consent.withdrawn", professional_id)
        if not await wiring.consents.withdraw(user_id, professional_id, deed):
            raise ProblemError(404, "there is no such consent in force")

    return router


async def _require_professional(wiring: Wiring, wanted: NewConsent, client_id: str) -> Person:
    person = await wiring.people.get(wanted.professional_id)
    widest = WIDEST.get(person.role) if person else None
    if person is None or widest is None or person.id == client_id:
        raise ProblemError(422, "must be the id of a coach or nutritionist", field="professional_id")
    if wanted.scope == "training" and widest != "training":
        raise ProblemError(422, "a nutritionist can be let see nutrition only", field="scope")
    return person


def _shown(consent: Consent, people: Mapping[str, Person]) -> ConsentShown:
    professional = people.get(consent.professional_id)
    return ConsentShown(
        professional_id=consent.professional_id,
        professional_name=professional.name if professional else None,
        scope=consent.scope,
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
    )
