"""The document of the wire says what the contract says, and what the ingestor does."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from contract import examples, topics
from contract.alerts import read_alert
from contract.asyncapi import asyncapi_document, render
from contract.catalogue import CATALOGUE, Field, Kind
from contract.errors import BatchRejected
from contract.events import read_stored_event
from contract.feedback import read_confirmation, read_feedback
from contract.reading import read_batch
from contract.receipts import read_receipt
from contract.sync import read_sync
from tests.contract.batches import ALWAYS, EVENING, LEAST, batch, read

DOCUMENT: Any = asyncapi_document()
SCHEMA = json.loads((Path(__file__).parent / "asyncapi-3.0.0.schema.json").read_text())
FIELDS = [
    pytest.param(kind, each, id=f"{kind.name}.{each.name}") for kind in CATALOGUE.values() for each in kind.fields
]


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


def resolved(reference: str) -> Any:
    found = DOCUMENT
    assert reference.startswith("#/")
    for part in reference[2:].split("/"):
        found = found[part]
    return found


def messages_of(channel: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolved(message["$ref"]) for message in channel["messages"].values()]


def batch_name(kind: Kind) -> str:
    return f"{kind.item.__name__}Batch"


def fits(payload: object, name: str) -> bool:
    """Whether a payload is valid by the document's schema of this name, in the drafts that tools use."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    verdicts = {validator(schema).is_valid(payload) for validator in (Draft7Validator, Draft202012Validator)}
    assert len(verdicts) == 1
    return verdicts.pop()


def test_it_is_an_asyncapi_document() -> None:
    assert list(Draft7Validator(SCHEMA).iter_errors(DOCUMENT)) == []


def test_every_reference_leads_somewhere() -> None:
    references = [each["$ref"] for each in walk(DOCUMENT) if "$ref" in each]
    assert len(references) > len(CATALOGUE)
    for reference in references:
        resolved(reference)


def test_every_kind_has_its_channel_and_a_way_to_publish() -> None:
    for kind in CATALOGUE.values():
        operation = DOCUMENT["operations"][f"publish_{kind.name}"]
        channel = resolved(operation["channel"]["$ref"])
        assert channel["address"] == topics.telemetry("{user_id}", kind.name)
        assert [message["name"] for message in messages_of(channel)] == [batch_name(kind)]
        assert resolved(operation["reply"]["channel"]["$ref"])["address"] == topics.receipts("{user_id}")
    assert sum(name.startswith("publish_") for name in DOCUMENT["operations"]) == len(CATALOGUE)


def test_the_other_channels_are_those_of_the_topics() -> None:
    addresses = {name: channel["address"] for name, channel in DOCUMENT["channels"].items()}
    others = {name: address for name, address in addresses.items() if not name.startswith("telemetry_")}
    assert others == {
        "receipts": topics.receipts("{user_id}"),
        "feedback": topics.feedback("{user_id}"),
        "confirmations": topics.confirmations("{user_id}"),
        "alerts": topics.alerts("{user_id}"),
        "sync": topics.sync("{user_id}"),
        "status": topics.status("{user_id}", "{device}"),
        "stored": topics.EVENTS_STORED,
    }


def test_every_part_of_an_address_that_varies_is_explained() -> None:
    for channel in DOCUMENT["channels"].values():
        varying = {part.strip("{}") for part in channel["address"].split("/") if part.startswith("{")}
        assert set(channel.get("parameters", {})) == varying


def test_every_message_of_a_device_is_confirmed_and_only_its_status_is_retained() -> None:
    for name, operation in DOCUMENT["operations"].items():
        binding = operation["bindings"]["mqtt"]
        assert binding["qos"] == 1
        assert binding.get("retain") == (None if operation["action"] == "receive" else name == "tell_status")


def test_every_example_fits_its_schema() -> None:
    for message in DOCUMENT["components"]["messages"].values():
        assert message["payload"] == {"$ref": f"#/components/schemas/{message['name']}"}
        for example in message["examples"]:
            assert fits(example["payload"], message["name"])


def test_the_examples_of_batches_are_stored_as_they_stand() -> None:
    assert set(examples.BATCHES) <= set(CATALOGUE)
    for kind, published in examples.BATCHES.items():
        found = read_batch(CATALOGUE[kind], published["user_id"], json.dumps(published).encode(), ALWAYS)
        assert len(found.stamped.items) == len(published["items"])
        assert (found.rejected, found.ignored) == ([], [])


def test_the_examples_of_receipts_and_events_are_what_the_ingestor_would_send() -> None:
    for receipt in examples.RECEIPTS:
        assert json.loads(read_receipt(json.dumps(receipt).encode()).encode()) == receipt
    for message in examples.FEEDBACK:
        assert read_feedback(json.dumps(message).encode()).encode()
    for confirmation in examples.CONFIRMATIONS:
        assert read_confirmation(json.dumps(confirmation).encode())
    for request in examples.SYNC_REQUESTS:
        assert json.loads(read_sync(json.dumps(request).encode()).encode()) == request
    for alert in examples.ALERTS:
        assert read_alert(json.dumps(alert).encode()).encode()
    for event in examples.EVENTS:
        assert json.loads(read_stored_event(json.dumps(event).encode()).encode()) == event


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_units_and_bounds_are_those_of_the_catalogue(kind: Kind, field: Field) -> None:
    stated = DOCUMENT["components"]["schemas"][kind.item.__name__]["properties"][field.name]
    schema = stated["anyOf"][0] if "anyOf" in stated else stated
    if field.quantity:
        expected = (field.quantity.low, field.quantity.high, field.quantity.unit)
        assert (schema["minimum"], schema["maximum"], schema.get("x-unit", "")) == expected
    assert schema.get("maxLength") == field.max_length
    assert set(schema.get("enum", [])) == set(field.choices)


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_the_schemas_accept_what_the_ingestor_stores(kind: Kind, field: Field) -> None:
    values: list[Any] = ["", "x", "x" * 65, "x" * 501, -1, 0.5, 1, 1_000_000, True, [], {}]
    if field.quantity:
        low, high = field.quantity.low, field.quantity.high
        values += [low, high, math.nextafter(low, -math.inf), math.nextafter(high, math.inf)]
    for value in [*values, *field.choices]:
        published = batch([LEAST[kind.name] | {field.name: value}])
        assert fits(published, batch_name(kind)) == (not read(kind.name, published).rejected), value


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": 5},
        {"user_id": "ann lee"},
        {"timestamp": 5},
        {"source_device": ""},
        {"source_device": "line\n"},
        {"source_device": "back\\slash"},
        {"batch_id": ""},
        {"batch_id": "b" * 65},
        {"items": []},
        {"items": {}},
    ],
)
def test_the_schemas_refuse_the_envelopes_that_the_ingestor_refuses(changes: dict[str, object]) -> None:
    good = batch([LEAST["meals"]], batch_id=None)
    assert fits(good, "MealBatch")
    assert not fits(good | changes, "MealBatch")
    with pytest.raises(BatchRejected):
        read("meals", good | changes)


def test_the_schemas_are_open_to_what_a_later_version_knows() -> None:
    assert fits(batch([LEAST["meals"] | {"tempo": 3}], app_version="3.1"), "MealBatch")
    assert fits({"state": "online", "signal_dbm": -61}, "Status")


def test_a_status_is_online_or_offline() -> None:
    assert fits({"state": "online", "battery_pct": 100, "firmware": "4.1.0", "at": EVENING}, "Status")
    for wrong in ({}, {"state": "asleep"}, {"state": "online", "battery_pct": 101}):
        assert not fits(wrong, "Status")


def test_keywords_that_are_our_own_are_marked() -> None:
    for each in walk(DOCUMENT["components"]["schemas"]):
        assert not isinstance(each.get("unit"), str)


def test_the_promise_is_in_it() -> None:
    promise = DOCUMENT["info"]["description"]
    for word in ("receipt", "repeat", "QoS 1", "`stored`", "`rejected`", "batch_id"):
        assert word in promise


def test_the_same_document_is_always_the_same_text() -> None:
    text = render(asyncapi_document())
    assert text == render(json.loads(text))
    assert json.loads(text) == DOCUMENT
    assert text.endswith("}\n")
