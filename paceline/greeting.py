"""What a local run says when it is on: where everything is, and what to try."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from contract import topics
from device_simulator.demo import DemoOptions
from device_simulator.people.person import Person
from paceline.accounts import MadeAccounts, lines
from paceline.demo_people import COACH, EXAMPLE
from paceline.house import LocalHouse

STORIES = "stories.json"
"""In the data folder: to whom of the simulated people something happens, and what there is to find."""


def greet(house: LocalHouse, made: MadeAccounts, demo: DemoOptions | None, people: Sequence[Person]) -> None:
    """Print it.

    Args:
        house: that is open.
        made: its accounts.
        demo: how simulated people live here, if there may be any.
        people: those.
    """
    someone = people[0].user_id if people else EXAMPLE.id
    api = f"{house.addresses.api_url}/api/v1"
    print(  # noqa: T201  # this is what the command says
        "Paceline is running. Ctrl-C stops it; nothing is lost.",
        f"  MQTT  {house.addresses.mqtt_url} with passwords, {house.addresses.mqtts_url} with certificates",
        f"  HTTP  {house.addresses.api_url}/docs",
        *(_introduce(demo, people, house.settings.data / STORIES) if demo else []),
        f"Publish a batch as {'one of them' if people else 'somebody'}, and read it back below:",
        _publishing(house, someone),
        *lines(
            made,
            _program(),
            (COACH if people else EXAMPLE).email or "",
            [f"{api}/users/{someone}/meals", *([f"{api}/clients"] if people else [])],
        ),
        sep="\n",
        flush=True,
    )


def _introduce(demo: DemoOptions, people: Sequence[Person], stories: Path) -> list[str]:
    cast = sum(person.index in demo.cast for person in people)
    return [
        f"{len(people)} simulated people live here; their last {demo.days} days come first.",
        f"To {cast} of them something has begun to happen that a coach should notice.",
        f"`clients` below tells what shows by now; {stories} gives it all away.",
    ]


def _publishing(house: LocalHouse, user_id: str) -> str:
    """A line for the shell that logs a meal."""
    batch = (
        f'{{"user_id":"{user_id}","timestamp":"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}","source_device":"phone",'
        f'"items":[{{"meal_id":"1","calories":150}}]}}'
    )
    return (
        f"  mosquitto_pub -h 127.0.0.1 -p {house.addresses.mqtt_port} -u {user_id} "
        f"-P \"$(cat '{house.password_path(user_id)}')\" -q 1 -t {topics.telemetry(user_id, 'meals')} -m '{batch}'"
    )


def _program() -> str:
    """How this command was started."""
    return sys.argv[0] if Path(sys.argv[0]).name == "paceline" else f"{sys.executable} -m paceline"
