"""The wire as an AsyncAPI 3.0.0 document, for those who write devices and apps; operations are as a device sees them.

Made from the catalogue, the topics and the messages themselves, so it can't say anything else than the ingestor does.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from contract import examples, topics
from contract.alerts import Alert
from contract.catalogue import CATALOGUE, Kind
from contract.envelope import Batch
from contract.events import StoredEvent
from contract.examples import Json
from contract.feedback import Confirmation, Feedback
from contract.receipts import Receipt
from contract.status import Status
from contract.sync import SyncRequest

WIRE_VERSION = "1.2.0"
"""Of what is said over the wire; the first number is the `v1` of the topics."""

_BINDING = "0.2.0"
_SCHEMAS = "#/components/schemas/"

_PROMISE = """\
**A batch whose receipt says `stored` is on disk in the database.** A device that repeats a batch until it has its
receipt never loses it and never counts it twice, whatever is killed on the way.

- Publish with QoS 1, with a `batch_id`, and subscribe to your inbox before. Keep the batch until its receipt is there;
  repeat it unchanged if the receipt stays away. A PUBACK alone says only that the broker has it; a PUBACK with reason
  16 (no matching subscribers) says that nobody will store it now.
- `stored` and `rejected` are final: items that are named in `rejected` would be rejected again. The good items of a
  batch are stored even if others in it are bad.
- An item with an id of its own is that id within the second of its time; sent again with other values, it is corrected.
  An item without one is its time, to the millisecond, on its source device.
- Times more than 24 hours ahead of the server's clock, or older than what the installation keeps, are rejected.
- Fields that are not in these schemas are ignored, and named in the receipt.
- A coach's message comes again, with the same id, until a device has confirmed it in the outbox.
"""


def asyncapi_document() -> Json:
    """The document, as JSON values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Paceline",
            "version": WIRE_VERSION,
            "description": _PROMISE,
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": _BROKER},
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "schemas": _schemas(),
            "messages": _messages(),
            "parameters": _PARAMETERS,
        },
    }


def render(document: Json) -> str:
    """The text of its file: the same document is always the same text."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


_BROKER: Json = {
    "host": "{host}:{port}",
    "protocol": "mqtt",
    "protocolVersion": "5.0",
    "description": "MQTT 5 or 3.1.1. A local run listens on its own machine only.",
    "variables": {
        "host": {"default": "127.0.0.1", "description": "Where this installation runs."},
        "port": {"default": "1883", "description": "A local run notes its own in paceline.json."},
    },
    # The broker keeps what comes for an offline device with its session.
    "bindings": {"mqtt": {"cleanSession": False, "bindingVersion": _BINDING}},
}
_PARAMETERS: Json = {
    "user_id": {"description": f"Whose; matches {topics.USER_ID_PATTERN}"},
    "device": {"description": "The device's id, from its registration: `POST /devices` says the whole topic."},
}


def _channels() -> Json:
    telemetry = {
        _channel_of(kind): _channel(topics.telemetry("{user_id}", kind.name), _batch_name(kind), kind.about)
        for kind in CATALOGUE.values()
    }
    return telemetry | {
        "receipts": _channel(topics.receipts("{user_id}"), "Receipt", "What became of this user's batches."),
        "status": _channel(topics.status("{user_id}", "{device}"), "Status", "Whether the device is there."),
        "feedback": _channel(topics.feedback("{user_id}"), "Feedback", "What a coach or nutritionist writes."),
        "confirmations": _channel(
            topics.confirmations("{user_id}"), "Confirmation", "What became of a message, and the client's answer."
        ),
        "alerts": _channel(topics.alerts("{user_id}"), "Alert", "What to look at."),
        "sync": _channel(topics.sync("{user_id}"), "SyncRequest", "Which device is to publish what it still holds."),
        "stored": _channel(
            topics.EVENTS_STORED, "StoredEvent", "For services of the house, not for devices: what was just written."
        ),
    }


def _channel(address: str, message: str, description: str) -> Json:
    channel: Json = {
        "address": address,
        "description": description,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }
    names = re.findall(r"{(\w+)}", address)
    parameters = {name: {"$ref": f"#/components/parameters/{name}"} for name in names}
    return channel | ({"parameters": parameters} if parameters else {})


def _operations() -> Json:
    receipt = {"channel": {"$ref": "#/channels/receipts"}, "messages": [_message_in("receipts", "Receipt")]}
    publish = {
        f"publish_{kind.name}": _operation("send", _channel_of(kind), _batch_name(kind), f"Publish {kind.name}.")
        | {"reply": receipt}
        for kind in CATALOGUE.values()
    }
    return publish | {
        "read_receipts": _operation("receive", "receipts", "Receipt", "Learn what became of a batch."),
        "read_feedback": _operation("receive", "feedback", "Feedback", "Hear from a coach or nutritionist."),
        "confirm_feedback": _operation("send", "confirmations", "Confirmation", "Confirm a message, or answer it.")
        | {"reply": receipt},
        "read_alerts": _operation("receive", "alerts", "Alert", "Be alerted."),
        "hear_sync": _operation("receive", "sync", "SyncRequest", "Be asked for what is still unsent."),
        "tell_status": _operation("send", "status", "Status", "Tell that the device is there.", retain=True),
    }


def _operation(action: str, channel: str, message: str, summary: str, *, retain: bool = False) -> Json:
    # `retain` is what a publisher sets; a receiver has only its QoS.
    binding: Json = {"qos": 1, "bindingVersion": _BINDING} | ({"retain": retain} if action == "send" else {})
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [_message_in(channel, message)],
        "bindings": {"mqtt": binding},
    }


def _message_in(channel: str, message: str) -> Json:
    return {"$ref": f"#/channels/{channel}/messages/{message}"}


def _messages() -> Json:
    batches = {
        _batch_name(kind): _message(_batch_name(kind), kind.about, _examples_of(kind)) for kind in CATALOGUE.values()
    }
    batch_id = {"location": "$message.payload#/batch_id", "description": "The batch's own id."}
    return batches | {
        "Receipt": _message("Receipt", "The answer to a batch.", examples.RECEIPTS) | {"correlationId": batch_id},
        "Feedback": _message("Feedback", "A message to a client.", examples.FEEDBACK),
        "Confirmation": _message("Confirmation", "What a device says to it.", examples.CONFIRMATIONS)
        | {"correlationId": batch_id},
        "Alert": _message("Alert", "Something to look at.", examples.ALERTS),
        "SyncRequest": _message("SyncRequest", "A request to publish.", examples.SYNC_REQUESTS),
        "Status": _message("Status", "How a device is.", examples.STATUSES),
        "StoredEvent": _message("StoredEvent", "One write, confirmed by the database.", examples.EVENTS),
    }


def _message(name: str, summary: str, payloads: Iterable[Json]) -> Json:
    return {
        "name": name,
        "summary": summary,
        "payload": {"$ref": f"{_SCHEMAS}{name}"},
        "examples": [{"payload": payload} for payload in payloads],
    }


def _examples_of(kind: Kind) -> list[Json]:
    return [examples.BATCHES[kind.name]] if kind.name in examples.BATCHES else []


def _channel_of(kind: Kind) -> str:
    return f"telemetry_{kind.name}"


def _batch_name(kind: Kind) -> str:
    return f"{kind.item.__name__}Batch"


def _schemas() -> Json:
    batches = [Batch[kind.item] for kind in CATALOGUE.values()]  # type: ignore[name-defined]
    _, schemas = msgspec.json.schema_components(
        [*batches, Receipt, Feedback, Confirmation, Alert, SyncRequest, Status, StoredEvent],
        ref_template=f"{_SCHEMAS}{{name}}",
    )
    named: Json = {re.sub(r"^Batch_(\w+)_$", r"\1Batch", name): _plain(schema) for name, schema in schemas.items()}
    for kind in CATALOGUE.values():
        schema = named[_batch_name(kind)]
        schema |= {"title": _batch_name(kind)}
        schema["properties"]["user_id"]["pattern"] = topics.USER_ID_PATTERN
    return named


def _plain(schema: Any) -> Any:
    """The schema with our own keywords marked as such, and open to fields that a later version knows."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    # A field may be called `unit` too: it would have a schema, and no text, as its value.
    names = {name: "x-unit" if name == "unit" and isinstance(schema[name], str) else name for name in schema}
    return {names[name]: _plain(value) for name, value in schema.items() if name != "additionalProperties"}
