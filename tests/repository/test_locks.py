"""The lock files: they hold what pyproject.toml asks for, on every supported Python and system, and name no source."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repository.files import text

LOCKS = ("requirements.txt", "requirements-dev.txt")
MACHINES = [
    {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": system}
    for version in ("3.11", "3.12", "3.13")
    for system in ("linux", "darwin")
]


def pins(lock: str) -> dict[str, tuple[Requirement, frozenset[str]]]:
    """Each package of a lock file: its requirement and the hashes that are accepted."""
    found: dict[str, tuple[Requirement, frozenset[str]]] = {}
    for entry in re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", text(lock), flags=re.MULTILINE)):
        requirement, *hashes = (part.strip() for part in entry.replace("\\\n", "").split("--hash="))
        pin = Requirement(requirement)
        found[canonicalize_name(pin.name)] = (pin, frozenset(hashes))
    return found


def wanted(*groups: str) -> Iterator[Requirement]:
    """What pyproject.toml asks for: the dependencies, and those of the given groups."""
    project = tomllib.loads(text("pyproject.toml"))
    entries = list(project["project"]["dependencies"])
    for group in groups:
        entries += [entry for entry in project["dependency-groups"][group] if isinstance(entry, str)]
    return map(Requirement, entries)


def unsatisfied(lock: str, requirements: Iterator[Requirement], machine: dict[str, str]) -> list[str]:
    """The requirements that a machine would find missing, or pinned to a version that they exclude."""
    locked = pins(lock)
    missing = []
    for requirement in requirements:
        if requirement.marker and not requirement.marker.evaluate(machine):
            continue
        pin, _ = locked.get(canonicalize_name(requirement.name), (None, None))
        if pin is None or (pin.marker and not pin.marker.evaluate(machine)):
            missing.append(f"{requirement} is not there")
        elif not requirement.specifier.contains(str(pin.specifier).removeprefix("=="), prereleases=True):
            missing.append(f"{requirement} excludes {pin}")
    return missing


@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda machine: f"{machine['sys_platform']}-{machine['python_version']}"
)
def test_the_locks_hold_what_pyproject_asks_for(machine: dict[str, str]) -> None:
    assert unsatisfied("requirements.txt", wanted("build"), machine) == []
    assert unsatisfied("requirements-dev.txt", wanted("build", "dev"), machine) == []


def test_what_is_tested_is_what_runs() -> None:
    run, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: (str(pin), hashes) for name, (pin, hashes) in run.items()} == {
        name: (str(pin), hashes) for name, (pin, hashes) in dev.items() if name in run
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_to_one_version_by_hashes(lock: str) -> None:
    for name, (pin, hashes) in pins(lock).items():
        assert re.fullmatch(r"==[^=*,<>]+", str(pin.specifier)), name
        assert hashes, name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), name


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_folder(lock: str) -> None:
    entries = [line for line in text(lock).splitlines() if not line.lstrip().startswith(("#", "--hash="))]
    assert entries
    for line in entries:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==[A-Za-z0-9.+!]+( ; [^/:@]+)? \\", line), line
