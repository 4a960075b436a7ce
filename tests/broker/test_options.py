import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.session import Backoff, Endpoint, SessionOptions
from contract.errors import Misconfigured


@pytest.mark.parametrize(
    ("url", "place", "login"),
    [
        ("mqtt://broker.example", ("broker.example", 1883, False), (None, None)),
        ("mqtts://broker.example", ("broker.example", 8883, True), (None, None)),
        ("mqtt://127.0.0.1:18830/", ("127.0.0.1", 18830, False), (None, None)),
        ("mqtt://[::1]:1884", ("::1", 1884, False), (None, None)),
        ("mqtt://anna:secret@host:1", ("host", 1, False), ("anna", "secret")),
        ("mqtts://a%40b:p%2Fq%3A%25@host", ("host", 8883, True), ("a@b", "p/q:%")),
        ("mqtt://anna@host", ("host", 1883, False), ("anna", None)),
    ],
)
def test_an_endpoint_is_read_from_a_url(
    url: str, place: tuple[str, int, bool], login: tuple[str | None, str | None]
) -> None:
    endpoint, *found = Endpoint.parse(url)
    assert (endpoint.host, endpoint.port, endpoint.tls is not None) == place
    assert tuple(found) == login


def test_an_endpoint_names_itself_without_credentials() -> None:
    endpoint, _, _ = Endpoint.parse("mqtts://anna:secret@[fe80::1]")
    assert str(endpoint) == "mqtts://[fe80::1]:8883"


def test_a_tls_context_of_ones_own_is_used_for_mqtts_only() -> None:
    context = ssl.create_default_context()
    assert Endpoint.parse("mqtts://host", context)[0].tls is context
    assert Endpoint.parse("mqtt://host", context)[0].tls is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host:1883",
        "http://host",
        "mqtt://",
        "mqtt://u:hunter2@h:x",
        "mqtt://h:99999",
        "mqtt://h/topic",
        "mqtt://[::1",
        "mqtt://u:hunter2@a..b",
        f"mqtt://{'a' * 64}.example",
    ],
)
def test_what_is_no_url_of_a_broker_is_told_without_repeating_it(url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Endpoint.parse(url)
    assert "mqtt://host:port" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0.001, 10), st.floats(10, 1_000))
def test_a_wait_is_between_half_and_all_of_the_doubled_one_and_never_above_the_most(
    failures: int, chance: float, first_s: float, most_s: float
) -> None:
    whole = min(most_s, first_s * 2.0 ** min(failures, 1_000))
    delay_s = Backoff(first_s, most_s).delay_s(failures, chance)
    assert whole / 2 <= delay_s <= whole


def test_a_password_is_not_shown() -> None:
    options = SessionOptions(client_id="a", endpoint=Endpoint("h", 1), session_expiry_s=0, password="hunter2")
    assert "hunter2" not in repr(options)


@pytest.mark.parametrize("receive_max", [0, 65_535])
def test_a_receive_maximum_that_mqtt_cannot_state_is_refused(receive_max: int) -> None:
    with pytest.raises(Misconfigured, match="receive_max"):
        SessionOptions(client_id="a", endpoint=Endpoint("h", 1), session_expiry_s=0, receive_max=receive_max)


def test_a_session_without_a_client_id_is_refused() -> None:
    with pytest.raises(Misconfigured, match="client id"):
        SessionOptions(client_id="", endpoint=Endpoint("h", 1), session_expiry_s=0)
