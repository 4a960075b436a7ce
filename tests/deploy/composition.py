"""docker-compose.yml as Compose reads it: variables put in, services with what they mount and are told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.repository.files import text

VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")

USER = {"PACELINE_UID": "10001", "PACELINE_GID": "10001"}
"""What `paceline setup --stack` notes for Compose."""


@dataclass(frozen=True, slots=True)
class Mount:
    """Something of the machine that a service sees.

    Attributes:
        source: path on the machine, relative to the repository's folder.
        target: path in the container.
        read_only: the service can't change it.
    """

    source: str
    target: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Service:
    """One service."""

    name: str
    said: Mapping[str, Any]

    @property
    def command(self) -> list[str]:
        return [str(part).replace("$$", "$") for part in self.said.get("command", [])]

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.said.get("environment", {}).items()}

    @property
    def mounts(self) -> list[Mount]:
        return [_mount(each) for each in self.said.get("volumes", [])]

    @property
    def needs(self) -> dict[str, str]:
        """Services that it waits for, each with the condition."""
        return {name: told["condition"] for name, told in self.said.get("depends_on", {}).items()}


def _mount(said: Any) -> Mount:
    if isinstance(said, dict):
        return Mount(said["source"], said["target"], said.get("read_only", False))
    source, target, *how = said.split(":")
    return Mount(source, target, "ro" in ",".join(how).split(","))


@cache
def written() -> Any:
    """The file as it is written, anchors followed."""
    return yaml.safe_load(text("docker-compose.yml"))


def variables() -> dict[str, tuple[str, str]]:
    """Those that the file asks for: `-` or `?`, and the default or the complaint."""
    return {name: (how, more) for name, how, more in VARIABLE.findall(text("docker-compose.yml"))}


def services(**given: str) -> dict[str, Service]:
    """All services, with these variables."""
    known = USER | given
    filled = VARIABLE.sub(lambda found: known.get(found[1], found[3] or ""), text("docker-compose.yml"))
    return {name: Service(name, said) for name, said in yaml.safe_load(filled)["services"].items()}
