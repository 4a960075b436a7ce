"""Reading InfluxDB's answers, which come in pieces."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import StoreUnavailable
from storage.series.influx_answers import read_answer
from tests.strategies import texts


def piece(statement: int, *values: Any) -> str:
    series = {
        "name": "meals",
        "columns": ["time", "name"],
        "values": [[number, each] for number, each in enumerate(values)],
    }
    return json.dumps(
        {"results": [{"statement_id": statement, "series": [series], "partial": True}]}, separators=(",", ":")
    )


hostile = texts() | st.sampled_from(['}{"results":[]}', '}\n{"error":"x"}', '\\"}{\\"error'])


@given(
    st.lists(st.tuples(st.integers(0, 2), st.lists(hostile, max_size=3)), max_size=6),
    st.sampled_from(["\n", "\r\n", "", "\n\n"]),
)
def test_pieces_are_joined_however_they_are_parted(pieces: list[tuple[int, list[str]]], between: str) -> None:
    body = between.join(piece(statement, *values) for statement, values in pieces)
    found = read_answer(body.encode(), 3)
    told = [[value for series in each for _, value in series.values] for each in found]
    assert told == [[value for at, values in pieces if at == statement for value in values] for statement in range(3)]


def test_statements_without_rows_are_empty() -> None:
    assert read_answer(b'{"results":[{"statement_id":0},{"statement_id":1}]}\n', 2) == [[], []]
    assert read_answer(b"", 2) == [[], []]


@pytest.mark.parametrize("between", ["\n", ""])
def test_an_error_after_rows_is_an_error(between: str) -> None:
    with pytest.raises(StoreUnavailable, match="timeout"):
        read_answer((piece(0, "a") + between + '{"error":"timeout"}').encode(), 1)


@pytest.mark.parametrize("body", [b"<html>", b'{"results":[{"statement_id":7}]}', b'{"results":', b"\xff", b"[]"])
def test_what_is_no_answer_is_told(body: bytes) -> None:
    with pytest.raises(StoreUnavailable, match="can't be read"):
        read_answer(body, 1)
