"""Single measurements over HTTP: the promised bodies as they stand, units, and what is read back."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.measures import MEASURES, read_values
from api.problems import ProblemError
from contract.catalogue import CATALOGUE
from contract.daily import stamped_days, summary_of
from storage.series.protocol import Selection
from tests.api.batches import USER
from tests.api.documents import document, require_problem, require_valid
from tests.api.house import House
from tests.api.lives import NOW_MS, Param, live, ordinary, yesterday

BODIES = Path(__file__).parents[1] / "bodies"
PRESSURE, PULSE, NIGHT = (
    json.loads((BODIES / f"{name}.json").read_text()) for name in ("metric_blood_pressure", "heart_rate", "sleep")
)
PROMISED = {"metrics": PRESSURE, "heart-rate": PULSE, "sleep": NIGHT}


async def post(house: House, path: str, body: Mapping[str, Any]) -> httpx.Response:
    return await house.http.post(f"/api/v1/{path}", json=body)


async def read(house: House, path: str, **params: Param) -> Any:
    response = await house.http.get(f"/api/v1/{path}", params=params)
    assert response.status_code == 200, response.text
    return response.json()


def weight(value: float, hour: int = 8, **more: object) -> dict[str, Any]:
    moment = datetime(2026, 1, 14, hour, tzinfo=UTC).isoformat()
    return {"metric_type": "weight", "timestamp": moment, "values": {"weight_kg": value}, "device_id": "scale", **more}


@pytest.mark.parametrize("path", list(PROMISED))
async def test_a_promised_body_is_taken_as_it_stands_and_read_back_so(house: House, path: str) -> None:
    response = await post(house, path, PROMISED[path])
    assert response.status_code == 201
    receipt = response.json()
    assert receipt == {"batch_id": receipt["batch_id"], "status": "stored", "stored": 1, "rejected": []}
    assert await read(house, path) == [PROMISED[path]]


@pytest.mark.parametrize("path", list(PROMISED))
def test_a_promised_body_is_what_the_schema_says(path: str) -> None:
    content = document()["paths"][f"/api/v1/{path}"]["post"]["requestBody"]["content"]["application/json"]
    require_valid(PROMISED[path], content["schema"])


@pytest.mark.parametrize("path", list(PROMISED))
async def test_a_measurement_sent_twice_is_one(house: House, path: str) -> None:
    for _ in range(2):
        assert (await post(house, path, PROMISED[path])).status_code == 201
    assert len(await read(house, path)) == 1


async def test_a_night_is_stored_in_minutes_at_the_moment_of_waking(house: House) -> None:
    await post(house, "sleep", NIGHT)
    [row] = await house.stores.series.rows(Selection(CATALOGUE["sleep"], USER))
    assert row.values == {
        "duration_min": 480,
        "light_min": 270,
        "deep_min": 120,
        "rem_min": 90,
        "score": 85,
        "efficiency_pct": 92,
    }
    assert row.time_ms == int(datetime(2023, 12, 2, 7, tzinfo=UTC).timestamp() * 1_000)
    assert row.source_device == NIGHT["device_id"]


async def test_what_a_night_lacks_of_the_time_between_was_awake(house: House) -> None:
    await post(house, "sleep", {**NIGHT, "duration_hours": 7.5, "sleep_stages": {}})
    [row] = await house.stores.series.rows(Selection(CATALOGUE["sleep"], USER))
    assert (row.values["duration_min"], row.values["awake_min"]) == (480, 30)
    [night] = await read(house, "sleep")
    assert (night["duration_hours"], night["sleep_stages"]) == (7.5, {"awake_hours": 0.5})


@pytest.mark.parametrize(("asleep", "awake", "counted"), [(7.5, 0.25, 0.5), (8, 0.25, 0.25), (7.5, None, 0.5)])
async def test_of_two_times_awake_the_longer_counts(
    house: House, asleep: float, awake: float | None, counted: float
) -> None:
    stages = {"light_sleep_hours": 7.0, "awake_hours": awake}
    await post(house, "sleep", {**NIGHT, "duration_hours": asleep, "sleep_stages": stages})
    [night] = await read(house, "sleep")
    assert (night["duration_hours"], night["sleep_stages"]["awake_hours"]) == (8 - counted, counted)


async def test_an_efficiency_that_may_be_a_fraction_is_refused_with_what_to_send(house: House) -> None:
    problem = require_problem(await post(house, "sleep", {**NIGHT, "sleep_efficiency": 0.92}), 422)
    assert "percent, 92" in problem["errors"][0]["reason"]


NO_NIGHTS: list[tuple[dict[str, Any], str]] = [
    ({"end_time": "2023-12-01T22:00:00Z"}, "end_time"),
    ({"duration_hours": 9}, "duration_hours"),
    ({"sleep_score": 101}, "sleep_score"),
    ({"sleep_efficiency": -1}, "sleep_efficiency"),
    ({"sleep_efficiency": 0.92}, "sleep_efficiency"),
    ({"sleep_efficiency": 1}, "sleep_efficiency"),
    ({"end_time": "2023-12-05T22:00:00Z"}, "end_time"),
    ({"sleep_stages": {"deep_sleep_hours": 23}}, "end_time"),
]


async def test_a_night_that_can_not_be_is_a_problem_by_the_names_of_its_body(house: House) -> None:
    for change, field in NO_NIGHTS:
        problem = require_problem(await post(house, "sleep", {**NIGHT, **change}), 422)
        assert (problem["field"], problem["errors"][0]["parameter"]) == (field, field)
    assert await read(house, "sleep") == []


async def test_measurements_are_stored_in_the_contracts_units(house: House) -> None:
    sent = [
        ("glucose", {"glucose_mg_dl": 90.08}, {"glucose_mmol_l": 5}),
        (
            "glucose",
            {"value": 90.08, "unit": "mg/dL", "context": "fasting"},
            {"glucose_mmol_l": 5, "context": "fasting"},
        ),
        ("weight", {"weight_lb": 100}, {"weight_kg": 45.359237}),
        ("weight", {"weight": 70, "unit": "kg", "body_fat_percent": 20}, {"weight_kg": 70, "body_fat_pct": 20}),
        ("temperature", {"temperature_f": 98.6}, {"temperature_c": 37}),
        ("temperature", {"value": 36.6, "unit": "°C"}, {"temperature_c": 36.6}),
        ("spo2", {"spo2": 97}, {"spo2_pct": 97}),
        # A unit that says again what the name says.
        (
            "weight",
            {"weight_lb": 100, "muscle_mass_kg": 30, "unit": "lb"},
            {"weight_kg": 45.359237, "muscle_mass_kg": 30},
        ),
        ("weight", {"muscle_mass_lb": 100, "unit": "lb"}, {"muscle_mass_kg": 45.359237}),
        ("weight", {"body_fat_pct": 20, "unit": "%"}, {"body_fat_pct": 20}),
        ("temperature", {"temperature_f": 98.6, "unit": "F"}, {"temperature_c": 37}),
        ("spo2", {"value": 97, "unit": "%"}, {"spo2_pct": 97}),
        ("blood_pressure", {"systolic": 120, "diastolic": 80, "unit": "mmHg"}, {"systolic": 120, "diastolic": 80}),
    ]
    for at, (name, values, _) in enumerate(sent):
        moment = f"2026-01-14T08:00:{at:02}Z"
        response = await post(house, "metrics", {"metric_type": name, "timestamp": moment, "values": values})
        assert response.status_code == 201, response.text
        assert "ignored" not in response.json()
    found = await read(house, "metrics")
    assert [(each["metric_type"], each["values"]) for each in reversed(found)] == [
        (name, stored) for name, _, stored in sent
    ]
    assert {each["device_id"] for each in found} == {"by hand"}


NO_VALUES: list[tuple[str, dict[str, Any], str]] = [
    ("weight", {"weight": 180}, "values.unit"),
    ("weight", {"value": 180, "unit": "stone"}, "values.unit"),
    ("weight", {"weight_kg": 165, "unit": "lb"}, "values.unit"),
    ("weight", {"weight_lb": 165, "unit": "kg"}, "values.unit"),
    ("weight", {"weight_kg": 80, "muscle_mass_lb": 70, "unit": "lb"}, "values.unit"),
    ("weight", {"weight_kg": 80, "unit": 1}, "values.unit"),
    ("weight", {"body_fat_pct": 20, "unit": "kg"}, "values.unit"),
    ("temperature", {"temperature_c": 39, "unit": "F"}, "values.unit"),
    ("blood_pressure", {"systolic": 16, "diastolic": 11, "unit": "kPa"}, "values.unit"),
    ("spo2", {"spo2": 97, "unit": "nonsense"}, "values.unit"),
    ("weight", {"weight_kg": 80, "weight_lb": 176}, "values.weight_lb"),
    ("weight", {"weight_kg": "80"}, "values.weight_kg"),
    ("weight", {"weight_kg": 5_000}, "values.weight_kg"),
    ("weight", {"mass": 80}, "values.weight_kg"),
    ("weight", {"weight_lb": 2}, "values.weight_lb"),
    ("blood_pressure", {"systolic": 120}, "values.diastolic"),
    ("blood_pressure", {"systolic": 80, "diastolic": 120}, "values.systolic"),
    ("spo2", {"spo2_pct": 97.5, "value": 97}, "values.value"),
    ("glucose", {"glucose_mmol_l": 5, "context": "lunch"}, "values.context"),
]


async def test_values_that_can_not_be_are_a_problem_that_names_them(house: House) -> None:
    for name, values, field in NO_VALUES:
        body = {"metric_type": name, "timestamp": "2026-01-14T08:00:00Z", "values": values}
        response = await post(house, "metrics", body)
        problem = require_problem(response, 422)
        assert (problem["field"], problem["errors"][0]["parameter"]) == (field, field)
        assert "5000" not in response.text
    assert await read(house, "metrics") == []


NO_BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("metrics", {"metric_type": "mood"}, "metric_type"),
    ("metrics", {"timestamp": "yesterday"}, "timestamp"),
    ("metrics", {"timestamp": "2023-12-01T12:00:00"}, "timestamp"),
    ("metrics", {"timestamp": None}, "timestamp"),
    ("metrics", {"values": {}}, "values"),
    ("metrics", {"values": [120, 80]}, "values"),
    ("metrics", {"values": {"systolic": True, "diastolic": 80}}, "systolic"),
    ("metrics", {"device_id": "a\nb"}, "device_id"),
    ("metrics", {"notes": "x" * 501}, "notes"),
    ("heart-rate", {"bpm": None}, "bpm"),
    ("heart-rate", {"bpm": "72"}, "bpm"),
    ("heart-rate", {"bpm": True}, "bpm"),
    ("heart-rate", {"bpm": 300}, "bpm"),
    ("heart-rate", {"context": "asleep"}, "context"),
    ("sleep", {"start_time": 1_700_000_000}, "start_time"),
    ("sleep", {"sleep_stages": {"rem_sleep_hours": -1}}, "rem_sleep_hours"),
]


async def test_a_body_that_can_not_be_is_a_problem_that_names_its_field(house: House) -> None:
    for path, change, field in NO_BODIES:
        problem = require_problem(await post(house, path, {**PROMISED[path], **change}), 422)
        assert field in {error["parameter"] for error in problem["errors"]}, change


@pytest.mark.parametrize("path", list(PROMISED))
async def test_what_is_no_body_is_a_problem(library: House, path: str) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"", b"[]", b"{", b'{"bpm": NaN}', b'"text"', b"\xff"):
        response = await library.http.post(f"/api/v1/{path}", content=body, headers=headers)
        require_problem(response, 400 if body == b"\xff" else 422)


async def test_names_that_nobody_knows_are_told_of(house: House) -> None:
    response = await post(house, "metrics", {**PRESSURE, "mood": 1, "values": {**PRESSURE["values"], "arm": "left"}})
    assert response.status_code == 201
    assert [each["field"] for each in response.json()["ignored"]] == ["mood", "values.arm"]
    stages = {**NIGHT["sleep_stages"], "naps": 1}
    response = await post(house, "sleep", {**NIGHT, "sleep_stages": stages})
    assert [each["field"] for each in response.json()["ignored"]] == ["sleep_stages.naps"]


async def test_half_a_surrogate_pair_is_a_problem(library: House) -> None:
    for body in ({**PULSE, "\ud800": 1}, {**PULSE, "device_id": "\ud800"}):
        headers = {"Content-Type": "application/json"}
        response = await library.http.post("/api/v1/heart-rate", content=json.dumps(body).encode(), headers=headers)
        require_problem(response, 422)


async def test_what_can_not_be_confirmed_is_to_be_sent_again(library: House) -> None:
    for path, body in PROMISED.items():
        response = await post(library, path, body)
        require_problem(response, 503)
        assert response.headers["Retry-After"]


async def test_everybody_reads_their_own(house: House) -> None:
    await post(house, "metrics", PRESSURE)
    response = await house.http.get("/api/v1/metrics", headers=await house.bearer("anna"))
    assert (response.json(), response.headers["X-Total-Count"]) == ([], "0")


async def test_all_sorts_are_told_in_the_order_of_time_and_in_parts(house: House) -> None:
    for hour in (8, 10, 12):
        await post(house, "metrics", weight(70 + hour, hour))
        moment = datetime(2026, 1, 14, hour + 1, tzinfo=UTC).isoformat()
        await post(house, "metrics", {"metric_type": "spo2", "timestamp": moment, "values": {"spo2_pct": 97}})
    found = [each["metric_type"] for each in await read(house, "metrics")]
    assert found == ["spo2", "weight"] * 3
    response = await house.http.get("/api/v1/metrics?limit=2&offset=3")
    assert response.headers["X-Total-Count"] == "6"
    assert [each["timestamp"][11:13] for each in response.json()] == ["10", "09"]
    only = await read(house, "metrics", metric_type="weight", start="2026-01-14T09:00:00Z", end="2026-01-14T12:00:00Z")
    assert [each["values"] for each in only] == [{"weight_kg": 80}]


async def test_the_latest_of_each_sort_is_told_and_what_there_is_not(house: House) -> None:
    told = await read(house, "metrics/latest")
    assert (told["weight"], told["glucose"]) == (None, None)
    assert "POST /metrics" in told["words"]
    await post(house, "metrics", weight(70, 8))
    await post(house, "metrics", weight(71, 9, notes="after breakfast"))
    told = await read(house, "metrics/latest")
    require_valid(told, {"$ref": "#/components/schemas/LatestShown"})
    assert (told["weight"]["values"], told["weight"]["notes"]) == ({"weight_kg": 71}, "after breakfast")


async def test_measurements_are_summed_up_with_their_trend_and_the_class_of_the_pressure(house: House) -> None:
    empty = await read(house, "metrics/summary")
    assert (empty["measures"], empty["blood_pressure"]) == ([], None)
    assert "POST /metrics" in empty["words"]
    now = datetime.fromtimestamp(NOW_MS / 1_000, UTC)
    for back, (systolic, diastolic) in enumerate([(142, 91), (138, 88), (140, 90)]):
        body = {"metric_type": "blood_pressure", "timestamp": (now - timedelta(days=back)).isoformat()}
        await post(house, "metrics", {**body, "values": {"systolic": systolic, "diastolic": diastolic}})
    # The summaries of days are the work of another process.
    days = [
        summary_of(yesterday() - timedelta(days=back), "UTC", {"systolic_mmhg": 140.0, "diastolic_mmhg": 90.0})
        for back in range(8)
    ]
    await house.stores.series.write([stamped_days(USER, days)])
    told = await read(house, "metrics/summary")
    require_valid(told, {"$ref": "#/components/schemas/MeasurementsShown"})
    [pressure] = told["measures"]
    systolic = pressure["figures"][0]
    assert (systolic["number"], systolic["mean"], systolic["lowest"], systolic["highest"]) == (3, 140, 138, 142)
    assert systolic["trend"]["direction"] == "steady"
    assert told["blood_pressure"]["office_class"]["name"] == "grade 1 hypertension"
    assert told["words"] == "In 30 days: 3 of blood pressure."


async def test_time_in_zones_is_told_by_day_and_zone_as_in_the_summaries(library: House) -> None:
    zones = {f"zone{number}_min": float(number) for number in range(1, 6)}
    await live(library.stores, USER, days=3, changes={yesterday(): ordinary(yesterday()) | zones})
    told = await read(library, "heart-rate/zones")
    assert (told["zones"], told["max_bpm"]) == ([], None)
    assert "maximum heart rate" in told["words"]
    await library.wiring.people.update(USER, {"max_heart_rate_bpm": 200.0})
    empty = await read(library, "heart-rate/zones", start="2026-01-01", end="2026-01-02")
    assert empty["words"].endswith("Connect a device that measures it, or log it by POST /heart-rate.")
    # Known is a heart rate, but with what maximum its zones are to be worked out is told only now.
    early = await read(library, "heart-rate/zones", end=str(yesterday() - timedelta(days=1)))
    assert (early["days"], early["words"].endswith("ask again later.")) == ([], True)
    told = await read(library, "heart-rate/zones")
    require_valid(told, {"$ref": "#/components/schemas/ZonesShown"})
    assert [zone["minutes"] for zone in told["zones"]] == [1, 2, 3, 4, 5]
    assert [zone["from_bpm"] for zone in told["zones"]] == [100, 120, 140, 160, 180]
    assert told["days"] == [{"day": str(yesterday()), "minutes": [1, 2, 3, 4, 5]}]
    assert told["words"].startswith("9 min in zones 4 and 5 and 3 min in zones 1 and 2")


async def test_the_reserve_takes_a_resting_heart_rate(house: House) -> None:
    await house.wiring.people.update((await house.token()) and USER, {"max_heart_rate_bpm": 200.0})
    told = await read(house, "heart-rate/zones", method="reserve")
    assert "resting heart rate" in told["words"]
    await live(house.stores, USER, days=28)
    await post(house, "heart-rate", {"timestamp": f"{yesterday()}T10:00:00Z", "bpm": 130})
    told = await read(house, "heart-rate/zones", method="reserve")
    assert told["resting_bpm"] == pytest.approx(52, abs=1)
    assert [zone["minutes"] for zone in told["zones"]] == [1, 0, 0, 0, 0]
    assert told["zones"][0]["from_bpm"] == pytest.approx(126, abs=1)
    require_problem(await house.http.get("/api/v1/heart-rate/zones?method=guess"), 422)


async def test_some_weeks_of_sleep_are_analysed(library: House) -> None:
    empty = await read(library, "sleep/analysis")
    assert (empty["nights"], empty["regularity"], empty["debt"]) == (0, None, None)
    assert "POST /sleep" in empty["words"]
    await live(library.stores, USER, days=30)
    told = await read(library, "sleep/analysis")
    require_valid(told, {"$ref": "#/components/schemas/SleepShown"})
    assert told["nights"] == 29  # today has none
    assert told["means"]["sleep_min"] == pytest.approx(450, abs=5)
    assert told["regularity"]["index"] > 80
    assert told["debt"]["minutes"] == 0
    assert "no diagnosis" in told["notice"]


async def test_time_awake_is_told_beside_the_length_of_the_nights(library: House) -> None:
    await library.token()
    night = summary_of(yesterday(), "UTC", {"sleep_min": 420.0, "awake_min": 60.0, "bed_time_h": -1, "wake_time_h": 7})
    await library.stores.series.write([stamped_days(USER, [night])])
    told = await read(library, "sleep/analysis")
    assert told["words"].startswith("7 h of sleep a day, besides 60 min awake at night, on 1 day of 30")


NUMBERS = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)
TEXTS = st.sampled_from(["kg", "lb", "mg/dL", "fasting", "", "°F"])
NAMES = st.sampled_from(
    [
        *("value", "unit", "weight", "weight_kg", "weight_lb", "glucose", "glucose_mg_dl", "systolic", "diastolic"),
        *("pulse", "temperature_f", "temperature", "spo2", "spo2_pct", "body_fat_pct", "context", "arm"),
    ]
)


@given(st.sampled_from(list(MEASURES)), st.dictionaries(NAMES, NUMBERS | TEXTS, min_size=1))
def test_whatever_is_said_is_converted_told_of_or_refused(name: Any, values: dict[str, float | str]) -> None:
    measure = MEASURES[name]
    try:
        found = read_values(measure, values)
    except ProblemError:
        return
    named = {*found.names.values(), *found.unknown} | ({"values.unit"} if "unit" in values else set())
    assert named == {f"values.{each}" for each in values} | ({"values.unit"} if "unit" in values else set())
    assert set(found.fields) <= set(measure.fields)


@given(st.floats(min_value=5, max_value=1_000))
def test_pounds_become_kilograms_and_back(pounds: float) -> None:
    read = read_values(MEASURES["weight"], {"weight_lb": pounds})
    assert read.fields["weight_kg"] * 2.20462262185 == pytest.approx(pounds, abs=1e-5)
