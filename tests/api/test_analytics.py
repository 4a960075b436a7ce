"""What somebody's own days say, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.records.messages import Message
from tests.api.batches import USER
from tests.api.documents import require_problem, require_valid
from tests.api.house import House
from tests.api.lives import Param, live, ordinary, yesterday

SHAPES = {
    "trends": "TrendsShown",
    "correlations": "CorrelationsShown",
    "recommendations": "RecommendationsShown",
    "anomalies": "AnomaliesShown",
}


async def ask(house: House, what: str, **params: Param) -> Any:
    response = await house.http.get(f"/api/v1/analytics/{what}", params=params)
    assert response.status_code == 200, response.text
    require_valid(response.json(), {"$ref": f"#/components/schemas/{SHAPES[what]}"})
    return response.json()


@pytest.mark.parametrize("what", list(SHAPES))
async def test_where_there_is_nothing_it_is_said_what_to_do(library: House, what: str) -> None:
    told = await ask(library, what)
    assert told[what] == []
    assert "log" in told["words"]


@pytest.mark.parametrize("what", list(SHAPES))
async def test_thirty_days_that_have_ended_are_looked_at_unless_others_are_wanted(library: House, what: str) -> None:
    told = await ask(library, what)
    assert (told["first"], told["last"]) == (str(yesterday() - timedelta(days=29)), str(yesterday()))
    told = await ask(library, what, days=90, end="2026-03-01")
    assert (told["first"], told["last"]) == ("2025-12-02", "2026-03-01")


async def test_anomalies_are_looked_for_with_a_sensitivity(library: House) -> None:
    assert (await ask(library, "anomalies"))["sensitivity"] == 0.8
    odd = yesterday() - timedelta(days=3)
    await live(library.stores, USER, changes={odd: ordinary(odd) | {"hrv_ms": 76.0}})
    few, many = [await ask(library, "anomalies", columns="hrv_ms", sensitivity=each) for each in (0, 1)]
    assert few["anomalies"] == []
    assert str(odd) in {each["day"] for each in many["anomalies"]}


async def test_trends_of_a_year_of_all_that_tells(library: House) -> None:
    await live(library.stores, USER, days=365)
    told = await ask(library, "trends", days=365)
    assert {"hrv_ms", "steps", "sleep_min"} <= {each["column"] for each in told["trends"]}


async def test_what_goes_together_is_told_and_is_called_no_cause(library: House) -> None:
    await live(library.stores, USER, days=120)
    told = await ask(library, "correlations", days=90, columns="hrv_ms,sleep_min,steps")
    pairs = {(each["first"], each["second"], each["lag_days"]) for each in told["correlations"]}
    assert ("hrv_ms", "sleep_min", 0) in pairs
    assert all("does not say that one causes the other" in each["words"] for each in told["correlations"])


async def test_a_recommendation_has_its_figures_its_source_and_the_notice(library: House) -> None:
    changes = {
        day: ordinary(day) | {"sleep_min": 330.0} for back in range(14) if (day := yesterday() - timedelta(days=back))
    }
    await live(library.stores, USER, changes=changes)
    told = await ask(library, "recommendations")
    found = {each["code"]: each for each in told["recommendations"]}
    assert found["sleep_more"]["figures"]["debt_min"] == 630
    assert found["sleep_more"]["source"]
    assert "no diagnosis" in told["notice"]


async def test_what_a_coach_set_as_a_target_is_kept_in_mind(library: House) -> None:
    await live(library.stores, USER)
    message = Message(
        id="target",
        user_id=USER,
        author_id=None,
        author_role="coach",
        sent_at=datetime.now(UTC),
        text="",
        targets={"steps": 30_000.0},
    )
    assert "target_steps" not in str(await ask(library, "recommendations"))
    await library.wiring.feedback.add(message)
    told = await ask(library, "recommendations")
    [found] = [each for each in told["recommendations"] if each["code"] == "target_steps"]
    assert found["figures"]["target"] == 30_000
    assert found["words"] == "Bring steps up towards the target."


async def test_ones_own_are_told_and_nobody_elses(library: House) -> None:
    await live(library.stores, USER)
    response = await library.http.get("/api/v1/analytics/trends", headers=await library.bearer("anna"))
    assert response.json()["trends"] == []


@pytest.mark.parametrize("what", list(SHAPES))
async def test_a_window_that_can_not_be_is_a_problem(library: House, what: str) -> None:
    for wrong in ("days=-1", "days=many", "start=2026-13-01", "end=", "start=2026-02-02&end=2026-02-01"):
        assert require_problem(await library.http.get(f"/api/v1/analytics/{what}?{wrong}"), 422), wrong


async def test_any_other_bad_parameter_is_a_problem(library: House) -> None:
    for wrong in ("sensitivity=-0.1", "sensitivity=high", "columns=joy"):
        assert require_problem(await library.http.get(f"/api/v1/analytics/anomalies?{wrong}"), 422), wrong
