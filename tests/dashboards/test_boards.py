"""What every board keeps to, whatever is in the databases."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from typer.testing import CliRunner

from contract.conventions import HOME_DIASTOLIC_MMHG, HOME_SYSTOLIC_MMHG
from contract.daily import STORED
from dashboards import building, links, palette, units
from dashboards.asking.asker import panels_of
from dashboards.geometry import COLUMNS, FIRST_SCREEN, Line
from paceline.cli import app
from tests.dashboards.conftest import ALL_BOARDS, board

SHIPPED = {
    "barchart", "geomap", "heatmap", "histogram", "row", "stat", "table", "timeseries",
}  # fmt: skip
SOURCES = {"paceline-series", "paceline-records", "paceline-prometheus", "-- Mixed --"}
THEMED = {"text", "transparent"}


def every_panel() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ALL_BOARDS:
        for panel in panels_of(board(name)):
            yield name, dict(panel)


def test_the_committed_json_is_what_the_code_makes() -> None:
    assert building.stale() == []


def test_what_is_stale_is_found_and_written_anew(tmp_path: Path) -> None:
    building.write(tmp_path)
    (tmp_path / "roster.json").write_text("{}")
    (tmp_path / "forgotten.json").write_text("{}")
    checked = CliRunner().invoke(app, ["dashboards", "build", "--check", "--folder", str(tmp_path)])
    assert checked.exit_code == 1
    assert "forgotten.json, roster.json" in checked.output
    assert CliRunner().invoke(app, ["dashboards", "build", "--folder", str(tmp_path)]).exit_code == 0
    assert building.stale(tmp_path) == []


@pytest.mark.parametrize("name", ALL_BOARDS)
def test_no_panel_lies_on_another_or_off_the_grid(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board(name)["panels"]:
        place = panel["gridPos"]
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= COLUMNS
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
    assert {y for _, y in taken} == set(range(max(y for _, y in taken) + 1)), "no gaps either"


@pytest.mark.parametrize("name", ALL_BOARDS)
def test_the_first_screen_holds_whole_panels(name: str) -> None:
    ends = {panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board(name)["panels"]}
    assert any(FIRST_SCREEN - 3 <= end <= FIRST_SCREEN for end in ends)


@pytest.mark.parametrize("name", ALL_BOARDS)
def test_json_goes_through_the_models_without_loss(name: str) -> None:
    register_default_plugins()
    made = board(name)
    again = json.loads(json.dumps(Dashboard.from_json(made), cls=JSONEncoder))
    # The models know annotations of Grafana's own store only, which have no question.
    assert without_questions(again) == without_questions(made)


def without_questions(made: dict[str, Any]) -> dict[str, Any]:
    marks = [{**each, "target": None} for each in made["annotations"]["list"]]
    return made | {"annotations": made["annotations"] | {"list": marks}}


def test_each_board_has_an_id_and_a_title_of_its_own_and_each_panel_a_number() -> None:
    boards = [board(name) for name in ALL_BOARDS]
    for what in ("uid", "title"):
        assert len({made[what] for made in boards}) == len(boards)
    for made in boards:
        numbers = [panel["id"] for panel in made["panels"]]
        assert len(set(numbers)) == len(numbers)


def test_every_panel_says_what_it_is_and_what_to_do_without_data() -> None:
    for name, panel in every_panel():
        said = (name, panel["title"])
        assert panel["title"].endswith("?") or re.fullmatch(r"[A-Z][\w ,()-]+", panel["title"]), said
        assert 10 <= len(panel["description"]) <= 140, said
        assert "\n" not in panel["description"], said
        assert len(panel["fieldConfig"]["defaults"]["noValue"]) > 8, said
        assert panel["fieldConfig"]["defaults"]["unit"], said


def test_only_plug_ins_that_grafana_ships_and_our_data_sources_are_used() -> None:
    for name in ALL_BOARDS:
        made = board(name)
        assert {panel["type"] for panel in made["panels"]} <= SHIPPED
        assert set(re.findall(r'"uid": "([^"]+)"', json.dumps(made))) - {made["uid"]} <= SOURCES


def test_only_colours_of_the_palette_are_used() -> None:
    ours = {value for value in vars(palette).values() if isinstance(value, str) and value.startswith("#")}
    for name in ALL_BOARDS:
        text = json.dumps(board(name))
        assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", text)) <= ours
        assert set(re.findall(r'"(?:color|fixedColor)": "([^"]+)"', text)) <= ours | THEMED


def test_a_blood_pressure_that_concerns_the_roster_has_a_colour_that_says_so() -> None:
    for name, panel in every_panel():
        if name == "recovery" and panel["title"] in {"Systolic", "Diastolic"}:
            steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
            high = HOME_SYSTOLIC_MMHG if panel["title"] == "Systolic" else HOME_DIASTOLIC_MMHG
            concerning = {step["color"] for step in steps if step["value"] is not None and step["value"] >= high}
            assert high in {step["value"] for step in steps}
            assert concerning == {palette.LOOK, palette.URGENT}


def test_what_follows_from_what_is_chosen_is_in_no_address_and_asked_for_anew() -> None:
    found = [
        variable
        for name in ALL_BOARDS
        for variable in board(name)["templating"]["list"]
        if variable["type"] == "query" and variable["hide"]
    ]
    assert {variable["name"] for variable in found} == {"clients", "ended", "living_need", "zone"}
    for variable in found:
        assert variable["skipUrlSync"]
        assert variable["refresh"] == 2  # with the time range, so with each refresh


def test_links_lead_to_boards_that_there_are() -> None:
    there = {board(name)["uid"] for name in ALL_BOARDS}
    for name in ALL_BOARDS:
        assert set(re.findall(r"/d/([\w-]+)", json.dumps(board(name)))) <= there


def test_a_name_on_the_roster_leads_to_the_client_with_the_time_range_kept() -> None:
    [table] = [panel for panel in panels_of(board("roster")) if panel["type"] == "table"]
    [link] = [
        value["value"][0]["url"]
        for override in table["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == "Client"
        for value in override["properties"]
        if value["id"] == "links"
    ]
    assert link.startswith(f"/d/{links.CLIENT}?var-client=${{__data.fields.client}}")
    assert "${__url_time_range}" in link


def test_marks_are_on_all_boards_of_a_client() -> None:
    for name in ALL_BOARDS:
        made = board(name)
        if links.CLIENT_TAG in made["tags"]:
            assert [each["name"] for each in made["annotations"]["list"]] == ["Feedback", "Answers", "Alerts"]
            assert {"coach", "client"} <= {variable["name"] for variable in made["templating"]["list"]}


def test_every_unit_of_the_contract_has_a_name_in_grafana() -> None:
    for kind in STORED.values():
        for field in kind.fields:
            if field.quantity:
                assert units.unit_of(field.name, kind.name)
    with pytest.raises(LookupError, match="no number"):
        units.unit_of("time_zone")


def test_a_line_that_is_not_as_wide_as_the_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="24"):
        Line(8, [(None, 12), (None, 8)])
