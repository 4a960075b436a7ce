"""What InfluxDB answers: rows of its queries, and which error its refusals are.

InfluxDB repeats a line that it can't take in its error, health values and all. So of a refusal only its sort and the
names of measurement and field are told on; of a failed query, which has names of users in it, only its sort.
"""

import re
from typing import Any

import msgspec

from contract.errors import StoreUnavailable, WriteRefused


class Series(msgspec.Struct, gc=False):
    """Rows of one measurement, or of one group of it.

    Attributes:
        columns: their names; the first is `time`, in nanoseconds.
        values: rows; null where a point lacks a field.
        tags: of the group, if the query groups by tags.
    """

    columns: list[str]
    values: list[list[Any]] = []
    tags: dict[str, str] = {}


class _Statement(msgspec.Struct, gc=False):
    statement_id: int = 0
    series: list[Series] = []
    error: str | None = None


class _Answer(msgspec.Struct, gc=False):
    results: list[_Statement] = []
    error: str | None = None


_decoder = msgspec.json.Decoder(_Answer)

# Neither can be inside a document: its texts have line breaks and quotes escaped.
_BETWEEN_DOCUMENTS = re.compile(rb"""\s*\n|(?<=\})(?=\{"(?:results|error)")""")


def read_answer(body: bytes, statements: int) -> list[list[Series]]:
    """The series of each statement, in the order asked.

    Args:
        body: JSON documents: InfluxDB splits large answers (`chunked=true`), and never cuts them then. 1.x and 2.x
            write one a line, 3 writes them without anything between, and none for a statement without rows.
        statements: how many were asked.

    Raises:
        StoreUnavailable: a statement failed, or this is no answer of InfluxDB.
    """
    found: list[list[Series]] = [[] for _ in range(statements)]
    try:
        for document in _BETWEEN_DOCUMENTS.split(body.strip()):
            if document:
                _add(found, _decoder.decode(document))
    except (msgspec.MsgspecError, UnicodeDecodeError, IndexError):
        raise StoreUnavailable("InfluxDB's answer can't be read") from None
    return found


def _add(found: list[list[Series]], answer: _Answer) -> None:
    if answer.error is not None:
        raise query_failure(answer.error)
    for statement in answer.results:
        if statement.error is not None:
            raise query_failure(statement.error)
        found[statement.statement_id].extend(statement.series)


def query_failure(error: str) -> StoreUnavailable:
    """The error of a query that failed."""
    if "database not found" in error:
        return StoreUnavailable("InfluxDB does not have the database: run the setup")
    known = _QUERY_FAILURES.search(error)
    return StoreUnavailable(f"InfluxDB could not answer a query ({known[0] if known else 'unknown error'})")


_QUERY_FAILURES = re.compile(
    "error parsing query|timeout|query interrupted|max-[a-z-]+|not authorized|authorization failed|engine is closed"
    "|invalid name|retention policy [a-z ]+"
)


def refusal(status: int, body: str) -> WriteRefused:
    """The error of a write that InfluxDB will never take."""
    if conflict := _TYPE_CONFLICT.search(body):
        return WriteRefused(f"type conflict of field {conflict[1]} (HTTP {status})")
    if known := _REFUSALS.search(body):
        return WriteRefused(f"{known[0]} (HTTP {status})")
    return WriteRefused(f"InfluxDB refuses the points (HTTP {status})")


# 1.x and 2.x say "input field", 3 says "column".
_TYPE_CONFLICT = re.compile(r"(?:conflict: input field|column type for column)\s+\\?[\"'](\w+)", re.ASCII)
_REFUSALS = re.compile(
    r"beyond retention|outside retention|unable to parse|max-series-per-database|max-values-per-tag|too large", re.ASCII
)
