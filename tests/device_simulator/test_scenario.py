from pathlib import Path

import pytest

from contract.errors import Misconfigured
from device_simulator.scenario import SHIPPED, changed, idle, load_scenario, read_scenario, shipped_scenarios

DOCUMENT = Path(__file__).parents[2] / "docs" / "simulator.md"


def test_all_that_were_promised_are_shipped() -> None:
    promised = {"steady", "day", "peak", "live", "offline", "flaky", "hostile", "storm"}
    assert promised <= set(shipped_scenarios())


def test_a_name_and_its_file_are_the_same() -> None:
    assert load_scenario("peak") == load_scenario(str(SHIPPED / "peak.toml"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("devices = 3", "devices: expected object, got int"),
        ("[devices]", "missing required field about"),
        ('about = "x"\n[timng]\n', "unknown field timng: use about, devices"),
        ('about = "x"\n[timing]\nintervall_s = 3', "timing: unknown field intervall_s: use pace, interval_s"),
        ('about = "x"\n[timing]\npace = "trot"', "timing.pace: must be one of interval, bursts, day, return, life"),
        ('about = "x"\n[timing]\nsizes = [500, 0]', "timing.sizes[1]: expected int >= 1"),
        ('about = "x"\n[timing]\ninterval_s = "3"', "timing.interval_s: expected float, got str"),
        ('about = "x"\n[faults]\ndropped = 3', "faults.dropped: expected float <= 1.0"),
        ('about = "x"\n[faults]\ndropped = 0.6\nduplicated = 0.6', "together must not exceed 1"),
        ('about = "x"\n[attacks]\nmalformed = 0.6\noversize = 0.6', "together must not exceed 1"),
        ('about = "x"\n[content]\nkinds = ["meal"]', "content.kinds: no kind 'meal': use meals, exercises"),
        ('about = "x"\n[content]\nof = "workout"\n[timing]\npace = "day"', "a workout has no pace 'day'"),
        ("about = ", "is not TOML"),
        ("\udcff", "is not TOML"),
    ],
)
def test_a_file_that_is_wrong_is_told_where(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Misconfigured) as raised:
        read_scenario(path)
    assert "mine.toml" in str(raised.value)
    assert complaint in str(raised.value)


@pytest.mark.parametrize("name", ["nope", "../scenarios/peak", "", "missing.toml"])
def test_one_that_is_not_there_is_told_so(name: str) -> None:
    with pytest.raises(Misconfigured):
        load_scenario(name)


def test_options_replace_what_a_file_says_and_are_held_to_the_same_bounds() -> None:
    steady = load_scenario("steady")
    other = changed(steady, devices={"count": 7, "lives": None}, timing={"interval_s": 0.5})
    assert (other.devices.count, other.devices.lives, other.timing.interval_s) == (7, steady.devices.lives, 0.5)
    assert other.name == "steady"
    with pytest.raises(Misconfigured, match=r"timing\.jitter"):
        changed(steady, timing={"jitter": 2.0})


def test_options_without_meaning_are_named() -> None:
    given = {"interval": 1.0, "jitter": None, "speed": 2.0, "days": 3, "no_receipts": None, "diary": None}
    assert idle(load_scenario("steady"), **given) == []
    assert idle(load_scenario("day"), **given) == ["--interval", "--days"]
    assert idle(load_scenario("live"), **given) == ["--days"]
    assert idle(load_scenario("offline"), **given) == ["--interval", "--speed"]
    assert idle(load_scenario("lives"), no_receipts=True) == ["--no-receipts"]


def test_the_guide_explains_every_line_of_a_scenario_file() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    scenario = load_scenario("steady")
    for table in ("devices", "timing", "content", "faults", "attacks"):
        assert f"[{table}]" in text
        for name in getattr(scenario, table).__struct_fields__:
            assert f"`{name}`" in text, f"{table}.{name}"
    for name in shipped_scenarios():
        assert f"`{name}`" in text
