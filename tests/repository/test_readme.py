"""What a newcomer is told: the commands are there, the links lead somewhere, the examples can be stored."""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract.reading import find_kind, read_batch
from contract.stamping import Horizon, epoch_ms
from contract.topics import read_telemetry
from paceline.demo_people import EXAMPLE_ID
from tests.repository.files import ROOT, text

GUIDES = ("README.md", "CONTRIBUTING.md")
TOPIC = re.compile(r"v1/users/[^/\s]+/telemetry/\w+")


def make_targets() -> set[str]:
    """The targets that `make help` lists."""
    shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^  make (\w+)", shown, flags=re.MULTILINE))


def test_make_alone_lists_the_targets() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert {"run", "test", "check", "bench", "chaos", "fmt"} <= make_targets()
    assert all(f"make {target}" in shown for target in make_targets())


@pytest.mark.parametrize("guide", GUIDES)
def test_every_make_command_that_a_guide_names_is_a_target(guide: str) -> None:
    named = set(re.findall(r"(?:^|`)make (\w+)", text(guide), flags=re.MULTILINE))
    assert named
    assert named <= make_targets()


@pytest.mark.parametrize("guide", GUIDES)
def test_every_link_of_a_guide_leads_to_a_file(guide: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text(guide)) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.json")), ids=lambda path: path.name)
def test_an_example_is_a_batch_that_is_stored_whole(example: Path) -> None:
    now = datetime.now(UTC)
    payload = example.read_text(encoding="utf-8").replace("NOW", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    user_id = re.findall(r'"user_id": "([^"]+)"', payload)[0]
    reading = read_batch(
        find_kind(example.stem), user_id, payload.encode(), Horizon.at(epoch_ms(now), retention_days=1_095)
    )
    assert reading.stamped.items
    assert (reading.rejected, reading.ignored) == ([], [])


def test_the_topic_to_try_belongs_to_the_user_of_the_example() -> None:
    [user] = re.findall(r"^user=(\S+)$", text("README.md"), flags=re.MULTILINE)
    topics = TOPIC.findall(text("README.md").replace("$user", user))
    assert topics
    for topic in topics:
        user_id, kind = read_telemetry(topic)
        assert user_id == user == EXAMPLE_ID
        assert f'"user_id": "{user_id}"' in text(f"examples/{kind}.json")
