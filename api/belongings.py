"""What is kept of a person, file by file: the contents of an export."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from api.account_models import PersonShown
from api.archive import Parts, items, json_lines, once, table
from api.wiring import Wiring
from contract.alerts import ALERT_RULES
from contract.catalogue import CATALOGUE
from contract.daily import DAILY
from storage.records.dead_letters import DeadLetters
from storage.records.letters import KeptLetter
from storage.records.source_devices import SourceDevices
from storage.records.standings import Standings

Files = dict[str, Callable[[], Parts]]

_PAGE = 500
_ABOUT = {
    "account.json": "your account; of your password only a hash is kept, which is not included",
    "consents.jsonl": "whom you let see your data, with consents that you have withdrawn",
    "audit.jsonl": "who did what to your data and rights, and when",
    "logins.jsonl": "when you logged in",
    "devices.jsonl": "devices with a certificate of yours, and what they last said of themselves",
    "standing.jsonl": "where you stand: what coaches' boards show of you",
    "source_devices.jsonl": "names of the devices that your telemetry came from",
    "dead_letters.jsonl": "what your devices sent that could not be stored, with the reason",
    "alerts.jsonl": "what you were alerted to",
    "alert_rules.jsonl": "rules of alerts, and whether they are on for you",
    "feedback.jsonl": "what coaches and nutritionists wrote to you, and what you answered",
    "feedback_written.jsonl": "what you wrote to clients, and when it was delivered and read",
    "daily.csv": "the summary of each of your days",
}


def files_of(wiring: Wiring, user_id: str) -> Files:
    """The files of somebody's export by name."""
    files: Files = {
        "account.json": partial(_account, wiring, user_id),
        "consents.jsonl": partial(_consents, wiring, user_id),
        "audit.jsonl": partial(_audit, wiring, user_id),
        "logins.jsonl": partial(_logins, wiring, user_id),
        "devices.jsonl": partial(_devices, wiring, user_id),
        "standing.jsonl": partial(_standing, wiring, user_id),
        "source_devices.jsonl": partial(_source_devices, wiring, user_id),
        "alerts.jsonl": partial(_alerts, wiring, user_id),
        "alert_rules.jsonl": partial(_alert_rules, wiring, user_id),
        "feedback.jsonl": partial(_feedback, wiring, user_id),
        "feedback_written.jsonl": partial(_feedback_written, wiring, user_id),
        "dead_letters.jsonl": partial(_dead_letters, wiring, user_id),
        **{f"{kind.name}.jsonl": partial(items, wiring.series, kind, user_id) for kind in CATALOGUE.values()},
        "daily.csv": partial(table, wiring.series, DAILY, user_id),
    }
    return {"README.txt": partial(once, readme(files).encode()), **files}


def readme(names: Files) -> str:
    """What is in which file."""
    told = [
        "Everything that this installation of Paceline keeps of you.",
        "",
        "Files that end with .jsonl have one JSON object a line, in the order of time; times are RFC 3339. Files that",
        "end with .csv have the names of their columns in the first line. A file without lines: there is nothing.",
        "",
    ]
    width = max(map(len, names))
    told += [f"{name:{width}}  {_ABOUT.get(name) or _about_kind(name)}" for name in names]
    return "\n".join([*told, "", "Units are part of the names of fields, or stand in Paceline's docs/kinds.md.", ""])


def _about_kind(name: str) -> str:
    kind = CATALOGUE.get(name.removesuffix(".jsonl"))
    return kind.about.splitlines()[0] if kind else ""


async def _account(wiring: Wiring, user_id: str) -> Parts:
    person = await wiring.people.get(user_id)
    if person:
        yield PersonShown.of(person).model_dump_json(indent=2).encode() + b"\n"


async def _consents(wiring: Wiring, user_id: str) -> Parts:
    yield json_lines(await wiring.consents.of_client(user_id, withdrawn=True))
    yield json_lines(await wiring.consents.of_professional(user_id))


async def _audit(wiring: Wiring, user_id: str) -> Parts:
    page = await wiring.audit.of(user_id, limit=None)
    yield json_lines(reversed(page.entries))


async def _logins(wiring: Wiring, user_id: str) -> Parts:
    yield json_lines(await wiring.sessions.of(user_id))


async def _devices(wiring: Wiring, user_id: str) -> Parts:
    # The hash of a device's key is no more the person's than that of their password.
    told = (msgspec.to_builtins(device) for device in await wiring.devices.of_user(user_id))
    yield json_lines({name: value for name, value in device.items() if name != "key_hash"} for device in told)


async def _standing(wiring: Wiring, user_id: str) -> Parts:
    yield json_lines((await Standings(wiring.records).get_many([user_id])).values())


async def _source_devices(wiring: Wiring, user_id: str) -> Parts:
    yield json_lines({"name": name} for name in await SourceDevices(wiring.records).of(user_id))


async def _alerts(wiring: Wiring, user_id: str) -> Parts:
    page = await wiring.alerts.of_client(user_id, limit=None)
    yield json_lines(reversed(page.alerts))


async def _alert_rules(wiring: Wiring, user_id: str) -> Parts:
    off = await wiring.alerts.switched_off(user_id)
    yield json_lines({"rule": rule, "on": rule not in off} for rule in ALERT_RULES)


async def _feedback(wiring: Wiring, user_id: str) -> Parts:
    page = await wiring.feedback.of_client(user_id, limit=None)
    yield json_lines(reversed(page.messages))


async def _feedback_written(wiring: Wiring, user_id: str) -> Parts:
    # What clients answered is theirs.
    written = await wiring.feedback.by_author(user_id)
    yield json_lines(replace(message, answers=()) for message in written)


async def _dead_letters(wiring: Wiring, user_id: str) -> Parts:
    letters = DeadLetters(wiring.records)
    async for letter_id in _letter_ids(letters, user_id):
        letter = await letters.get(letter_id)
        if letter:
            yield json_lines([_shown(letter)])


async def _letter_ids(letters: DeadLetters, user_id: str) -> AsyncIterator[str]:
    offset = 0
    while found := (await letters.list(user_id=user_id, limit=_PAGE, offset=offset)).letters:
        for letter in found:
            yield letter.id
        offset += len(found)


def _shown(letter: KeptLetter) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(letter)
    payload = letter.payload or b""
    try:
        return shown | {"payload": payload.decode()}
    except UnicodeDecodeError:
        return shown | {"payload": None, "payload_base64": b64encode(payload).decode()}
