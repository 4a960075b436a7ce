"""Every alert rule on the real databases: quiet when all is well, told when it is not, and documented."""

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from paceline.processes import find_program, is_listening
from tests.deploy.alerting import EXPRESSION, FILE, Rule, instant, rules
from tests.deploy.natively import Natively
from tests.deploy.visiting import Visitor, until, visitor
from tests.repository.files import ROOT, text

RULES = rules()
SOURCES = {"paceline-series", "paceline-records", "paceline-prometheus"}

each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@pytest.fixture(scope="module")
def ann(native: Natively, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """One for the tests of this file, which say anew each time how she is."""
    made = visitor(native, tmp_path_factory.mktemp("ann"))
    yield made
    made.http.close()


def as_owner(stack: Natively, statement: str, *values: Any) -> None:
    """Change the records as nobody in the stack may."""
    password = stack.stack.secret("postgres", "password").read_text()

    async def execute() -> None:
        connection = await asyncpg.connect(
            f"postgresql://paceline:{password}@127.0.0.1:{stack.ports['postgres']}/paceline"
        )
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    asyncio.run(execute())


# ---- As Grafana reads them ------------------------------------------------------------------------------------------


def test_what_an_operator_must_be_told_has_a_rule() -> None:
    asked = {"silent-device", "high-blood-pressure", "lag", "dead-letters", "disk", "circuit-open"}
    assert {f"paceline-{each}" for each in asked} <= RULES.keys()


@each_rule
def test_a_rule_is_one_that_grafana_takes(rule: Rule) -> None:
    said = rule.said
    assert len(rule.uid) <= 40
    letters = [each["refId"] for each in said["data"]]
    assert said["condition"] in letters
    assert len(set(letters)) == len(letters)
    assert {each["datasourceUid"] for each in said["data"]} <= SOURCES | {EXPRESSION}
    assert all(each["model"]["refId"] == each["refId"] for each in said["data"])
    assert all(each["relativeTimeRange"]["from"] > each["relativeTimeRange"]["to"] >= 0 for each in rule.questions)
    assert said["noDataState"] in {"OK", "NoData", "Alerting"}
    assert said["execErrState"] in {"Error", "Alerting"}
    assert re.fullmatch(r"\d+[smh]", said["for"])
    assert said["labels"]["severity"] in {"warning", "critical"}
    # Grafana would read a dollar sign as a variable of its environment.
    assert "$" not in json.dumps([said["annotations"], said["labels"], said["title"]])


@each_rule
def test_a_rule_has_a_section_that_says_what_to_do(rule: Rule) -> None:
    guide = text("docs/operations.md")
    assert f"\n### {rule.said['title']}\n" in guide
    page, _, anchor = rule.said["annotations"]["runbook_url"].partition("#")
    assert (ROOT / page).exists()
    assert anchor == re.sub(r"[^\w -]", "", rule.said["title"].lower()).replace(" ", "-")


def test_no_section_is_about_a_rule_that_is_no_more() -> None:
    [about] = re.findall(r"\n## When an alert fires\n(.*?)(?=\n## |\Z)", text("docs/operations.md"), flags=re.DOTALL)
    assert set(re.findall(r"^### (.+)$", about, flags=re.MULTILINE)) == {rule.said["title"] for rule in RULES.values()}


def test_who_is_told_is_there() -> None:
    said = yaml.safe_load(text(FILE.replace("rules.yaml", "notify.yaml")))
    assert {policy["receiver"] for policy in said["policies"]} == {point["name"] for point in said["contactPoints"]}


# ---- On the databases -----------------------------------------------------------------------------------------------


@each_rule
def test_every_question_is_answered_and_nothing_fires_when_all_is_well(native: Natively, rule: Rule) -> None:
    until(lambda: instant(native, "paceline:part_up:min{job='mosquitto'}"))
    numbers = rule.numbers(native)
    assert numbers.keys() == {each["refId"] for each in rule.questions}
    if rule.uid != "paceline-disk":  # this machine's may be full
        assert rule.firing(native) == []


def test_a_very_high_blood_pressure_is_told_and_an_ordinary_one_is_not(
    native: Natively, ann: Visitor, tmp_path: Path
) -> None:
    folder = tmp_path / "bob"
    folder.mkdir()
    bob = visitor(native, folder)
    bob.http.close()
    assert ann.publish("blood_pressure", {"systolic": 184, "diastolic": 96})["status"] == "stored"
    assert bob.publish("blood_pressure", {"systolic": 134, "diastolic": 84})["status"] == "stored"
    assert RULES["paceline-high-blood-pressure"].firing(native) == [{"user_id": ann.user_id}]
    assert bob.publish("blood_pressure", {"systolic": 150, "diastolic": 112})["status"] == "stored"
    fired = RULES["paceline-high-blood-pressure"].firing(native)
    assert {each["user_id"] for each in fired} == {ann.user_id, bob.user_id}


@pytest.mark.parametrize(
    ("days", "state", "fires"), [(4, "offline", True), (4, None, True), (2, "offline", False), (4, "online", False)]
)
def test_a_device_that_was_away_for_three_days_is_told(
    native: Natively, ann: Visitor, days: int, state: str | None, fires: bool
) -> None:
    seen = "UPDATE devices SET last_seen_at = now() - make_interval(days => $2), state = $3 WHERE id = $1"
    as_owner(native, seen, ann.device["id"], days, state)
    fired = RULES["paceline-silent-device"].firing(native)
    told = {"client": "Ann O'Hara", "device": "watch", "device_id": ann.device["id"]}
    assert (told in fired) is fires


@pytest.mark.parametrize(
    ("reasons", "fires"),
    [('[{"code": "nothing_arrives"}]', True), ('[{"code": "load_jump"}]', False), ("null", False), (None, False)],
)
def test_a_client_from_whom_nothing_arrives_is_told(
    native: Natively, ann: Visitor, reasons: str | None, fires: bool
) -> None:
    made = "INSERT INTO standings (user_id, turn, due_at, reasons) VALUES ($1, 0, now() + interval '1 day', $2)"
    as_owner(native, made + " ON CONFLICT (user_id) DO UPDATE SET reasons = $2", ann.user_id, reasons)
    fired = RULES["paceline-silent-client"].firing(native)
    assert ({"client": "Ann O'Hara", "client_id": ann.user_id} in fired) is fires


def test_a_part_that_hangs_is_told(native: Natively) -> None:
    child = native.children["insights"]
    os.kill(child.pid, signal.SIGSTOP)
    try:
        until(lambda: RULES["paceline-down"].firing(native) == [{"job": "insights"}])
    finally:
        os.kill(child.pid, signal.SIGCONT)
    until(lambda: RULES["paceline-down"].firing(native) == [])
    assert is_listening(native.ports["insights"])


def test_a_database_that_is_away_is_told_by_the_circuit_of_the_api(native: Natively, ann: Visitor) -> None:
    rule, database = RULES["paceline-circuit-open"], native.children["influxdb"]

    def read() -> int:
        return ann.http.get("/users/me/meals").status_code

    assert read() == 200
    database.kill()
    try:
        until(lambda: read() == 503 and rule.firing(native))
        assert rule.firing(native) == [{"circuit": "series"}]
    finally:
        database.start()
    until(lambda: read() == 200)
    until(lambda: rule.firing(native) == [])


# ---- What the other figures would say, by Prometheus' own tests of rules --------------------------------------------

CASES = {
    "paceline-lag": ("paceline_ingest_oldest_unacknowledged_seconds", "61x30", "59x30"),
    "paceline-insights-lag": ("paceline_insights_oldest_waiting_seconds", "601x30", "599x30"),
    "paceline-broker-queue": ("paceline_broker_queued_messages", "100001x30", "99999x30"),
    "paceline-broker-drops": ("paceline_broker_messages_dropped_total", "0+1x30", "5x30"),
    "paceline-disk": ('node_filesystem_avail_bytes{mountpoint="/"}', "14x30", "16x30"),
    "paceline-dead-letters": ('paceline_ingest_dead_letters_total{cause="batch"}', "0+3x30", "0+1x30"),
    "paceline-down": ('up{job="api"}', "0x30", "1x30"),
    "paceline-circuit-open": ('paceline_circuit_open{circuit="series"}', "1x30", "0x30"),
}
BESIDE = {
    "paceline-disk": [{"series": 'node_filesystem_size_bytes{mountpoint="/"}', "values": "100x30"}],
    "paceline-dead-letters": [{"series": 'paceline_ingest_messages_total{outcome="stored"}', "values": "0+100x30"}],
}


def test_every_rule_about_figures_has_a_case() -> None:
    about = {uid for uid, rule in RULES.items() if rule.questions[0]["datasourceUid"] == "paceline-prometheus"}
    assert CASES.keys() == about


@pytest.mark.parametrize("fires", [True, False])
@pytest.mark.parametrize("uid", CASES)
def test_a_figure_beyond_its_limit_is_told_and_one_below_is_not(tmp_path: Path, uid: str, fires: bool) -> None:
    rule = RULES[uid]
    series, beyond, below = CASES[uid]
    [condition] = rule.expressions[0]["model"]["conditions"]
    [limit] = condition["evaluator"]["params"]
    sign = ">" if condition["evaluator"]["type"] == "gt" else "<"
    holds = f"count(({rule.questions[0]['model']['expr']}) {sign} {limit}) or vector(0)"
    case = {
        "interval": "1m",
        "input_series": [{"series": series, "values": beyond if fires else below}, *BESIDE.get(uid, [])],
        "promql_expr_test": [
            {"expr": holds, "eval_time": "20m", "exp_samples": [{"labels": "{}", "value": int(fires)}]}
        ],
    }
    file = tmp_path / "case.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(ROOT / "deploy/prometheus/rules.yml")], "tests": [case]}))
    tested = subprocess.run(
        [find_program("promtool", "prometheus"), "test", "rules", str(file)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
