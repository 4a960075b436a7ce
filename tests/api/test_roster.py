"""The roster: who is in it, in which order, and who reads of it."""

from datetime import timedelta

import pytest

from storage.records.consents import Scope
from storage.records.people import Role, new_person
from tests.api.documents import document, require_problem, require_valid
from tests.api.house import House
from tests.api.lives import Param, lived_until, stand, yesterday

COACH = "carl"


async def client(house: House, user_id: str, scope: Scope = "training", coach: str = COACH) -> None:
    role: Role = "coach" if coach == COACH else "nutritionist"
    await house.wiring.people.ensure([new_person(user_id, "athlete", user_id.title()), new_person(coach, role, coach)])
    await house.wiring.consents.give(user_id, coach, scope)


async def roster(house: House, coach: str = COACH, **params: Param) -> list[dict[str, object]]:
    response = await house.http.get("/api/v1/clients", headers=await house.bearer(coach, "coach"), params=params)
    assert response.status_code == 200
    found: list[dict[str, object]] = response.json()
    for each in found:
        require_valid(each, {"$ref": "#/components/schemas/ClientShown"})
    return found


async def noted(house: House, user_id: str) -> list[tuple[str | None, str, str]]:
    return [(entry.actor, entry.action, entry.detail) for entry in (await house.wiring.audit.of(user_id)).entries]


async def test_a_roster_begins_with_who_needs_attention_and_says_why(library: House) -> None:
    for name in ("ann", "bob", "cleo"):
        await client(library, name)
    await stand(library, "ann", lived_until(yesterday()))
    silent_since = yesterday() - timedelta(days=6)
    await stand(library, "bob", lived_until(silent_since))
    first, second, third = await roster(library)
    assert (first["client_id"], first["name"]) == ("bob", "Bob")
    assert str(first["words"]).startswith("Nothing has arrived for 6 days")
    assert first["reasons"][0]["code"] == "nothing_arrives"  # type: ignore[index]
    # Of two who show nothing, the one of whom nothing is known.
    assert (second["client_id"], second["status"]) == ("cleo", "unknown")
    assert "connected" in str(second["words"])
    assert second["last_seen_at"] is None
    assert (third["client_id"], third["status"], third["reasons"]) == ("ann", "fine", [])
    assert third["adherence"] == {"wear": 1.0, "logging": 1.0, "targets": {}}
    lines = third["sparklines"]
    assert isinstance(lines, dict)
    assert len(lines["hrv_ms"]) == 28
    assert third["week"]["sleep_min"] == pytest.approx(450, abs=12)  # type: ignore[index]


async def test_of_whom_nothing_comes_any_more_the_last_day_is_told(library: House) -> None:
    await client(library, "ann")
    lived = lived_until(yesterday() - timedelta(days=90))
    await stand(library, "ann", lived)
    [told] = await roster(library)
    assert (told["status"], str(told["words"])[:27]) == ("unknown", "The first has just arrived:")
    await stand(library, "ann", lived, seen_before=timedelta(days=90))
    [told] = await roster(library)
    assert told["status"] == "unknown"
    assert str(told["words"]).startswith(
        f"Nothing has arrived lately, the last thing on {str(told['last_seen_at'])[:10]}:"
    )


async def test_each_client_reads_who_has_seen_them_in_a_roster(library: House) -> None:
    await client(library, "ann")
    await client(library, "bob")
    await roster(library, limit=1)
    seen = {name: await noted(library, name) for name in ("ann", "bob")}
    assert sorted(seen.values()) == [[], [(COACH, "read", "GET clients")]]


async def test_a_roster_comes_in_parts_and_says_how_many_there_are(library: House) -> None:
    for number in range(5):
        await client(library, f"client-{number}")
    headers = await library.bearer(COACH, "coach")
    response = await library.http.get("/api/v1/clients?limit=2&offset=3", headers=headers)
    assert response.headers["X-Total-Count"] == "5"
    assert [each["client_id"] for each in response.json()] == ["client-3", "client-4"]
    assert await roster(library, offset=5) == []


async def test_a_roster_can_be_of_one_status(library: House) -> None:
    await client(library, "ann")
    await client(library, "bob")
    await stand(library, "ann", lived_until(yesterday()))
    assert [each["client_id"] for each in await roster(library, status="fine")] == ["ann"]
    assert [each["client_id"] for each in await roster(library, status="unknown")] == ["bob"]
    assert await roster(library, status="urgent") == []


async def test_only_ones_own_clients_are_in_a_roster(library: House) -> None:
    await client(library, "ann")
    await client(library, "bob", "nutrition", "nora")
    assert [each["client_id"] for each in await roster(library)] == ["ann"]
    assert [(each["client_id"], each["scope"]) for each in await roster(library, "nora")] == [("bob", "nutrition")]


async def test_an_athlete_has_no_roster(library: House) -> None:
    require_problem(await library.http.get("/api/v1/clients"), 403)


async def test_a_client_is_taken_with_their_consent_only(library: House) -> None:
    headers = await library.bearer(COACH, "coach")
    await library.wiring.people.ensure([new_person("ann", "athlete", "Ann")])
    asked = [
        await library.http.post("/api/v1/clients", json={"client_id": who}, headers=headers) for who in ("ann", "xyz")
    ]
    # Whether there is somebody is not told.
    first, second = (require_problem(response, 403) for response in asked)
    assert first == second
    assert "consent" in first["detail"]
    assert COACH in first["detail"]
    await client(library, "ann")
    response = await library.http.post("/api/v1/clients", json={"client_id": "ann"}, headers=headers)
    assert (response.status_code, response.json()["client_id"]) == (200, "ann")


async def test_a_client_who_is_let_go_is_seen_no_more(library: House) -> None:
    await client(library, "ann")
    headers = await library.bearer(COACH, "coach")
    assert (await library.http.delete("/api/v1/clients/ann", headers=headers)).status_code == 204
    assert await roster(library) == []
    require_problem(await library.http.get("/api/v1/clients/ann/days", headers=headers), 403)
    assert (COACH, "consent.withdrawn", COACH) in await noted(library, "ann")
    require_problem(await library.http.delete("/api/v1/clients/ann", headers=headers), 403)


async def test_a_bad_parameter_is_named(library: House) -> None:
    headers = await library.bearer(COACH, "coach")
    for wrong in ("limit=0", "limit=501", "offset=-1", "status=ill", "limit=many"):
        problem = require_problem(await library.http.get(f"/api/v1/clients?{wrong}", headers=headers), 422)
        assert problem["errors"][0]["parameter"] == wrong.partition("=")[0]


def test_the_document_says_what_a_client_looks_like() -> None:
    response = document()["paths"]["/api/v1/clients"]["get"]["responses"]["200"]
    assert response["content"]["application/json"]["schema"]["items"]["$ref"].endswith("/ClientShown")
    assert "X-Total-Count" in response["headers"]
