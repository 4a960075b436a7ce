"""Making an account, logging in, staying in, and being kept out."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.delivery import ConsoleSender, OutboxSender
from api.passwords import Passwords
from tests.api.documents import require_problem
from tests.api.house import QUICK_HASHES, UNLIMITED, House, Stores, api_at
from tests.api.test_slow_bodies import SlowBody

ANN = {"email": "ann@example.org", "password": "correct horse battery"}
NUMBER = "+4915123456789"


@pytest.fixture
async def front_door(stores: Stores, tmp_path: Path) -> AsyncIterator[House]:
    """The API with an outbox for codes; it is asked as nobody."""
    accounts = {"sender": OutboxSender(tmp_path / "outbox.jsonl"), "keys": tmp_path / "keys"}
    async with api_at(1, stores, accounts=accounts) as house:
        house.http.auth = httpx.Auth()
        yield house


async def register(house: House, **changes: Any) -> httpx.Response:
    return await house.http.post("/users/register", json={**ANN, **changes})


async def log_in(house: House, username: str = ANN["email"], password: str = ANN["password"]) -> httpx.Response:
    return await house.http.post("/users/login", data={"username": username, "password": password})


async def tokens(house: House) -> dict[str, Any]:
    response = await log_in(house)
    assert response.status_code == 200
    given: dict[str, Any] = response.json()
    return given


async def me(house: House, access_token: str) -> httpx.Response:
    return await house.http.get("/api/v1/users/me", headers={"Authorization": f"Bearer {access_token}"})


async def noted(house: House, user_id: str) -> list[str]:
    return [entry.action for entry in (await house.wiring.audit.of(user_id)).entries]


def last_code(tmp_path: Path) -> str:
    code: str = json.loads((tmp_path / "outbox.jsonl").read_text().splitlines()[-1])["code"]
    return code


async def test_who_registers_can_log_in_and_is_who_they_said(front_door: House) -> None:
    told = {"name": "Ann", "time_zone": "Europe/Berlin", "sex": "female", "birth_date": "1990-02-28", "height_cm": 171}
    made = (await register(front_door, **told)).json()
    given = await tokens(front_door)
    found = (await me(front_door, given["access_token"])).json()
    assert found == made
    assert {name: found[name] for name in told} == told
    assert (found["id"], found["role"], given["token_type"]) == (given["user_id"], "athlete", "bearer")
    assert given["expires_in"] == 900


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_both_promised_paths_take_it(front_door: House, prefix: str) -> None:
    assert (await front_door.http.post(f"{prefix}/users/register", json=ANN)).status_code == 201
    form = {"username": ANN["email"], "password": ANN["password"]}
    assert (await front_door.http.post(f"{prefix}/users/login", data=form)).status_code == 200


async def test_who_tells_no_name_is_not_shown_to_others_by_their_address(front_door: House) -> None:
    made = (await register(front_door, email="jane.private@example.org", role="coach")).json()
    assert made["name"] == f"coach {made['id'][:8]}"


async def test_an_address_is_the_same_in_any_case_and_is_had_once(front_door: House) -> None:
    await register(front_door)
    problem = require_problem(await register(front_door, email="ANN@Example.org"), 409)
    assert problem["field"] == "email"
    assert (await log_in(front_door, "Ann@EXAMPLE.org")).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "ann"},
        {"email": "ann@"},
        {"email": f"{'a' * 250}@example.org"},
        {"password": "short"},
        {"password": "x" * 257},
        {"password": "with\0 a NUL character"},
        {"role": "administrator"},
        {"role": "king"},
        {"name": "a\0b"},
        {"name": " "},
        {"name": "two\nlines"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../etc/passwd"},
        {"birth_date": "2999-01-01"},
        {"height_cm": 5},
        {"max_heart_rate_bpm": "NaN"},
        {"sex": "\ud800"},
    ],
)
async def test_what_can_not_be_is_refused_without_being_repeated(front_door: House, changes: dict[str, Any]) -> None:
    body = json.dumps({**ANN, **changes})
    headers = {"Content-Type": "application/json"}
    response = await front_door.http.post("/users/register", content=body, headers=headers)
    problem = require_problem(response, 422)
    assert [error["parameter"] for error in problem["errors"]] == list(changes)
    assert ANN["password"] not in response.text


async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(front_door: House) -> None:
    await register(front_door)
    wrong, unknown = await log_in(front_door, password="wrong"), await log_in(front_door, "bob@example.org")
    assert require_problem(wrong, 401) == require_problem(unknown, 401)
    for name in ("", "nobody", "a@b", "\0", "+49"):
        require_problem(await log_in(front_door, name or " "), 401)


async def test_for_an_unknown_name_a_hash_is_worked_out_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(QUICK_HASHES)
    worked_out: list[str] = []
    kept = await passwords.hash("right")
    verify = passwords._verify

    def counted(password: str, hashed: str) -> bool:
        worked_out.append(password)
        return verify(password, hashed)

    monkeypatch.setattr(passwords, "_verify", counted)
    assert [await passwords.check(*given) for given in (("right", kept), ("wrong", kept), ("nobody's", None))] == [
        True,
        False,
        False,
    ]
    assert len(worked_out) == 3


async def test_no_password_is_kept_as_it_is(front_door: House) -> None:
    await register(front_door)
    found = await front_door.wiring.people.by_email(ANN["email"])
    assert found is not None
    assert (found[1] or "").startswith("$argon2id$")


async def test_a_refresh_token_works_once_and_used_twice_ends_the_login(front_door: House) -> None:
    await register(front_door)
    first = await tokens(front_door)
    second = await front_door.http.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert (await me(front_door, second.json()["access_token"])).status_code == 200
    again = await front_door.http.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    require_problem(again, 401)
    for given in (first, second.json()):
        require_problem(await me(front_door, given["access_token"]), 401)
    audit = await front_door.wiring.audit.of(first["user_id"])
    assert audit.entries[0].action == "login.ended"


async def test_another_password_ends_the_other_logins(front_door: House) -> None:
    await register(front_door)
    old, mine = await tokens(front_door), await tokens(front_door)
    path, headers = "/api/v1/users/me/password", {"Authorization": f"Bearer {mine['access_token']}"}
    wrong = {"current_password": "wrong", "new_password": "another one, longer"}
    require_problem(await front_door.http.put(path, json=wrong, headers=headers), 403)
    right = wrong | {"current_password": ANN["password"]}
    assert (await front_door.http.put(path, json=right, headers=headers)).status_code == 204
    require_problem(await me(front_door, old["access_token"]), 401)
    assert (await me(front_door, mine["access_token"])).status_code == 200
    require_problem(await log_in(front_door), 401)
    assert (await log_in(front_door, password="another one, longer")).status_code == 200


async def test_a_change_is_kept_and_what_is_left_out_stays(front_door: House) -> None:
    await register(front_door, name="Ann", height_cm=170)
    headers = {"Authorization": f"Bearer {(await tokens(front_door))['access_token']}"}
    changed = await front_door.http.patch("/api/v1/users/me", json={"height_cm": None, "name": "Anna"}, headers=headers)
    assert (changed.json()["name"], changed.json()["height_cm"], changed.json()["email"]) == (
        "Anna",
        None,
        ANN["email"],
    )
    for refused in ({"email": None}, {"code": "1"}, {"name": None}, {"time_zone": None}, {"time_zone": "X"}):
        require_problem(await front_door.http.patch("/api/v1/users/me", json=refused, headers=headers), 422)
    for ignored in ({"role": "administrator"}, {"id": "bob"}, {"mobile": NUMBER}):
        await front_door.http.patch("/api/v1/users/me", json=ignored, headers=headers)
    after = (await front_door.http.get("/api/v1/users/me", headers=headers)).json()
    assert after == changed.json()


async def test_another_address_takes_the_password_and_is_noted(front_door: House) -> None:
    made = (await register(front_door)).json()
    headers = {"Authorization": f"Bearer {(await tokens(front_door))['access_token']}"}

    async def change(**said: str) -> httpx.Response:
        return await front_door.http.patch("/api/v1/users/me", json=said, headers=headers)

    for proof in ({}, {"current_password": "wrong"}, {"code": "123456"}):
        require_problem(await change(email="new@example.org", name="Anna", **proof), 403)
    assert (await me(front_door, headers["Authorization"][7:])).json() == made
    # Whoever sends the whole form back has changed nothing that a login hangs on.
    assert (await change(email="Ann@Example.org", name="Anna")).status_code == 200
    assert "email.changed" not in await noted(front_door, made["id"])
    changed = await change(email="new@example.org", current_password=ANN["password"])
    assert (changed.status_code, changed.json()["email"]) == (200, "new@example.org")
    assert (await log_in(front_door, "new@example.org")).status_code == 200
    assert (await noted(front_door, made["id"]))[0] == "email.changed"
    entries = (await front_door.wiring.audit.of(made["id"])).entries
    assert not any("@" in entry.detail for entry in entries)


async def test_an_administrator_who_changes_an_address_proves_who_they_are(front_door: House) -> None:
    made = (await register(front_door)).json()
    path, headers = f"/api/v1/users/{made['id']}", await front_door.bearer("adam", "administrator")
    wanted = {"email": "new@example.org", "current_password": ANN["password"]}
    require_problem(await front_door.http.patch(path, json=wanted, headers=headers), 403)
    hashed = await front_door.wiring.passwords.hash("the password of Adam")
    await front_door.wiring.people.set_password_hash("adam", hashed)
    require_problem(await front_door.http.patch(path, json=wanted, headers=headers), 403)
    wanted["current_password"] = "the password of Adam"
    assert (await front_door.http.patch(path, json=wanted, headers=headers)).status_code == 200
    entry = (await front_door.wiring.audit.of(made["id"])).entries[0]
    assert (entry.action, entry.actor, entry.actor_role) == ("email.changed", "adam", "administrator")


async def test_who_has_no_password_yet_proves_themselves_by_a_fresh_code(front_door: House, tmp_path: Path) -> None:
    async def code() -> str:
        assert (await front_door.http.post("/api/v1/auth/otp", json={"mobile": NUMBER})).status_code == 202
        return last_code(tmp_path)

    first = {"mobile": NUMBER, "code": await code()}
    given = (await front_door.http.post("/api/v1/auth/otp/verify", json=first)).json()
    headers = {"Authorization": f"Bearer {given['access_token']}"}

    async def ask(method: str, path: str, **said: str) -> int:
        return (await front_door.http.request(method, path, json=said, headers=headers)).status_code

    account, password = "/api/v1/users/me", "/api/v1/users/me/password"
    for proof in ({}, {"code": first["code"]}, {"current_password": ""}):
        assert await ask("PATCH", account, email=ANN["email"], **proof) == 403
        assert await ask("PUT", password, new_password=ANN["password"], **proof) == 403
    assert await ask("PATCH", account, email=ANN["email"], code=await code()) == 200
    assert await ask("PUT", password, new_password=ANN["password"], code=await code()) == 204
    assert (await log_in(front_door)).json()["user_id"] == given["user_id"]
    # From now on the password is what counts.
    assert await ask("PUT", password, new_password="yet another one", code=last_code(tmp_path)) == 403
    assert (await noted(front_door, given["user_id"]))[:2] == ["password.changed", "email.changed"]


async def test_who_has_neither_password_nor_number_can_prove_nothing(library: House) -> None:
    new = {"email": ANN["email"], "new_password": ANN["password"], "current_password": "", "code": "000000"}
    for method, path in (("PATCH", "/api/v1/users/me"), ("PUT", "/api/v1/users/me/password")):
        require_problem(await library.http.request(method, path, json=new), 403)


async def test_an_account_by_number_is_there_only_once_its_code_is_proven(front_door: House, tmp_path: Path) -> None:
    sent = await front_door.http.post("/api/v1/auth/otp", json={"mobile": "+49 1512 3456789"})
    assert (sent.status_code, sent.json()) == (202, {"expires_in": 600})
    assert await front_door.wiring.people.by_mobile(NUMBER) is None
    code = last_code(tmp_path)
    wrong = {"mobile": NUMBER, "code": f"{(int(code) + 1) % 1_000_000:06}"}
    require_problem(await front_door.http.post("/api/v1/auth/otp/verify", json=wrong), 401)
    assert await front_door.wiring.people.by_mobile(NUMBER) is None
    proof = {"mobile": NUMBER, "code": code, "name": "Ann", "time_zone": "Asia/Tokyo"}
    given = (await front_door.http.post("/api/v1/auth/otp/verify", json=proof)).json()
    found = (await me(front_door, given["access_token"])).json()
    assert (found["mobile"], found["name"], found["time_zone"], found["email"]) == (NUMBER, "Ann", "Asia/Tokyo", None)
    require_problem(await front_door.http.post("/api/v1/auth/otp/verify", json=proof), 401)  # works once
    await front_door.http.post("/api/v1/auth/otp", json={"mobile": NUMBER})
    again = {"mobile": NUMBER, "code": last_code(tmp_path)}
    assert (await front_door.http.post("/api/v1/auth/otp/verify", json=again)).json()["user_id"] == given["user_id"]
    assert (tmp_path / "outbox.jsonl").stat().st_mode & 0o077 == 0


async def test_codes_are_sent_seldom(front_door: House) -> None:
    answers = [await front_door.http.post("/api/v1/auth/otp", json={"mobile": NUMBER}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3_600


async def test_the_console_shows_a_code_to_who_looks_at_it(capsys: pytest.CaptureFixture[str]) -> None:
    await ConsoleSender().send(NUMBER, "012345")
    assert capsys.readouterr().out == f"one-time code for {NUMBER}: 012345\n"


NOBODYS = "00000000-0000-0000-0000-000000000000"
LIMITED = [
    ("login", "POST", "/users/login", {"data": {"username": "x", "password": "y"}}, 401),
    ("login", "POST", "/users/register", {"json": {}}, 422),
    ("login", "PATCH", "/api/v1/users/me", {"json": {"name": "Ann"}}, 200),
    ("codes", "POST", "/api/v1/auth/otp", {"json": {}}, 422),
    ("login", "POST", "/api/v1/auth/otp/verify", {"json": {}}, 422),
    ("login", "POST", "/api/v1/auth/refresh", {"json": {"refresh_token": "x"}}, 401),
    ("uploads", "POST", "/meals", {"content": b"{}"}, 422),
    ("devices", "POST", "/api/v1/devices", {"json": {}}, 422),
    ("devices", "DELETE", f"/api/v1/devices/{NOBODYS}", {}, 404),
    ("devices", "POST", f"/api/v1/devices/{NOBODYS}/sync", {}, 404),
    ("exports", "GET", "/api/v1/users/me/export", {}, 200),
    ("analytics", "GET", "/api/v1/analytics/correlations", {}, 200),
]


@pytest.mark.parametrize(("limit", "method", "path", "request_", "status"), LIMITED)
async def test_beyond_its_limit_a_request_is_told_when_to_come_back(
    stores: Stores, *, limit: str, method: str, path: str, request_: dict[str, Any], status: int
) -> None:
    async with api_at(1, stores, accounts={"rates": {**UNLIMITED, limit: "2/hour"}}) as house:
        answers = [await house.http.request(method, path, **request_) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 429]
    require_problem(answers[-1], 429)
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3_600


async def test_who_guesses_passwords_is_stopped_and_others_are_not(stores: Stores) -> None:
    async with api_at(1, stores, accounts={"rates": {**UNLIMITED, "failures": "3/hour"}}) as house:
        await register(house)
        await register(house, email="bob@example.org")
        guesses = [await log_in(house, password="wrong") for _ in range(3)]
        assert [guess.status_code for guess in guesses] == [401] * 3
        require_problem(await log_in(house), 429)
        assert (await log_in(house, "bob@example.org")).status_code == 200


async def test_guesses_at_once_find_no_more_room_than_one_after_the_other(stores: Stores) -> None:
    async with api_at(1, stores, accounts={"rates": {**UNLIMITED, "failures": "3/hour"}}) as house:
        await register(house)
        guesses = await asyncio.gather(*(log_in(house, password=f"wrong {number}") for number in range(20)))
    assert sorted(guess.status_code for guess in guesses) == [401] * 3 + [429] * 17


async def test_who_has_a_token_guesses_the_password_no_more_often_than_others(stores: Stores) -> None:
    async with api_at(1, stores, accounts={"rates": {**UNLIMITED, "failures": "3/hour"}}) as house:
        await register(house)
        headers = {"Authorization": f"Bearer {(await tokens(house))['access_token']}"}
        path, new = "/api/v1/users/me/password", "another horse battery"

        async def change(current: str) -> int:
            body = {"current_password": current, "new_password": new}
            return (await house.http.put(path, json=body, headers=headers)).status_code

        guesses = await asyncio.gather(*(change(f"wrong {number}") for number in range(9)))
        assert sorted(guesses) == [403] * 3 + [429] * 6
        assert await change(ANN["password"]) == 429


async def test_where_registration_is_closed_nobody_makes_an_account(stores: Stores, tmp_path: Path) -> None:
    accounts = {"registration": False, "sender": OutboxSender(tmp_path / "outbox.jsonl")}
    async with api_at(1, stores, accounts=accounts) as house:
        require_problem(await register(house), 403)
        await house.http.post("/api/v1/auth/otp", json={"mobile": NUMBER})
        proof = {"mobile": NUMBER, "code": last_code(tmp_path)}
        require_problem(await house.http.post("/api/v1/auth/otp/verify", json=proof), 403)
        assert await house.wiring.people.by_mobile(NUMBER) is None


async def test_consents_are_for_professionals_and_as_wide_as_their_work(front_door: House) -> None:
    for role in ("coach", "nutritionist"):
        await register(front_door, email=f"{role}@example.org", role=role)
    await register(front_door)
    found = [await front_door.wiring.people.by_email(f"{role}@example.org") for role in ("coach", "nutritionist")]
    coach, nutritionist = [each[0].id for each in found if each]
    given = await tokens(front_door)
    headers, path = {"Authorization": f"Bearer {given['access_token']}"}, "/api/v1/users/me/consents"

    async def give(professional: str, scope: str) -> httpx.Response:
        body = {"professional_id": professional, "scope": scope}
        return await front_door.http.post(path, json=body, headers=headers)

    assert (await give(coach, "training")).status_code == 201
    assert (await give(nutritionist, "nutrition")).status_code == 201
    assert require_problem(await give(nutritionist, "training"), 422)["field"] == "scope"
    for nobody in ("nobody", given["user_id"]):
        assert require_problem(await give(nobody, "nutrition"), 422)["field"] == "professional_id"
    listed = (await front_door.http.get(path, headers=headers)).json()
    assert {(each["professional_id"], each["scope"]) for each in listed} == {
        (coach, "training"),
        (nutritionist, "nutrition"),
    }
    one = await front_door.http.get(path, params={"limit": 1, "offset": 1}, headers=headers)
    assert (one.json(), one.headers["X-Total-Count"]) == (listed[1:], "2")
    require_problem(await front_door.http.delete(f"{path}/nobody", headers=headers), 404)


@pytest.mark.parametrize("what", ["audit", "consents", "feedback"])
async def test_beyond_the_end_of_a_list_there_is_nothing(library: House, what: str) -> None:
    response = await library.http.get(f"/api/v1/users/me/{what}?offset=3000000000")
    assert (response.status_code, response.json(), response.headers["X-Total-Count"]) == (200, [], "0")


async def test_pages_of_other_origins_are_let_in_only_if_named(stores: Stores) -> None:
    ours, others = "https://app.example.org", "https://evil.example.org"
    async with api_at(1, stores) as house:
        answer = await house.http.get("/docs", headers={"Origin": ours})
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with api_at(1, stores, accounts={"cors_origins": (ours,)}) as house:
        allowed = [await house.http.get("/docs", headers={"Origin": origin}) for origin in (ours, others)]
    assert [answer.headers.get("Access-Control-Allow-Origin") for answer in allowed] == [ours, None]


async def test_every_answer_says_that_it_is_not_to_be_kept_framed_or_run(front_door: House) -> None:
    for path in ("/docs", "/api/v1/users/me", "/nowhere", "/openapi.json"):
        headers = (await front_door.http.get(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"


async def test_a_body_that_is_no_upload_is_small(front_door: House) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 10_000

    headers = {"Content-Type": "application/json"}
    for content in (b" " * 65_537, endless()):
        require_problem(await front_door.http.post("/users/register", content=content, headers=headers), 413)
    form = await front_door.http.post("/users/login", data={"username": "x" * 70_000, "password": "y"})
    require_problem(form, 413)


async def test_a_body_that_does_not_come_is_not_waited_for(stores: Stores) -> None:
    headers = {"Content-Type": "application/json"}
    async with api_at(1, stores, body_timeout_s=0.05) as house:
        response = await house.http.post("/users/register", content=SlowBody(b"{}"), headers=headers)
    require_problem(response, 408)
    assert response.headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        (None, {}, 200),
        (None, {"X-Forwarded-For": "127.0.0.1"}, 403),
        (None, {"Forwarded": "for=127.0.0.1"}, 403),
        ("secret", {}, 401),
        ("secret", {"Authorization": "Bearer wrong"}, 401),
        ("secret", {"Authorization": "Bearer secret", "X-Forwarded-For": "10.0.0.1"}, 200),
    ],
)
async def test_metrics_are_for_monitoring(
    stores: Stores, *, token: str | None, headers: dict[str, str], status: int
) -> None:
    async with api_at(1, stores, accounts={"metrics_token": token}) as house:
        assert (await house.http.get("/metrics", headers=headers, auth=None)).status_code == status


async def test_metrics_are_not_for_other_machines(library: House) -> None:
    transport = httpx.ASGITransport(library.app, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://paceline.test") as http:
        require_problem(await http.get("/metrics"), 403)
