"""Alerts over HTTP: for the person and those in whose care they are."""

from datetime import UTC, datetime

from storage.records.alerts import NewAlert
from tests.api.documents import require_problem
from tests.api.house import House

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_coach_and_client_see_alerts_newest_first(library: House) -> None:
    await library.token("ann")
    carl = await library.bearer("carl", "coach")
    for cause in ("hrv_ms", "weight_kg"):
        found = NewAlert("ann", "anomaly", cause, NOW.date(), "Unusual.", NOW)
        await library.wiring.alerts.add([found], datetime.now(UTC))
    require_problem(await library.http.get("/api/v1/clients/ann/alerts", headers=carl), 403)
    await library.wiring.consents.give("ann", "carl", "nutrition")
    for path, headers in (("ann", carl), ("me", await library.bearer("ann"))):
        answer = await library.http.get(f"/api/v1/clients/{path}/alerts?limit=1", headers=headers)
        assert answer.headers["X-Total-Count"] == "2"
        [found] = answer.json()
        assert (found["rule"], found["cause"], found["day"]) == ("anomaly", "weight_kg", "2026-11-20")
        assert found["published_at"] is None


async def test_everybody_switches_their_own_alerts(library: House) -> None:
    url, ann = "/api/v1/users/me/alert-rules", await library.bearer("ann")
    assert set((await library.http.get(url, headers=ann)).json()["rules"].values()) == {True}
    changed = await library.http.patch(url, json={"rules": {"low_battery": False}}, headers=ann)
    assert changed.json()["rules"] == {
        "inactivity": True,
        "anomaly": True,
        "silent_device": True,
        "low_battery": False,
    }
    back = await library.http.patch(url, json={"rules": {"low_battery": True, "anomaly": False}}, headers=ann)
    assert [rule for rule, is_on in back.json()["rules"].items() if not is_on] == ["anomaly"]
    require_problem(await library.http.patch(url, json={"rules": {"fate": False}}, headers=ann), 422)
