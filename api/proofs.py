"""Proving again who one is, before what a login hangs on becomes different: the password, the e-mail address.

A session alone is not enough for that: who found somebody's phone unlocked would stay for good.
"""

from api.account_models import Proof
from api.problems import ProblemError
from api.wiring import Wiring


async def require_proof(wiring: Wiring, person_id: str, proof: Proof) -> None:
    """Let who gives the password of this account pass, or, if it has none, a one-time code that was sent just now.

    Wrong passwords are counted as those of logins are: who has somebody's token could guess here what is refused
    there. Codes have limits of their own (`storage.records.codes`).

    Raises:
        ProblemError: 403, not proven; 429, too many wrong passwords.
    """
    async with wiring.limiter.turn(person_id):
        await wiring.limiter.require_room("failures", person_id)
        found = await wiring.people.with_hash(person_id)
        person, kept = found or (None, None)
        if kept is not None:
            await _require_password(wiring, person_id, proof.current_password, kept)
        elif person is not None and person.mobile is not None:
            await _require_code(wiring, person.mobile, proof.code)
        else:
            raise ProblemError(403, "this account has neither a password nor a number: nothing proves that it is yours")


async def _require_password(wiring: Wiring, person_id: str, password: str | None, kept: str) -> None:
    if password is None:
        raise ProblemError(403, "this takes the current password", field="current_password")
    if not await wiring.passwords.check(password, kept):
        await wiring.limiter.hit("failures", person_id)
        raise ProblemError(403, "the current password is wrong", field="current_password")


async def _require_code(wiring: Wiring, mobile: str, code: str | None) -> None:
    if code is None:
        raise ProblemError(403, "this takes a one-time code: have one sent by POST /auth/otp", field="code")
    if not await wiring.codes.redeem(mobile, code):
        raise ProblemError(403, "the code is wrong, used up, or too old: have another one sent", field="code")
