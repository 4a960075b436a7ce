"""Variables and macros, against what Grafana's documentation says becomes of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.asking.expanding import Choice, Scope, UnknownNameError, influxql, promql, sql, variables

SCOPE = Scope(
    1_700_000_000_000,
    1_700_021_600_000,
    {
        "client": Choice(["ann"]),
        "coach": Choice(["c1", "o'neil"]),
        "device": Choice(["Pixel 8", "Polar H10 (chest)"]),
        "every": Choice(["a", "b"], is_all=True, all_value=".*"),
        "listed": Choice(["a", "b"], is_all=True),
    },
    login="carla",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'${client}' '[[client]]' '$client'", "'ann' 'ann' 'ann'"),
        ("${client:raw} ${coach:csv}", "ann c1,o'neil"),
        ("IN (${coach:sqlstring})", "IN ('c1','o''neil')"),
        ("/^${device:regex}$/", r"/^(Pixel 8|Polar H10 \(chest\))$/"),
        ("/^${client:regex}$/", "/^ann$/"),
        ("/^${every:regex}$/", "/^.*$/"),
        ("/^${listed:regex}$/", "/^(a|b)$/"),
        ("${__user.login:sqlstring}", "'carla'"),
        ("${__from}ms $timeFilter $__interval", "1700000000000ms $timeFilter $__interval"),
    ],
)
def test_variables_become_what_is_chosen(text: str, expected: str) -> None:
    assert variables(text, SCOPE) == expected


def test_a_variable_that_a_board_does_not_have_is_told() -> None:
    with pytest.raises(UnknownNameError):
        variables("${nobody}", SCOPE)


@given(st.text(max_size=20))
def test_a_quoted_value_never_ends_its_string(value: str) -> None:
    scope = Scope(0, 1, {"x": Choice([value])})
    written = variables("${x:sqlstring}", scope)
    assert re.fullmatch(r"'(?:[^']|'')*'", written, re.DOTALL)
    assert written[1:-1].replace("''", "'") == value


@given(st.text(max_size=20))
def test_a_value_in_a_regular_expression_matches_itself_alone(value: str) -> None:
    scope = Scope(0, 1, {"x": Choice([value])})
    assert re.fullmatch(variables("${x:regex}", scope), value)


def test_macros_of_influxdb_are_times_in_milliseconds() -> None:
    asked = influxql("WHERE $timeFilter GROUP BY time($__interval) -- $__interval_ms", SCOPE, 60_000)
    where = "time >= 1700000000000ms and time <= 1700021600000ms"
    assert asked == f"WHERE {where} GROUP BY time(1m) -- 60000"


def test_macros_of_postgresql_are_moments() -> None:
    assert sql("WHERE $__timeFilter(at)", SCOPE) == (
        "WHERE at BETWEEN '2023-11-14T22:13:20.000000Z' AND '2023-11-15T04:13:20.000000Z'"
    )
    assert sql("$__timeFrom() $__timeTo()", SCOPE) == "'2023-11-14T22:13:20.000000Z' '2023-11-15T04:13:20.000000Z'"
    with pytest.raises(UnknownNameError):
        sql("$__nothing(x)", SCOPE)


def test_a_rate_looks_back_over_four_scrapes_at_least() -> None:
    assert promql("rate(x[$__rate_interval])", SCOPE, 15_000) == "rate(x[1m])"
    assert promql("rate(x[$__rate_interval])", SCOPE, 300_000) == "rate(x[315s])"
    assert promql("x[$__range]", SCOPE, 15_000) == "x[21600s]"


def test_an_interval_is_rounded_to_what_people_read_and_never_below_the_least() -> None:
    assert SCOPE.interval_ms() == 30_000
    assert SCOPE.interval_ms(3_600_000) == 3_600_000
