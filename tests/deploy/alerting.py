"""Grafana's alert rules without Grafana: the queries on the real databases, the expressions after its documentation.

A query is a number for each set of labels. Of the expressions there are `reduce` (of a series' values, to one),
`threshold` and `math`; both of these leave the sets of labels for which they hold.
"""

import asyncio
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import asyncpg
import yaml

from tests.deploy.natively import Natively
from tests.repository.files import text

EXPRESSION = "__expr__"
FILE = "deploy/grafana/provisioning/alerting/rules.yaml"

Labels = frozenset[tuple[str, str]]
Numbers = Mapping[Labels, Sequence[float]]

_open = build_opener(ProxyHandler({})).open  # without the shell's proxies: they are on this machine


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule as it is provisioned."""

    said: Mapping[str, Any]

    @property
    def uid(self) -> str:
        return str(self.said["uid"])

    @property
    def questions(self) -> list[Mapping[str, Any]]:
        """To databases."""
        return [each for each in self.said["data"] if each["datasourceUid"] != EXPRESSION]

    @property
    def expressions(self) -> list[Mapping[str, Any]]:
        return [each for each in self.said["data"] if each["datasourceUid"] == EXPRESSION]

    def numbers(self, stack: Natively) -> dict[str, Numbers]:
        """What each question is answered, by its letter."""
        asked = {"paceline-records": _records, "paceline-series": _series, "paceline-prometheus": _prometheus}
        return {each["refId"]: asked[each["datasourceUid"]](stack, each) for each in self.questions}

    def firing(self, stack: Natively) -> list[dict[str, str]]:
        """The labels for which it fires now."""
        known = self.numbers(stack)
        for each in self.expressions:
            known[each["refId"]] = _worked_out(each["model"], known)
        return [dict(labels) for labels in known[self.said["condition"]]]


@cache
def rules() -> dict[str, Rule]:
    """All rules by uid."""
    groups = yaml.safe_load(text(FILE))["groups"]
    return {rule["uid"]: Rule(rule) for group in groups for rule in group["rules"]}


def _records(stack: Natively, asked: Mapping[str, Any]) -> Numbers:
    """As the role that boards have: one number a row, and texts that are its labels."""
    password = stack.secret_of_boards()
    url = f"postgresql://paceline_boards:{password}@127.0.0.1:{stack.ports['postgres']}/paceline"

    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(asked["model"]["rawSql"]))
        finally:
            await connection.close()

    found: dict[Labels, Sequence[float]] = {}
    for row in asyncio.run(fetch()):
        labels = frozenset((name, value) for name, value in row.items() if isinstance(value, str))
        [number] = [value for value in row.values() if isinstance(value, float)]
        assert labels not in found, "Grafana would refuse two rows with the same labels"
        found[labels] = [number]
    return found


def _series(stack: Natively, asked: Mapping[str, Any]) -> Numbers:
    now_ms = time.time_ns() // 1_000_000
    start_ms = now_ms - asked["relativeTimeRange"]["from"] * 1_000
    question = asked["model"]["query"].replace("$timeFilter", f"time >= {start_ms}ms AND time <= {now_ms}ms")
    form = urlencode({"db": "paceline", "epoch": "ms", "q": question}).encode()
    with _open(f"http://127.0.0.1:{stack.ports['influxdb']}/query", form) as answer:
        [result] = json.load(answer)["results"]
    assert "error" not in result, result
    return {
        frozenset(each["tags"].items()): [value for _, value in each["values"]] for each in result.get("series", [])
    }


def _prometheus(stack: Natively, asked: Mapping[str, Any]) -> Numbers:
    return {
        frozenset((name, value) for name, value in labels.items() if name != "__name__"): [value]
        for labels, value in instant(stack, asked["model"]["expr"])
    }


def instant(stack: Natively, expression: str) -> list[tuple[dict[str, str], float]]:
    """What Prometheus says now."""
    query = urlencode({"query": expression})
    with _open(f"http://127.0.0.1:{stack.ports['prometheus']}/api/v1/query?{query}") as answer:
        said = json.load(answer)
    assert said["status"] == "success", said
    return [(each["metric"], float(each["value"][1])) for each in said["data"]["result"]]


def _worked_out(model: Mapping[str, Any], known: Mapping[str, Numbers]) -> Numbers:
    if model["type"] == "reduce":
        assert model["reducer"] == "max"
        return {labels: [max(values)] for labels, values in known[model["expression"]].items()}
    if model["type"] == "threshold":
        [condition] = model["conditions"]
        [limit] = condition["evaluator"]["params"]
        above = condition["evaluator"]["type"] == "gt"
        found = known[model["expression"]].items()
        return {labels: values for labels, values in found if (values[0] > limit if above else values[0] < limit)}
    assert model["type"] == "math"
    parts = [re.fullmatch(r"\$\{(\w+)\} >= (\d+)", part) for part in model["expression"].split(" || ")]
    return {labels: v for part in parts if part for labels, v in known[part[1]].items() if v[0] >= float(part[2])}
