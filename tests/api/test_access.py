"""Who gets in where: every route there is, tried by everybody who should not, and by those who should."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from joserfc import jwt
from joserfc.jwk import ECKey

from api.app import _application
from api.rules import RULES, TABLE, Rule, Who
from api.tokens import ISSUER, Claims
from contract.catalogue import CATALOGUE
from storage.records.consents import Scope
from storage.records.people import Role, new_person
from tests.api.documents import require_problem
from tests.api.house import House

ANN = "ann"
OPEN = {Who.ANYBODY, Who.MONITORING, Who.DEVICE}
OF_SOMEBODY = {Who.SELF, Who.SELF_OR_ADMINISTRATOR, Who.SELF_OR_CARER, Who.ACQUAINTED}


class Route(NamedTuple):
    method: str
    path: str
    rule: Rule

    def url(self, user_id: str = ANN) -> str:
        """The path with somebody in it."""
        named = {"user_id": user_id, "client_id": user_id, "professional_id": "carl", "device_id": "d", "kind": "mood"}
        return self.path.format_map(named | {"feedback_id": "f"})


def served() -> list[tuple[str, str]]:
    """Method and path of all that the application serves."""
    contexts = iter_route_contexts(_application().routes)
    return [(method, context.path) for context in contexts for method in context.methods or () if context.path]


ROUTES = [Route(method, path, RULES[method, path]) for method, path in served() if (method, path) in RULES]
GUARDED = [route for route in ROUTES if route.rule.who not in OPEN]
SOMEBODYS = [route for route in GUARDED if route.rule.who in OF_SOMEBODY]
each_guarded = pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method} {route.path}")
each_somebodys = pytest.mark.parametrize("route", SOMEBODYS, ids=lambda route: f"{route.method} {route.path}")


@pytest.fixture
async def town(library: House) -> House:
    """Ann, another athlete, and people of each other role; nobody has anybody's consent."""
    roles: dict[str, Role] = {
        ANN: "athlete",
        "bob": "athlete",
        "carl": "coach",
        "nora": "nutritionist",
        "adam": "administrator",
    }
    await library.wiring.people.ensure([new_person(name, role, name) for name, role in roles.items()])
    return library


async def ask(house: House, route: Route, token: str | None, user_id: str = ANN) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return await house.http.request(route.method, route.url(user_id), headers=headers, auth=None)


async def noted(house: House, user_id: str = ANN) -> list[tuple[str | None, str]]:
    return [(entry.actor, entry.action) for entry in (await house.wiring.audit.of(user_id)).entries]


def test_every_route_has_a_rule_and_every_rule_a_route_but_for_those_to_come() -> None:
    assert len(set(served())) == len(served())
    assert set(served()) <= set(RULES)
    assert len(RULES) == len(TABLE)


async def test_a_route_without_a_rule_answers_nobody(library: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, ("GET", "/api/v1/users/{user_id}/meals"))
    response = await library.http.get("/api/v1/users/anna/meals")
    require_problem(response, 500)


def test_what_is_open_is_what_is_meant_to_be() -> None:
    open_paths = {route.path.removeprefix("/api/v1") for route in ROUTES if route.rule.who is Who.ANYBODY}
    assert open_paths == {
        "/health",
        "/docs",
        "/docs/start.js",
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-ui.css",
        "/openapi.json",
        "/users/register",
        "/users/login",
        "/auth/otp",
        "/auth/otp/verify",
        "/auth/refresh",
    }


@each_guarded
async def test_nobody_gets_in(town: House, route: Route) -> None:
    response = await ask(town, route, None)
    require_problem(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def signed(town: House, said: dict[str, Any], header: dict[str, Any] | None = None, key: Any = None) -> str:
    kid, own = town.wiring.tokens._keyring.newest()
    head = {"alg": "ES256", "kid": kid, "typ": "at+jwt", **(header or {})}
    return jwt.encode(head, said, key or own, algorithms=["ES256"])


def by_hand(header: dict[str, Any], said: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """What a library for tokens refuses to make."""
    parts = [json.dumps(part).encode() for part in ({"typ": "at+jwt", **header}, said)]
    text = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return b".".join([text, urlsafe_b64encode(sign(text)).rstrip(b"=")]).decode()


async def forgeries(town: House) -> dict[str, str]:
    """Tokens that must not be taken, of Ann with a login that holds."""
    grant, now = await town.wiring.sessions.begin(ANN), int(time.time())
    said = {"iss": ISSUER, "aud": ISSUER, "sub": ANN, "sid": grant.session_id, "iat": now, "exp": now + 900}
    good = signed(town, said)
    assert (await ask(town, ROUTES_BY_NAME["GET", "/api/v1/users/{user_id}"], good)).status_code == 200
    head, body, signature = good.split(".")
    revoked = await town.wiring.sessions.begin(ANN)
    await town.wiring.sessions.revoke(revoked.session_id)
    public = town.wiring.tokens._keyring.newest()[1].as_pem(private=False)
    bobs = await town.wiring.sessions.begin("bob")
    return {
        "expired": signed(town, said | {"exp": now - 1}),
        "of another issuer": signed(town, said | {"iss": "somebody"}),
        "for another audience": signed(town, said | {"aud": "somebody"}),
        "without an end": signed(town, {name: value for name, value in said.items() if name != "exp"}),
        "without a login": signed(town, {name: value for name, value in said.items() if name != "sid"}),
        "of another's login": signed(town, said | {"sid": bobs.session_id}),
        "of nobody": signed(town, said | {"sub": "nobody"}),
        "of a login that was ended": signed(town, said | {"sid": revoked.session_id}),
        "of another type": signed(town, said, {"typ": "JWT"}),
        "forged with another key": signed(town, said, key=ECKey.generate_key("P-256")),
        "forged with a key that is unknown": signed(town, said, {"kid": "other"}, ECKey.generate_key("P-256")),
        "forged with the public key as a secret": by_hand(
            {"alg": "HS256"}, said, lambda text: hmac.digest(public, text, "sha256")
        ),
        "of no algorithm": by_hand({"alg": "none"}, said, lambda _: b""),
        "of no algorithm, in capitals": by_hand({"alg": "NONE"}, said, lambda _: b""),
        "without its signature": f"{head}.{body}.",
        "with half a signature": f"{head}.{body}.{signature[:40]}",
        "a refresh token": grant.refresh_token,
        "no token": "x",
        "empty": "",
    }


ROUTES_BY_NAME = {(route.method, route.path): route for route in ROUTES}


async def test_no_forged_expired_or_revoked_token_gets_in_anywhere(town: House) -> None:
    for name, token in (await forgeries(town)).items():
        for route in GUARDED:
            response = await ask(town, route, token)
            assert response.status_code == 401, (name, route)
    assert await noted(town) == []


@each_somebodys
async def test_another_user_does_not_get_in_and_is_not_told_whether_there_is_somebody(
    town: House, route: Route
) -> None:
    token = await town.token("bob")
    existing, invented = await ask(town, route, token), await ask(town, route, token, "nobody-yet")
    assert require_problem(existing, 403) == require_problem(invented, 403)
    assert await noted(town) == []


@each_somebodys
@pytest.mark.parametrize("who", ["carl", "nora"])
async def test_a_professional_without_consent_does_not_get_in(town: House, route: Route, who: str) -> None:
    require_problem(await ask(town, route, await town.token(who)), 403)
    require_problem(await ask(town, route, await town.token(who), "nobody-yet"), 403)


@each_somebodys
async def test_an_administrator_gets_to_accounts_and_to_nobodys_data(town: House, route: Route) -> None:
    response = await ask(town, route, await town.token("adam"))
    if route.rule.who in {Who.SELF_OR_ADMINISTRATOR, Who.ACQUAINTED}:
        assert response.status_code != 403
        assert ("adam", "read" if route.method == "GET" else "change") in await noted(town)
    else:
        require_problem(response, 403)


KIND_ROUTES = [
    Route("GET", f"/api/v1/users/{{user_id}}/{kind}", RULES["GET", f"/api/v1/users/{{user_id}}/{kind}"])
    for kind in CATALOGUE
]


@pytest.mark.parametrize("scope", ["nutrition", "training"])
async def test_a_coach_sees_what_the_client_has_chosen_and_the_client_reads_of_it(town: House, scope: Scope) -> None:
    await town.wiring.consents.give(ANN, "carl", scope)
    token = await town.token("carl")
    for route in KIND_ROUTES:
        expected = 200 if scope == "training" or route.rule.scope == "nutrition" else 403
        assert (await ask(town, route, token)).status_code == expected, route
    seen = sum(scope == "training" or route.rule.scope == "nutrition" for route in KIND_ROUTES)
    assert await noted(town) == [("carl", "read")] * seen


async def test_what_a_consent_shows_is_reading_only(town: House) -> None:
    await town.wiring.consents.give(ANN, "carl", "training")
    for route in SOMEBODYS:
        if route.rule.who not in {Who.SELF_OR_CARER, Who.ACQUAINTED}:
            require_problem(await ask(town, route, await town.token("carl")), 403)
    profile = (await town.http.get(f"/api/v1/users/{ANN}", headers=await town.bearer("carl"))).json()
    assert (profile["name"], profile["email"], profile["mobile"]) == (ANN, None, None)


async def test_a_consent_is_of_one_client_and_one_professional(town: House) -> None:
    await town.wiring.consents.give(ANN, "carl", "training")
    [meals] = [route for route in KIND_ROUTES if route.path.endswith("/meals")]
    assert (await ask(town, meals, await town.token("carl"))).status_code == 200
    require_problem(await ask(town, meals, await town.token("carl"), "bob"), 403)
    require_problem(await ask(town, meals, await town.token("nora")), 403)


async def test_from_the_moment_of_its_withdrawal_a_consent_shows_nothing_more(town: House) -> None:
    given = {"professional_id": "carl", "scope": "training"}
    assert (await town.http.post(f"/api/v1/users/{ANN}/consents", json=given)).status_code == 201
    [meals] = [route for route in KIND_ROUTES if route.path.endswith("/meals")]
    assert (await ask(town, meals, await town.token("carl"))).status_code == 200
    assert (await town.http.delete(f"/api/v1/users/{ANN}/consents/carl")).status_code == 204
    require_problem(await ask(town, meals, await town.token("carl")), 403)
    assert [action for _, action in await noted(town)] == ["consent.withdrawn", "read", "consent.given"]


async def test_nobody_gives_a_consent_in_anothers_name(town: House) -> None:
    given = {"professional_id": "carl", "scope": "training"}
    for who in ("carl", "bob", "adam"):
        response = await town.http.post(f"/api/v1/users/{ANN}/consents", json=given, headers=await town.bearer(who))
        require_problem(response, 403)
    assert await town.wiring.consents.of_client(ANN, withdrawn=True) == []


async def test_everybody_gets_to_their_own(town: House) -> None:
    for who in (ANN, "carl", "adam"):
        for route in SOMEBODYS:
            if route.method == "GET":
                for named in (who, "me"):
                    response = await ask(town, route, await town.token(who), named)
                    assert response.status_code == 200, (who, route)


async def test_a_token_ends_with_its_time(town: House) -> None:
    grant = await town.wiring.sessions.begin(ANN)
    token = town.wiring.tokens.issue(Claims(ANN, grant.session_id))
    assert (await ask(town, KIND_ROUTES[0], token)).status_code == 200
    await town.http.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})
    require_problem(await ask(town, KIND_ROUTES[0], token), 401)
