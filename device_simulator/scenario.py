"""Scenarios: what a fleet does, as a TOML file says it. docs/simulator.md explains each line.

scenario = load_scenario("peak")          # one of those shipped
scenario = load_scenario("my-peak.toml")  # a file
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from contract.catalogue import CATALOGUE
from contract.errors import Misconfigured

SHIPPED = Path(__file__).with_name("scenarios")

Pace = Literal["interval", "bursts", "day", "return", "life"]
Subject = Literal["life", "workout"]
_CHOICES = {"timing.pace": get_args(Pace), "content.of": get_args(Subject)}
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=10_000_000)]


class Devices(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`[devices]`.

    Attributes:
        count: how many; each is one person with one MQTT session.
        lives: how many different people there are; beyond, devices live the same days under user ids of their own.
        connect_rate: connections a second; 0: all at once.
        in_flight: most batches of one device on their way.
    """

    count: Annotated[int, Meta(ge=1, le=1_000_000)] = 100
    lives: Annotated[int, Meta(ge=1, le=1_000_000)] = 500
    connect_rate: Annotated[float, Meta(ge=0, le=1_000_000)] = 500.0
    in_flight: Annotated[int, Meta(ge=1, le=60_000)] = 64


class Timing(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`[timing]`.

    Attributes:
        pace: what decides when a batch is due. `interval`: each device sends every `interval_s`. `bursts`: every
            `interval_s` so many batches as `sizes` says are due at the same moment. `day`: a day of the devices'
            people, at `speed`. `return`: all that `past_days` have left at once. `life`: the past first, then as lived.
        interval_s: seconds.
        jitter: of the interval: each send comes later by chance, up to this part of it.
        sizes: batches in each burst, over and over.
        speed: simulated seconds a second.
        duration_s: of the run, from when the devices are connected; None: until it is done or stopped.
    """

    pace: Pace = "interval"
    interval_s: Seconds = 10.0
    jitter: Share = 0.2
    sizes: Annotated[tuple[Annotated[int, Meta(ge=1, le=1_000_000)], ...], Meta(min_length=1)] = (500,)
    speed: Annotated[float, Meta(gt=0, le=1_000_000)] = 1.0
    duration_s: Seconds | None = None


class Content(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`[content]`.

    Attributes:
        of: `life`: what people measure day by day. `workout`: a recording at 1 Hz, as it goes on.
        kinds: only these; empty: all.
        most_items: larger batches are sent in pieces of so many items.
        past_days: how long before today the lives begin.
    """

    of: Subject = "life"
    kinds: tuple[str, ...] = ()
    most_items: Annotated[int, Meta(ge=1, le=1_000)] = 1_000
    past_days: Annotated[int, Meta(ge=0, le=1_000)] = 30


class Faults(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`[faults]`: what goes wrong without anybody's bad will. Shares are of all sends.

    Attributes:
        dropped: the connection is lost just after the send, for `away_s`.
        duplicated: the batch is published twice.
        reordered: a batch comes after the one that follows it.
        away_s: seconds without a connection.
        skew_s: clocks of devices are wrong by up to so many seconds, each by its own.
        low_battery: share of devices whose battery runs out: they send ever less, tell of it, go off and come back.
        reconnect_every_s: everybody's connection is lost at the same moment, so often; None: never.
    """

    dropped: Share = 0.0
    duplicated: Share = 0.0
    reordered: Share = 0.0
    away_s: Seconds = 5.0
    skew_s: Annotated[float, Meta(ge=0, le=864_000)] = 0.0
    low_battery: Share = 0.0
    reconnect_every_s: Seconds | None = None


class Attacks(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`[attacks]`: what broken or hostile devices do in place of a good batch. Shares are of all sends.

    Attributes:
        malformed: no JSON, no batch, or one whose items are wrong.
        oversize: more than 1 MiB, or more than 1000 items.
        wrong_topic: another user's topic, an unknown kind, a topic of the house.
        too_fast: so much at once as fits into the network's buffers: 200 small messages.
    """

    malformed: Share = 0.0
    oversize: Share = 0.0
    wrong_topic: Share = 0.0
    too_fast: Share = 0.0


class Scenario(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A whole file.

    Attributes:
        about: one line for people.
        name: the file's, without `.toml`.
    """

    about: Annotated[str, Meta(min_length=1, max_length=200)]
    name: str = ""
    devices: Devices = Devices()
    timing: Timing = Timing()
    content: Content = Content()
    faults: Faults = Faults()
    attacks: Attacks = Attacks()


def shipped_scenarios() -> dict[str, Scenario]:
    """All scenarios that come with Paceline, by name."""
    return {path.stem: read_scenario(path) for path in sorted(SHIPPED.glob("*.toml"))}


def load_scenario(name_or_file: str) -> Scenario:
    """A scenario by its name, or from a file.

    Raises:
        Misconfigured: there is none, or the file says something that it can't.
    """
    if not name_or_file.endswith(".toml"):
        path = SHIPPED / f"{name_or_file}.toml"
        if path.parent != SHIPPED or not path.exists():
            known = ", ".join(sorted(each.stem for each in SHIPPED.glob("*.toml")))
            raise Misconfigured(f"no scenario {name_or_file!r}: use {known}, or a file that ends in .toml")
        return read_scenario(path)
    return read_scenario(Path(name_or_file))


def read_scenario(path: Path) -> Scenario:
    """Read a file.

    Raises:
        Misconfigured: the message says what is wrong, and where.
    """
    try:
        scenario = msgspec.toml.decode(path.read_bytes(), type=Scenario)
    except OSError as error:
        raise Misconfigured(f"the scenario {path} can't be read: {error.strerror}") from None
    except msgspec.ValidationError as error:
        raise Misconfigured(f"{path.name}: {_in_words(str(error))}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path.name} is not TOML: {error}") from None
    if problem := _problem(scenario):
        raise Misconfigured(f"{path.name}: {problem}")
    return replace(scenario, name=path.stem)


def changed(scenario: Scenario, **tables: Mapping[str, Any]) -> Scenario:
    """The same with other values, table by table; those that are None stay as they are.

    Raises:
        Misconfigured: a scenario can't have such values.
    """
    replaced = {
        table: replace(getattr(scenario, table), **{name: value for name, value in values.items() if value is not None})
        for table, values in tables.items()
    }
    try:
        made = msgspec.convert(msgspec.to_builtins(replace(scenario, **replaced)), Scenario)
    except msgspec.ValidationError as error:
        raise Misconfigured(_in_words(str(error))) from None
    if problem := _problem(made):
        raise Misconfigured(problem)
    return made


_WITHOUT: Mapping[str, frozenset[str]] = {
    "interval": frozenset({"diary"}),
    "bursts": frozenset({"diary", "jitter"}),
    "day": frozenset({"diary", "interval", "days"}),
    "return": frozenset({"diary", "interval", "jitter", "speed"}),
    "life": frozenset({"interval", "jitter", "connect_rate", "lives", "pregenerate", "no_receipts"}),
    "workout": frozenset({"days", "pregenerate"}),
}
"""Options that have no meaning with a pace or a content."""


def idle(scenario: Scenario, **given: object) -> list[str]:
    """Options of the command line that were given (are not None) and have no meaning in this scenario."""
    without = _WITHOUT[scenario.timing.pace]
    if scenario.content.of == "workout":
        without |= _WITHOUT["workout"]
    return [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None and name in without]


_TABLES: Mapping[str, type[Struct]] = {
    "": Scenario,
    "devices": Devices,
    "timing": Timing,
    "content": Content,
    "faults": Faults,
    "attacks": Attacks,
}


def _in_words(message: str) -> str:
    """`Expected `float` <= 1.0 - at `$.faults.dropped`` as `faults.dropped: expected a float <= 1.0`."""
    said, _, place = message.partition(" - at `$.")
    words = said.replace("`", "")
    where = place.rstrip("`").replace("[...]", "")
    if words.startswith("Object contains unknown field"):
        known = _TABLES[where].__struct_fields__
        words = f"{words.removeprefix('Object contains ')}: use {', '.join(name for name in known if name != 'name')}"
    if where in _CHOICES:
        words = f"must be one of {', '.join(_CHOICES[where])}"
    words = words[:1].lower() + words[1:]
    return f"{where}: {words}" if where else words


def _problem(scenario: Scenario) -> str | None:
    """What the types of single lines can't say."""
    if unknown := [kind for kind in scenario.content.kinds if kind not in CATALOGUE]:
        return f"content.kinds: no kind {unknown[0]!r}: use {', '.join(CATALOGUE)}"
    attacks = scenario.attacks
    if attacks.malformed + attacks.oversize + attacks.wrong_topic + attacks.too_fast > 1:
        return "attacks: the shares together must not exceed 1"
    faults = scenario.faults
    if faults.dropped + faults.duplicated + faults.reordered > 1:
        return "faults: dropped, duplicated and reordered together must not exceed 1"
    if scenario.content.of == "workout" and scenario.timing.pace not in {"interval", "bursts"}:
        return f"content.of: a workout has no pace {scenario.timing.pace!r}: use interval or bursts"
    return None
