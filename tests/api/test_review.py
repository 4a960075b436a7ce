"""What a coach sees of a client's days."""

from datetime import timedelta
from typing import Any

import pytest

from contract.daily import stamped_days, summary_of
from storage.records.people import new_person
from tests.api.documents import require_problem, require_valid
from tests.api.house import House
from tests.api.lives import Param, live, ordinary, this_day, yesterday

ANN = "ann"
OF_DAYS = ("days", "trends", "anomalies", "summary")
SHAPES = {"trends": "TrendsShown", "anomalies": "AnomaliesShown", "summary": "PeriodShown"}


@pytest.fixture
async def coached(library: House) -> House:
    """Ann with a coach, Carl."""
    await library.wiring.people.ensure([new_person(ANN, "athlete", "Ann"), new_person("carl", "coach", "Carl")])
    await library.wiring.consents.give(ANN, "carl", "training")
    return library


async def ask(house: House, what: str, who: str = "carl", **params: Param) -> Any:
    path = f"/api/v1/clients/{ANN}/{what}"
    response = await house.http.get(path, params=params, headers=await house.bearer(who, "coach"))
    assert response.status_code == 200, response.text
    told = response.json()
    if what in SHAPES:
        require_valid(told, {"$ref": f"#/components/schemas/{SHAPES[what]}"})
    else:
        require_valid(told, {"type": "array", "items": {"$ref": "#/components/schemas/DaySummary"}})
    return told


async def test_days_are_told_newest_first_with_all_their_figures(coached: House) -> None:
    await live(coached.stores, ANN, days=40)
    days = await ask(coached, "days", days=7)
    assert [day["date"] for day in days] == [str(yesterday() - timedelta(days=back)) for back in range(6)]
    assert days[0]["steps"] == pytest.approx(ordinary(yesterday())["steps"], abs=0.001)
    assert days[0]["time_zone"] == "UTC"


async def test_a_year_of_days_comes_in_one_answer(coached: House) -> None:
    await live(coached.stores, ANN, days=365)
    first = yesterday() - timedelta(days=364)
    days = await ask(coached, "days", start=str(first), end=str(yesterday()), limit=366)
    assert [day["date"] for day in days] == [str(yesterday() - timedelta(days=back)) for back in range(365)]


async def test_days_come_in_parts(coached: House) -> None:
    await live(coached.stores, ANN, days=40)
    headers = await coached.bearer("carl", "coach")
    path = f"/api/v1/clients/{ANN}/days?days=20&end={yesterday()}&limit=3&offset=18"
    response = await coached.http.get(path, headers=headers)
    assert (response.headers["X-Total-Count"], len(response.json())) == ("20", 2)


async def test_today_is_among_the_days_and_in_no_trend(coached: House) -> None:
    await live(coached.stores, ANN, days=40)
    begun = summary_of(this_day(), "UTC", {"steps": 12.0, "steps_count": 1.0})
    await coached.stores.series.write([stamped_days(ANN, [begun])])
    assert (await ask(coached, "days"))[0]["steps"] == 12
    assert (await ask(coached, "trends"))["last"] == str(yesterday())
    assert (await ask(coached, "anomalies"))["anomalies"] == []


async def test_days_to_come_are_none_of_those_asked_about(coached: House) -> None:
    await live(coached.stores, ANN, days=40)
    begun = summary_of(this_day(), "UTC", {"energy_in_kcal": 300.0, "meals_count": 1.0})
    await coached.stores.series.write([stamped_days(ANN, [begun])])
    for end in (this_day(), this_day() + timedelta(days=30)):
        told = {what: await ask(coached, what, end=str(end), days=10) for what in OF_DAYS}
        assert [told[what]["last"] for what in SHAPES] == [str(yesterday())] * 3
        assert told["trends"]["first"] == str(yesterday() - timedelta(days=9))
        assert (told["anomalies"]["anomalies"], told["summary"]["reasons"]) == ([], [])
        assert [day["date"] for day in told["days"]][::9] == [str(this_day()), str(this_day() - timedelta(days=9))]


async def test_a_span_that_has_not_begun_is_refused(coached: House) -> None:
    tomorrow = this_day() + timedelta(days=1)
    for what, first in (("days", tomorrow), ("trends", this_day())):
        path = f"/api/v1/clients/{ANN}/{what}?start={first}&end={tomorrow}"
        response = await coached.http.get(path, headers=await coached.bearer("carl", "coach"))
        assert "at the latest" in require_problem(response, 422)["detail"]


async def test_figures_can_be_chosen(coached: House) -> None:
    await live(coached.stores, ANN, days=40)
    days = await ask(coached, "days", columns="hrv_ms, steps", days=3)
    assert all(set(day) == {"date", "time_zone", "hrv_ms", "steps"} for day in days)
    trends = (await ask(coached, "trends", columns="wear_hours"))["trends"]
    assert [each["column"] for each in trends] == ["wear_hours"]


async def test_a_trend_has_its_interval_and_says_it_in_words(coached: House) -> None:
    first = yesterday() - timedelta(days=59)
    rising = {
        day: ordinary(day) | {"resting_heart_rate_bpm": ordinary(day)["resting_heart_rate_bpm"] + 0.2 * at}
        for at in range(60)
        if (day := first + timedelta(days=at))
    }
    await live(coached.stores, ANN, days=60, changes=rising)
    told = await ask(coached, "trends", days=60)
    found = {each["column"]: each for each in told["trends"]}
    pulse = found["resting_heart_rate_bpm"]
    assert pulse["direction"] == "rising"
    assert pulse["per_week_low"] < 1.4 < pulse["per_week_high"]
    assert pulse["words"].startswith("Resting heart rate rising: +1.")
    assert told["trends"][0] == pulse
    assert told["words"].startswith("1 of ")


async def test_an_odd_day_is_an_anomaly_that_explains_itself(coached: House) -> None:
    odd = yesterday() - timedelta(days=4)
    await live(coached.stores, ANN, changes={odd: ordinary(odd) | {"resting_heart_rate_bpm": 75.0}})
    told = await ask(coached, "anomalies")
    [found] = told["anomalies"]
    assert (found["column"], found["day"], found["severity"]) == ("resting_heart_rate_bpm", str(odd), "high")
    assert "75 bpm" in found["words"]
    assert told["sensitivity"] == 0.8
    assert (await ask(coached, "anomalies", sensitivity=0, end=str(odd - timedelta(days=1))))["anomalies"] == []


async def test_anomalies_come_in_parts(coached: House) -> None:
    odd = {yesterday() - timedelta(days=back): {"steps": 60_000.0, "steps_count": 24.0} for back in (2, 9)}
    await live(coached.stores, ANN, changes=odd)
    headers = await coached.bearer("carl", "coach")
    response = await coached.http.get(f"/api/v1/clients/{ANN}/anomalies?limit=1&offset=1", headers=headers)
    assert response.headers["X-Total-Count"] == "2"
    assert [each["day"] for each in response.json()["anomalies"]] == [str(yesterday() - timedelta(days=9))]


async def test_a_summary_sets_a_period_against_the_one_before(coached: House) -> None:
    week = [yesterday() - timedelta(days=back) for back in range(7)]
    short = {day: ordinary(day) | {"sleep_min": ordinary(day)["sleep_min"] - 90} for day in week}
    await live(coached.stores, ANN, changes=short)
    told = await ask(coached, "summary", days=7)
    assert (told["first"], told["last"]) == (str(week[-1]), str(week[0]))
    assert (told["first_before"], told["last_before"]) == (
        str(week[-1] - timedelta(days=7)),
        str(week[-1] - timedelta(days=1)),
    )
    most = told["figures"][0]
    assert (most["column"], most["notable"]) == ("sleep_min", True)
    assert most["change"] == pytest.approx(-90, abs=12)
    assert "below the" in most["words"]
    assert told["adherence"] == {"wear": 1, "wear_before": 1, "logging": 1, "logging_before": 1}
    assert told["status"]["sleep_debt"]["minutes"] > 0
    assert told["status"]["hrv"]["low"] < 62 < told["status"]["hrv"]["high"]


async def test_a_silence_is_a_reason_to_look_until_something_of_today_has_come(coached: House) -> None:
    silent = {yesterday() - timedelta(days=back): None for back in range(6)}
    await live(coached.stores, ANN, changes=silent)
    [reason] = (await ask(coached, "summary"))["reasons"]
    assert (reason["code"], reason["figures"]["silent_days"]) == ("nothing_arrives", 6)
    await coached.stores.series.write([stamped_days(ANN, [summary_of(this_day(), "UTC", ordinary(this_day()))])])
    assert (await ask(coached, "summary"))["reasons"] == []
    # It was one then, and a look back says so.
    told = await ask(coached, "summary", end=str(yesterday() - timedelta(days=1)))
    assert [reason["code"] for reason in told["reasons"]] == ["nothing_arrives"]


async def test_what_is_not_known_is_said_with_what_to_do(coached: House) -> None:
    assert await ask(coached, "days") == []
    for what, empty in (("trends", "trends"), ("anomalies", "anomalies"), ("summary", "figures")):
        told = await ask(coached, what)
        assert told[empty] == []
        assert "Connect a device" in told["words"], what


async def test_a_few_days_are_too_few_for_a_trend(coached: House) -> None:
    await live(coached.stores, ANN, days=6)
    told = await ask(coached, "trends")
    assert told["trends"] == []
    assert "7 days" in told["words"]


async def test_a_nutritionist_sees_days_but_no_training_items(coached: House) -> None:
    await coached.wiring.people.ensure([new_person("nora", "nutritionist", "Nora")])
    await coached.wiring.consents.give(ANN, "nora", "nutrition")
    for what in OF_DAYS:
        await ask(coached, what, who="nora")
    headers = await coached.bearer("nora")
    require_problem(await coached.http.get(f"/api/v1/users/{ANN}/heart_rate", headers=headers), 403)


async def test_each_look_is_in_the_audit_and_ones_own_is_not(coached: House) -> None:
    for what in OF_DAYS:
        await ask(coached, what)
        await ask(coached, what, who=ANN)
    entries = (await coached.wiring.audit.of(ANN)).entries
    assert {(entry.actor, entry.action, entry.detail) for entry in entries} == {
        ("carl", "read", f"GET {what}") for what in OF_DAYS
    }
    assert len(entries) == len(OF_DAYS)


@pytest.mark.parametrize("what", OF_DAYS)
async def test_somebody_sees_their_own_days_as_me(coached: House, what: str) -> None:
    response = await coached.http.get(f"/api/v1/clients/me/{what}", headers=await coached.bearer(ANN))
    assert response.status_code == 200


NO_WINDOWS = {
    "start=yesterday": "must be a date",
    "end=1700000000": "must be a date",
    "start=2026-02-30": "must be a date",
    "start=9999-01-01": "must be a date",
    "start=2026-03-02&end=2026-03-01": "start must not be after end",
    "start=2020-01-01&end=2026-01-01": "at most 366 days",
    "days=0": "must be 1 or more",
    "days=367": "must be 366 or less",
    "days=5&start=2026-03-02": "either start or days",
}


@pytest.mark.parametrize("what", OF_DAYS)
async def test_a_window_that_can_not_be_is_a_problem(coached: House, what: str) -> None:
    headers = await coached.bearer("carl", "coach")
    for wrong, told in NO_WINDOWS.items():
        response = await coached.http.get(f"/api/v1/clients/{ANN}/{what}?{wrong}", headers=headers)
        problem = require_problem(response, 422)
        assert told in problem["detail"] + str(problem.get("errors")), wrong


async def test_any_other_bad_parameter_is_a_problem(coached: House) -> None:
    headers = await coached.bearer("carl", "coach")
    for wrong in ("columns=mood,joy", "columns=", "sensitivity=1.1", "sensitivity=nan", "limit=0"):
        response = await coached.http.get(f"/api/v1/clients/{ANN}/anomalies?{wrong}", headers=headers)
        assert require_problem(response, 422), wrong


async def test_days_end_where_the_client_lives(coached: House) -> None:
    await coached.wiring.people.update(ANN, {"time_zone": "Pacific/Kiritimati"})
    told = await ask(coached, "trends")
    assert told["time_zone"] == "Pacific/Kiritimati"
