"""Holding every request to its rule (`api.rules`), before anything else is done with it.

The rules of this file:

1. A route without a rule answers nobody.
2. Whether somebody exists is not told to those who may not see them: the answer is the same either way.
3. When somebody other than the person concerned is let in, that is in the audit before they see anything.
"""

from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request

from api.problems import ProblemError
from api.rules import Rule, Who, rule_of
from api.tokens import Claims
from api.wiring import Wired, Wiring
from contract.topics import ME
from storage.records.audit import Deed
from storage.records.consents import Scope
from storage.records.people import Person

_PROFESSIONALS = frozenset({"coach", "nutritionist"})
_FOR_CARERS = frozenset({Who.SELF_OR_CARER, Who.CARER, Who.ACQUAINTED})
_FOR_ADMINISTRATORS = frozenset({Who.SELF_OR_ADMINISTRATOR, Who.ACQUAINTED})
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        person: as the records have them now.
        session_id: of the login whose token they came with.
    """

    person: Person
    session_id: str

    @property
    def id(self) -> str:
        """Their user id."""
        return self.person.id

    def deed(self, subject: str, action: str, detail: str = "") -> Deed:
        """Something that they do, for the audit."""
        return Deed(subject, action, detail, self.id, self.person.role)


async def enforce(request: Request, wiring: Wired) -> None:
    """Let the request pass, or end it.

    Raises:
        ProblemError: 401, nobody known; 403, somebody who may not; 429, too often.
    """
    path = request.scope["route"].path
    rule = rule_of(request.method, path)
    if rule is None:
        raise LookupError(f"no rule for {request.method} {path}")
    if rule.who in {Who.ANYBODY, Who.DEVICE}:  # a device's signature is checked where its request is read
        await _limit(wiring, rule, address_of(request))
    elif rule.who is Who.MONITORING:
        _require_monitoring(request, wiring)
    else:
        caller = request.state.caller = await _require_caller(request, wiring)
        await _limit(wiring, rule, caller.id)
        await _require_right(request, wiring, rule, caller)


def caller_of(request: Request) -> Caller:
    """Who asks, of a route that is for people with an account."""
    caller: Caller = request.state.caller
    return caller


def subject_of(request: Request) -> str:
    """The person concerned, of a route that names one; `me` is resolved."""
    subject: str = request.state.subject
    return subject


Asking = Annotated[Caller, Depends(caller_of)]
Concerned = Annotated[str, Depends(subject_of)]


async def _limit(wiring: Wiring, rule: Rule, key: str) -> None:
    if rule.limit:
        await wiring.limiter.hit(rule.limit, key)


async def _require_caller(request: Request, wiring: Wiring) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthorized("log in first, and send the access token as `Authorization: Bearer ...`", "")
    claims = wiring.tokens.read(token.strip())
    person = await _known(wiring, claims) if claims else None
    if claims is None or person is None:
        raise unauthorized("the access token is not valid, or no more: refresh it, or log in again")
    return Caller(person, claims.session_id)


async def _known(wiring: Wiring, claims: Claims) -> Person | None:
    return await wiring.sessions.who(claims.session_id, claims.person_id)


def unauthorized(detail: str, error: str = ' error="invalid_token"') -> ProblemError:
    """The problem of somebody who is not known (RFC 6750, section 3)."""
    return ProblemError(401, detail, headers={"WWW-Authenticate": f"Bearer{error}"})


async def _require_right(request: Request, wiring: Wiring, rule: Rule, caller: Caller) -> None:
    if rule.who is Who.PROFESSIONAL and caller.person.role not in _PROFESSIONALS:
        raise _forbidden()
    named = request.path_params.get("user_id") or request.path_params.get("client_id")
    if named is None or rule.who is Who.ACCOUNT:
        return
    subject = request.state.subject = caller.id if named == ME else named
    if subject == caller.id and rule.who is not Who.CARER:
        return
    if not await _may(wiring, rule, caller, subject):
        raise _forbidden()
    await _note(request, wiring, caller, subject)


async def _may(wiring: Wiring, rule: Rule, caller: Caller, subject: str) -> bool:
    """Whether somebody else may."""
    if rule.who in _FOR_ADMINISTRATORS and caller.person.role == "administrator":
        return await wiring.people.get(subject) is not None
    if rule.who in _FOR_CARERS and caller.person.role in _PROFESSIONALS:
        return await has_consent(wiring, subject, caller.person, rule.scope or "nutrition")
    return False


async def has_consent(wiring: Wiring, client_id: str, professional: Person, scope: Scope) -> bool:
    """Whether a client lets a professional see this much now."""
    consent = await wiring.consents.find(client_id, professional.id)
    return consent is not None and consent.allows(scope)


async def _note(request: Request, wiring: Wiring, caller: Caller, subject: str) -> None:
    """Rule 3."""
    action = "read" if request.method in _READS else "change"
    what = request.url.path.rpartition("/")[2]
    detail = request.method if what in {subject, ME} else f"{request.method} {what[:64]}"
    await wiring.audit.note(subject, action, detail, actor=caller.id, actor_role=caller.person.role)


def _forbidden() -> ProblemError:
    return ProblemError(403, "this is not yours to see or change")


def _require_monitoring(request: Request, wiring: Wiring) -> None:
    token = wiring.options.accounts.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is not None:
        if not compare_digest(given.encode(), token.encode()):
            raise unauthorized("metrics are for monitoring, with its own token")
    elif not _is_this_machine(request):
        raise ProblemError(403, "metrics are for this machine, or for monitoring with a token")


def _is_this_machine(request: Request) -> bool:
    # What a proxy passes on comes from this machine as well, but is somebody else's.
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ip_address(address_of(request)).is_loopback
    except ValueError:
        return False


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else "unknown"
