"""Where an uploaded body goes, and which receipt answers it.

The ingestor alone judges a batch. Here it is read only so far that it can be published and its receipt be known again:
the rules of this file are those without which the ingestor could answer nobody.

1. UTF-8, JSON, an object, all of it but the items Unicode, and not nested deeply: how much a reader can stand depends
   on where it is called, so a body at the brink could be read here and not there.
2. `user_id` can be a user's id, for it is part of the topic. `me` is whoever uploads it.
3. `batch_id` can be one. A batch without gets a new one.
4. What is put in is appended as a last member, since of two members of one name the last counts; no other byte is
   changed.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from contract.catalogue import Kind
from contract.envelope import MAX_BATCH_ID
from contract.errors import BatchRejected
from contract.topics import ME, is_user_id

MAX_DEPTH = 32
"""Arrays and objects within each other; a batch needs three, and ignores what is in fields that it does not know."""

_TOO_DEEP = "not a batch: nested too deeply"


@dataclass(frozen=True, slots=True)
class Upload:
    """A batch on its way to the ingestor.

    Attributes:
        kind: of its items.
        user_id: whose topic it is published to.
        batch_id: comes back in its receipt.
        payload: what is published.
    """

    kind: Kind
    user_id: str
    batch_id: str
    payload: bytes


def address(kind: Kind, body: bytes, new_batch_id: str | None = None, *, me: str | None = None) -> Upload:
    """Read whose batch it is and which id it has.

    Args:
        kind: of its items.
        body: as it came.
        new_batch_id: for a batch without one; a random one if left out.
        me: who uploads it; None: `me` is nobody.

    Raises:
        BatchRejected: the ingestor could not answer it.
    """
    envelope = _read_object(body)
    _require_shallow(envelope)
    envelope.pop("items", None)
    _require_unicode(envelope)
    batch_id = envelope.get("batch_id")
    if batch_id is not None and not (isinstance(batch_id, str) and 1 <= len(batch_id) <= MAX_BATCH_ID):
        raise BatchRejected(f"must be a text of 1 to {MAX_BATCH_ID} characters", field="batch_id")
    added: dict[str, str] = {}
    if me is not None and envelope.get("user_id") == ME:
        envelope["user_id"] = added["user_id"] = me
    user_id = _read_user_id(envelope, batch_id)
    if batch_id is None:
        batch_id = added["batch_id"] = new_batch_id or str(uuid4())
    return Upload(kind, user_id, batch_id, _with_members(body, added))


def _read_object(body: bytes) -> dict[str, Any]:
    # The reader that the contract takes a batch apart with: what it can't read, the ingestor can't answer.
    try:
        found = json.loads(body.decode())
    except UnicodeDecodeError:
        raise BatchRejected("not UTF-8") from None
    except RecursionError:
        raise BatchRejected(_TOO_DEEP) from None
    except ValueError:
        raise BatchRejected("not JSON") from None
    if not isinstance(found, dict):
        raise BatchRejected("not a batch: expected a JSON object")
    return found


def _require_shallow(found: Any) -> None:
    level: list[Any] = [found]
    for _ in range(MAX_DEPTH):
        below = (part.values() if isinstance(part, dict) else part for part in level)
        level = [part for parts in below for part in parts if isinstance(part, dict | list)]
        if not level:
            return
    raise BatchRejected(_TOO_DEEP)


def _require_unicode(envelope: dict[str, Any]) -> None:
    try:
        json.dumps(envelope, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BatchRejected("not Unicode: half a surrogate pair") from None


def _read_user_id(envelope: dict[str, Any], batch_id: str | None) -> str:
    user_id = envelope.get("user_id")
    if not isinstance(user_id, str) or not is_user_id(user_id):
        reason = "is required and must be 1 to 64 letters, digits, '-' or '_'"
        raise BatchRejected(reason, field="user_id", batch_id=batch_id)
    return user_id


def _with_members(body: bytes, added: dict[str, str]) -> bytes:
    """Rule 4."""
    if not added:
        return body
    members = "".join(f',"{name}":{json.dumps(value)}' for name, value in added.items())
    return body.rstrip(b" \t\r\n").removesuffix(b"}") + members.encode() + b"}"
