"""Names of users and devices that a store can hold.

The contract lets no others through. Both stores hold to it all the same, and in one way: a control character or a
backslash can't be written in a tag of InfluxDB, half a surrogate pair can't be written at all.
"""

import re
from functools import lru_cache

from contract.errors import WriteRefused
from contract.topics import is_user_id
from storage.series.protocol import Selection
from storage.series.spans import key_span

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")


def can_match(selection: Selection) -> bool:
    """Whether any point can be meant; if not, there is no need to ask."""
    device = selection.source_device
    device_can_be = device is None or _is_device(device)
    return device_can_be and is_user_id(selection.user_id) and not key_span(selection).is_empty


@lru_cache(maxsize=65_536)
def require_names(user_id: str, source_device: str) -> None:
    """Raise WriteRefused if a point can't be this user's and this device's."""
    if not (is_user_id(user_id) and _is_device(source_device)):
        raise WriteRefused("not a user id, or a device that is empty or has control characters or a backslash")


def require_summaries(selection: Selection) -> None:
    """Raise ValueError unless only summaries of days are meant: what devices uploaded is never deleted in part."""
    if selection.kind.by_device:
        raise ValueError(f"{selection.kind.name} is of devices")


def _is_device(text: str) -> bool:
    return bool(text) and not _FORBIDDEN.search(text)
