"""Variables and macros in questions, expanded as Grafana expands them.

Sources: Grafana's documentation of variable formats and of each data source's macros; the order is Grafana's too:
variables in the browser, macros of a data source in its backend.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ALL = "$__all"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen of a variable.

    Attributes:
        values: one, or several; of `All`, all there are.
        is_all: `All` was chosen.
        all_value: what stands for all, unformatted; empty: the list of values.
    """

    values: Sequence[str]
    is_all: bool = False
    all_value: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is asked under.

    Attributes:
        from_ms, to_ms: the time range, milliseconds since 1970 UTC.
        choices: by variable.
        login: of who looks, in Grafana.
        max_points: pixels that a panel has for them.
    """

    from_ms: int
    to_ms: int
    choices: Mapping[str, Choice]
    login: str = "viewer"
    max_points: int = 800

    def interval_ms(self, least_ms: int = 1_000) -> int:
        """Of one point: rounded as Grafana rounds, at least what the panel asks for."""
        raw = max((self.to_ms - self.from_ms) / self.max_points, least_ms)
        return max(next((step for limit, step in _ROUNDED if raw < limit), 31_536_000_000), least_ms)


_ROUNDED = [
    (1_500, 1_000), (3_500, 2_000), (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000),
    (45_000, 30_000), (90_000, 60_000), (210_000, 120_000), (450_000, 300_000), (750_000, 600_000),
    (1_050_000, 900_000), (1_500_000, 1_200_000), (2_700_000, 1_800_000), (5_400_000, 3_600_000),
    (9_000_000, 7_200_000), (16_200_000, 10_800_000), (32_400_000, 21_600_000), (86_400_000, 43_200_000),
    (604_800_000, 86_400_000), (1_814_400_000, 604_800_000), (3_628_800_000, 2_592_000_000),
]  # fmt: skip

_VARIABLE = re.compile(r"\$\{(\w+)(?:\.(\w+))?(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)")


class UnknownNameError(LookupError):
    """A variable or macro that nobody declares: Grafana would send it as it stands."""


def variables(text: str, scope: Scope) -> str:
    """With all variables put in; `$__...` that is left for a backend stays as it is.

    Raises:
        UnknownNameError: a variable that the board does not have.
    """

    def replace(found: re.Match[str]) -> str:
        name = found[1] or found[4] or found[6]
        form = found[3] or found[5] or ""
        if name == "__user":
            return _formatted(Choice([{"login": scope.login}[found[2]]]), form)
        if name in {"__from", "__to"}:
            return str(scope.from_ms if name == "__from" else scope.to_ms)
        if name in _FOR_BACKENDS:
            return found[0]
        if name not in scope.choices:
            raise UnknownNameError(name)
        return _formatted(scope.choices[name], form)

    return _VARIABLE.sub(replace, text)


_FOR_BACKENDS = {
    "timeFilter",
    "__interval",
    "__interval_ms",
    "__timeFilter",
    "__timeFrom",
    "__timeTo",
    "__rate_interval",
    "__range",
    "__range_s",
    "col",
}


def _formatted(choice: Choice, form: str) -> str:
    if choice.is_all and choice.all_value:
        return choice.all_value
    values = list(choice.values)
    if form == "sqlstring":
        return ",".join("'" + value.replace("'", "''") + "'" for value in values)
    if form == "regex":
        escaped = [re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value) for value in values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
    if form in {"raw", "csv", ""}:
        if not form and len(values) > 1:
            return "{" + ",".join(values) + "}"
        return ",".join(values)
    raise UnknownNameError(f"format {form}")


def influxql(text: str, scope: Scope, interval_ms: int) -> str:
    """As the backend of InfluxDB sends it."""
    spoken = duration(interval_ms)
    replaced = text.replace("$timeFilter", f"time >= {scope.from_ms}ms and time <= {scope.to_ms}ms")
    return replaced.replace("$__interval_ms", str(interval_ms)).replace("$__interval", spoken)


_MACRO = re.compile(r"\$(\w+)\(([^)]*)\)")


def sql(text: str, scope: Scope) -> str:
    """As the backend of PostgreSQL sends it.

    Raises:
        UnknownNameError: a macro that Grafana does not have.
    """
    start, end = (_moment(each) for each in (scope.from_ms, scope.to_ms))

    def replace(found: re.Match[str]) -> str:
        name, argument = found[1], found[2].split(",")[0].strip()
        if name == "__timeFilter":
            return f"{argument} BETWEEN '{start}' AND '{end}'"
        if name in {"__timeFrom", "__timeTo"}:
            return f"'{start if name == '__timeFrom' else end}'"
        if name == "__time":
            return f'{argument} AS "time"'
        raise UnknownNameError(name)

    return _MACRO.sub(replace, text)


def promql(text: str, scope: Scope, interval_ms: int, scrape_ms: int = 15_000) -> str:
    """As the backend of Prometheus sends it."""
    rate_ms = max(interval_ms + scrape_ms, 4 * scrape_ms)
    range_s = (scope.to_ms - scope.from_ms) // 1_000
    spoken: dict[str, Any] = {
        "$__rate_interval": duration(rate_ms),
        "$__interval": duration(interval_ms),
        "$__range_s": range_s,
        "$__range": f"{range_s}s",
    }
    for name, value in spoken.items():
        text = text.replace(name, str(value))
    return text


def duration(milliseconds: int) -> str:
    """`30s`, `5m`, `1d`, as Grafana writes them."""
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if milliseconds >= length and milliseconds % length == 0:
            return f"{milliseconds // length}{unit}"
    return f"{milliseconds}ms"


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
