"""What the truth of a story says is what its person's measurements show."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import mean

import pytest

from contract.catalogue import CATALOGUE
from contract.errors import Misconfigured
from contract.quantities import Daily
from device_simulator.cast import Role, Truth, find_truth
from device_simulator.people.day import Day, live_day
from device_simulator.people.person import Person
from device_simulator.people.state import states
from device_simulator.people.stories import PLOTS
from tests.device_simulator.people.lives import FIRST, spoken

TODAY = FIRST + timedelta(days=60)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return find_truth(tmp_path_factory.mktemp("truth") / "stories.json", 1, range(20), TODAY, 60)


def days(person: Person, first: date, count: int) -> list[Day]:
    lived = zip(range(count), states(person, first), strict=False)
    return [live_day(person, first + timedelta(days=number), state) for number, state in lived]


def daily_columns() -> Iterator[tuple[str, str, str, Daily]]:
    """Column of the daily summary, kind, field, and how the one is made of the other."""
    for kind in CATALOGUE.values():
        for field in kind.fields:
            for daily in field.quantity.daily if field.quantity else ():
                yield daily.column, kind.name, field.name, daily


def values(lived: list[Day], column: str) -> list[float]:
    _, kind, field, daily = next(each for each in daily_columns() if each[0] == column)
    items = [item for day in lived for due in day.batches if due.kind == kind for item in due.batch.items]
    if daily.where:
        items = [item for item in items if getattr(item, daily.where[0]) == daily.where[1]]
    found = [value for item in items if (value := getattr(item, field)) is not None]
    return [sum(found) / len(lived)] if daily.operation == "sum" and found else found


def test_there_is_a_story_of_each_kind_and_each_is_somebody_elses(truth: Truth) -> None:
    assert {role.story for role in truth.stories} == set(PLOTS)
    assert len({role.user_id for role in truth.stories}) == len(PLOTS)
    assert all(TODAY - role.began == timedelta(days=28) for role in truth.stories)


@pytest.mark.parametrize("name", PLOTS)
def test_the_measurements_show_what_the_truth_says(truth: Truth, name: str) -> None:
    role = next(role for role in truth.stories if role.story == name)
    person = truth.cast[role.index]
    before = days(person, role.began - timedelta(days=21), 21)
    after = days(person, role.began + timedelta(days=21), 7)
    for column, direction in role.find.items():
        past, now = values(before, column), values(after, column)
        assert past, column
        if direction == "stops":
            assert not now, column
        else:
            change = mean(now) / mean(past) - 1
            assert change > 0.03 if direction == "rises" else change < -0.03, (column, change)


@pytest.mark.parametrize("name", PLOTS)
def test_before_it_begins_the_person_is_like_everybody(truth: Truth, name: str) -> None:
    role = next(role for role in truth.stories if role.story == name)
    told, plain = truth.cast[role.index], Person.from_seed(1, role.index)
    if PLOTS[name].before(plain) == plain:
        first = role.began - timedelta(days=14)
        for one, other in zip(days(told, first, 7), days(plain, first, 7), strict=True):
            assert spoken(one.batches) == spoken(other.batches)


def test_a_story_is_lived_the_same_whichever_day_is_asked_for_first(truth: Truth) -> None:
    for role in truth.stories:
        person = truth.cast[role.index]
        day = role.began + timedelta(days=9)
        assert spoken(live_day(person, day).batches) == spoken(days(person, role.began, 10)[-1].batches)


def test_a_later_run_goes_on_with_the_same_stories(tmp_path: Path) -> None:
    path = tmp_path / "stories.json"
    first = find_truth(path, 1, range(20), TODAY, 60)
    assert find_truth(path, 1, range(20), TODAY + timedelta(days=3), 60) == first
    assert find_truth(path, 2, range(20), TODAY, 60) != first
    path.write_text("{")
    assert find_truth(path, 1, range(20), TODAY, 60) == first


def test_stories_are_the_same_however_many_processes_live_them(tmp_path: Path) -> None:
    whole = find_truth(tmp_path / "whole", 1, range(20), TODAY, 60)
    for part in (range(20_000), range(whole.stories[0].index, 20)):
        assert find_truth(tmp_path / f"part-{part}", 1, part, TODAY, 60) == whole


def test_somebody_must_be_there_to_live_them(tmp_path: Path) -> None:
    find_truth(tmp_path / "known", 1, range(20), TODAY, 60)
    for name in ("stories.json", "known"):
        with pytest.raises(Misconfigured, match="include one of them"):
            find_truth(tmp_path / name, 1, range(20, 400), TODAY, 60)
    with pytest.raises(Misconfigured, match="written"):
        find_truth(tmp_path / "none" / "stories.json", 1, range(20), TODAY, 60)


def test_the_truth_names_real_columns() -> None:
    columns = {column for column, *_ in daily_columns()}
    for name, plot in PLOTS.items():
        assert set(plot.find) <= columns, name
        assert isinstance(Role(name, plot.about, "u", 0, TODAY, plot.find), Role)
