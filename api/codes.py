"""Accounts by mobile number: a one-time code is sent there, and only who has it gets in."""

from fastapi import APIRouter

from api.access import unauthorized
from api.account_models import CodeProof, CodeRequest, CodeSent, TokensGiven
from api.accounts import add_account, person_of
from api.limiting import too_often
from api.logins import given
from api.problems import ProblemError
from api.schemas import problems
from api.wiring import Wired, Wiring
from storage.records.people import Person


def routes(prefix: str) -> APIRouter:
    """POST /auth/otp and /auth/otp/verify."""
    router = APIRouter(prefix=f"{prefix}/auth/otp", tags=["accounts"])
    refusals = problems(400, 408, 413, 422, 429, 503)

    @router.post("", status_code=202, summary="Send a one-time code", responses=refusals)
    async def send_code(wiring: Wired, wanted: CodeRequest) -> CodeSent:
        """The answer is the same whether there is an account with this number or not."""
        code = await wiring.codes.make(wanted.mobile)
        if isinstance(code, int):
            raise too_often(code)
        await wiring.sender.send(wanted.mobile, code)
        return CodeSent(expires_in=wiring.options.accounts.codes.holds_s)

    @router.post("/verify", summary="Log in by a one-time code", responses={**problems(401, 403), **refusals})
    async def verify_code(wiring: Wired, proof: CodeProof) -> TokensGiven:
        """Logs in. If there is no account with this number yet, it is made now."""
        if not await wiring.codes.redeem(proof.mobile, proof.code):
            raise unauthorized("the code is wrong, used up, or too old: have another one sent", "")
        person = await wiring.people.by_mobile(proof.mobile) or await _register(wiring, proof)
        return given(wiring, await wiring.sessions.begin(person.id))

    return router


async def _register(wiring: Wiring, proof: CodeProof) -> Person:
    if not wiring.options.accounts.registration:
        raise ProblemError(403, "accounts are made by the administrator here")
    person = person_of(proof, proof.role, mobile=proof.mobile)
    await add_account(wiring, person)
    return person
