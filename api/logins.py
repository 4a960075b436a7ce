"""Logging in (OAuth2's password flow), staying logged in, and logging out."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.security import OAuth2PasswordRequestForm

from api.access import Asking, address_of, unauthorized
from api.account_models import RefreshToken, TokensGiven, normal_login
from api.schemas import problems
from api.tokens import Claims
from api.wiring import Wired, Wiring
from storage.records.people import Person
from storage.records.sessions import Grant, Reuse

log = structlog.get_logger(__name__)

Form = Annotated[OAuth2PasswordRequestForm, Depends()]


def login(prefix: str) -> APIRouter:
    """POST /users/login."""
    router = APIRouter(prefix=prefix, tags=["accounts"])

    @router.post("/users/login", summary="Log in", responses=problems(400, 401, 408, 413, 422, 429, 503))
    async def log_in(request: Request, wiring: Wired, form: Form) -> TokensGiven:
        """OAuth2's password flow (RFC 6749, section 4.3): `username` is the e-mail address or mobile number."""
        username, address = normal_login(form.username), address_of(request)
        keys = (("failures", f"{username} {address}"), ("account", username))
        async with wiring.limiter.turn(username):
            for name, key in keys:
                await wiring.limiter.require_room(name, key)
            found = await _find(wiring, username)
            if not await wiring.passwords.check(form.password, found[1] if found else None) or found is None:
                for name, key in keys:
                    await wiring.limiter.hit(name, key)
                raise unauthorized("the name or the password is wrong", "")
        await _keep_up_to_date(wiring, found[0], found[1] or "", form.password)
        return given(wiring, await wiring.sessions.begin(found[0].id))

    return router


def routes(prefix: str) -> APIRouter:
    """POST /auth/refresh and /auth/logout."""
    router = APIRouter(prefix=f"{prefix}/auth", tags=["accounts"])

    @router.post(
        "/refresh",
        summary="New tokens for a refresh token",
        responses=problems(400, 401, 408, 413, 422, 429, 503),
    )
    async def refresh(wiring: Wired, token: RefreshToken) -> TokensGiven:
        """A refresh token works once. One that comes again ends the login that it came from."""
        grant = await wiring.sessions.refresh(token.refresh_token)
        if isinstance(grant, Reuse):
            log.warning("a refresh token was used twice: its login has ended")
        if not isinstance(grant, Grant):
            raise unauthorized("the refresh token is not valid, or no more: log in again")
        return given(wiring, grant)

    @router.post("/logout", status_code=204, summary="Log out", responses=problems(401, 503))
    async def log_out(wiring: Wired, caller: Asking) -> None:
        """Ends the login that the access token came from, with all its tokens."""
        await wiring.sessions.revoke(caller.session_id)

    return router


def given(wiring: Wiring, grant: Grant) -> TokensGiven:
    """What a grant is over HTTP."""
    return TokensGiven(
        access_token=wiring.tokens.issue(Claims(grant.person_id, grant.session_id)),
        expires_in=wiring.tokens.lifetime_s,
        refresh_token=grant.refresh_token,
        user_id=grant.person_id,
    )


async def _find(wiring: Wiring, username: str) -> tuple[Person, str | None] | None:
    if "@" in username:
        return await wiring.people.by_email(username)
    person = await wiring.people.by_mobile(username)
    return await wiring.people.with_hash(person.id) if person else None


async def _keep_up_to_date(wiring: Wiring, person: Person, kept: str, password: str) -> None:
    """Hash a password anew when today's parameters are others."""
    if wiring.passwords.is_outdated(kept):
        await wiring.people.set_password_hash(person.id, await wiring.passwords.hash(password))
