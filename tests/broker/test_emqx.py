"""The rules that docs/emqx.md gives for EMQX are those of broker/acl, no more and no fewer."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
OF_MOSQUITTO_ALONE = ("$CONTROL/", "$SYS/")
DEVICES = "devices"

Rule = tuple[str, str, str]
"""Who, publish or subscribe, and the topic filter with `%u` for the user name."""


def mosquittos_rules() -> set[Rule]:
    who, rules = DEVICES, set()
    for line in (ROOT / "broker" / "acl").read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "user":
            who = rest
        elif kind in {"pattern", "topic"}:
            access, topic = rest.split(" ")
            done = {"read": ["subscribe"], "write": ["publish"], "readwrite": ["publish", "subscribe"]}[access]
            rules |= {(DEVICES if kind == "pattern" else who, each, topic) for each in done}
    return {rule for rule in rules if not rule[2].startswith(OF_MOSQUITTO_ALONE) and rule[0] != "svc-simulator"}


def emqxs_rules() -> set[Rule]:
    text = (ROOT / "docs" / "emqx.md").read_text()
    found = re.findall(r'\{allow, (all|\{username, "([a-z-]+)"\}), (publish|subscribe), \[(.*)\]\}\.', text)
    return {
        (service or DEVICES, action, topic.replace("${username}", "%u"))
        for _, service, action, topics in found
        for topic in re.findall(r'"([^"]+)"', topics)
    }


def test_emqx_is_told_the_same_rules_as_mosquitto() -> None:
    assert len(mosquittos_rules()) >= 15
    assert emqxs_rules() == mosquittos_rules()


def test_what_no_rule_allows_is_refused_there_too() -> None:
    text = (ROOT / "docs" / "emqx.md").read_text()
    assert "no_match = deny" in text
    assert text.count("{allow, ") == len(re.findall(r"^    \{allow, ", text, re.MULTILINE))
    assert re.findall(r"^    (\{.*\}\.)$", text, re.MULTILINE)[-1] == "{deny, all}."
