"""Who has which story in a run, and the file that says so: the ground truth for what insights should find."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import msgspec

from contract.errors import Misconfigured
from device_simulator.people.person import Person
from device_simulator.people.stories import PLOTS, Direction, with_story

_CANDIDATES = range(20)
"""Among whom the stories are given out, whoever of them a process runs: same seed, same lives."""
_AT_MOST_DAYS = 28
"""So long before today a story begins, if the lives begin early enough; one half of the past days otherwise."""


class Role(msgspec.Struct, frozen=True):
    """A person's story.

    Attributes:
        story: its name.
        about: one line for people.
        user_id, index: whose.
        began: first date of it, local.
        find: what there is to find from then on, by column of the daily summary.
    """

    story: str
    about: str
    user_id: str
    index: int
    began: date
    find: Mapping[str, Direction]


class Truth(msgspec.Struct, frozen=True):
    """What is true of a run's people: the file.

    Attributes:
        seed: of the lives.
        stories: one for each plot.
    """

    seed: int
    stories: list[Role]

    @property
    def cast(self) -> dict[int, Person]:
        """By index, the people to whom something happens."""
        return {
            role.index: with_story(Person.from_seed(self.seed, role.index), role.story, role.began)
            for role in self.stories
        }


def find_truth(path: Path, seed: int, indexes: range, today: date, past_days: int) -> Truth:
    """The truth in a file, so that stories go on where they were; if it has none of this seed, a new one.

    Raises:
        Misconfigured: none of these people has a story, or the file can't be written.
    """
    known = _read(path)
    if known is not None and known.seed == seed:
        return _of_some(known, indexes)
    truth = _of_some(_invent(seed, today - timedelta(days=min(_AT_MOST_DAYS, past_days // 2))), indexes)
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=2) + b"\n")
    except OSError as error:
        raise Misconfigured(f"the truth {path} can't be written: {error.strerror}") from None
    return truth


def _of_some(truth: Truth, indexes: range) -> Truth:
    theirs = sorted(role.index for role in truth.stories)
    if not any(index in indexes for index in theirs):
        known = ", ".join(map(str, theirs))
        raise Misconfigured(f"the stories of this seed are lived by devices {known}: include one of them")
    return truth


def _invent(seed: int, began: date) -> Truth:
    free = {index: Person.from_seed(seed, index) for index in _CANDIDATES}
    roles = []
    for name, plot in PLOTS.items():
        index = next((index for index, person in free.items() if plot.suits(person)), next(iter(free)))
        person = free.pop(index)
        roles.append(Role(name, plot.about, person.user_id, index, began, plot.find))
    return Truth(seed, roles)


def _read(path: Path) -> Truth | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Truth)
    except (OSError, msgspec.MsgspecError):
        return None
