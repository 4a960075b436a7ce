"""What Prometheus is told."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.batches import USER, meals
from tests.api.house import House

Labels = tuple[str, str, str]


async def requests(house: House) -> dict[Labels, float]:
    """How many requests were counted, by method, route and status."""
    text = (await house.http.get("/metrics")).text
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "paceline_http_requests_total"
    }


async def test_requests_are_counted_by_route_and_status(house: House) -> None:
    await house.http.post("/meals", json=meals(100))
    await house.http.post("/api/v1/meals", content=b"no JSON")
    for _ in range(2):
        await house.http.get(f"/api/v1/users/{USER}/meals")
    counted = await requests(house)
    assert counted == {
        ("POST", "/meals", "201"): 1,
        ("POST", "/api/v1/meals", "422"): 1,
        ("GET", "/api/v1/users/{user_id}/meals", "200"): 2,
    }


async def test_no_user_and_nothing_else_that_was_made_up_is_in_a_label(library: House) -> None:
    for path in ("/secret-path", "/api/v1/users/anna/meals", "/api/v1/users/anna/secret-kind", "/secret/path/too"):
        await library.http.get(path)
    await library.http.request("SECRET", "/meals")
    text = (await library.http.get("/metrics")).text.lower()
    assert "anna" not in text
    assert "secret" not in text
    assert (await requests(library))["GET", "none", "404"] == 2


async def test_an_error_that_nobody_handled_is_counted(library: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(type(library.stores.series), "count", fail)
    await library.http.get("/api/v1/users/anna/meals")
    assert (await requests(library))["GET", "/api/v1/users/{user_id}/meals", "500"] == 1


async def test_latencies_are_told_by_route(library: House) -> None:
    await library.http.get("/nowhere")
    text = (await library.http.get("/metrics")).text
    assert 'paceline_http_request_seconds_count{method="GET",route="none"} 1.0' in text


async def test_metrics_are_text_that_prometheus_reads(library: House) -> None:
    response = await library.http.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=")
