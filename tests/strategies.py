"""Hypothesis strategies for what devices say: items and batches of every kind of the catalogue, all of them valid."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from contract.catalogue import Field, Kind
from contract.items import Item
from contract.stamping import StampedBatch, keys_ns

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)
"""Around this are the times of batches, if nothing else is asked for."""
DAY = timedelta(days=1)

Fields = dict[str, Any]


def texts(min_size: int = 0, max_size: int = 64) -> st.SearchStrategy[str]:
    """Any text that JSON and UTF-8 can carry, line breaks and NUL among it."""
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=min_size, max_size=max_size)


HOSTILE_DEVICES = (
    "Garmin Forerunner 955",
    "a,b=c d",
    'say "hi"',
    "it's",
    "'; DROP DATABASE paceline; --",
    "' OR 1=1 --",
    '" OR "a"="a',
    "$(reboot) `id` %s {0}",
    "/.*/",
    "Uhr ⌚ Ångström \u202e",
    " ",
    ",",
    "=",
)


_IN_DEVICES = st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(0x20)), "\x7f", "\\"])
DEVICES = st.sampled_from(HOSTILE_DEVICES) | st.text(_IN_DEVICES, min_size=1, max_size=64)
"""Names of source devices, as bad as the contract lets them be."""


def fields(kind: Kind) -> st.SearchStrategy[Fields]:
    """An item of a kind as JSON, without a time of its own."""
    required = {field.name: _values(field) for field in kind.fields if field.required}
    optional = {field.name: _values(field) for field in kind.fields if not field.required}
    made = st.fixed_dictionaries(required, optional=optional)
    return made.map(_MENDED.get(kind.name, _as_it_is)).filter(lambda found: _is_valid(kind, found))


def items(kind: Kind) -> st.SearchStrategy[Item]:
    """An item of a kind, as read."""
    return fields(kind).map(lambda found: msgspec.convert(found, kind.item))


def moments(around: datetime = NOON, within: timedelta = DAY) -> st.SearchStrategy[datetime]:
    """Moments to the millisecond, in UTC."""
    most = within // timedelta(milliseconds=1)
    return st.integers(-most, most).map(lambda offset: around + timedelta(milliseconds=offset))


@st.composite
def batches(
    draw: st.DrawFn, kind: Kind, user_id: str, *, max_items: int = 5, times: st.SearchStrategy[datetime] | None = None
) -> Fields:
    """A batch as JSON, its items with or without times of their own."""
    times = times or moments()
    return {
        "user_id": user_id,
        "timestamp": draw(times).isoformat(),
        "source_device": draw(DEVICES),
        "items": draw(st.lists(_timed_fields(kind, times), min_size=1, max_size=max_items)),
    }


@st.composite
def stamped_batches(
    draw: st.DrawFn,
    kind: Kind,
    user_id: str,
    *,
    devices: st.SearchStrategy[str] = DEVICES,
    times_ms: st.SearchStrategy[int] | None = None,
    max_items: int = 5,
) -> StampedBatch:
    """A batch as a store gets it."""
    timed = times_ms if times_ms is not None else moments().map(lambda moment: round(moment.timestamp() * 1_000))
    found = draw(st.lists(st.tuples(items(kind), timed), min_size=1, max_size=max_items))
    return stamped(kind, user_id, draw(devices), [item for item, _ in found], [time_ms for _, time_ms in found])


def stamped(
    kind: Kind, user_id: str, source_device: str, items: Sequence[Item], times_ms: Sequence[int]
) -> StampedBatch:
    """Items at times, milliseconds since 1970 UTC, as a store gets them."""
    keys = keys_ns(kind, items, times_ms)
    return StampedBatch(kind, user_id, source_device, items, range(len(items)), times_ms, keys)


def _timed_fields(kind: Kind, times: st.SearchStrategy[datetime]) -> st.SearchStrategy[Fields]:
    nothing: st.SearchStrategy[Fields] = st.just({})
    own = nothing | times.map(lambda moment: {"timestamp": moment.isoformat()}) | st.integers(0, 600).map(_after)
    return st.builds(lambda found, time: found | time, fields(kind), own)


def _after(seconds: int) -> Fields:
    return {"time": seconds}


def _values(field: Field) -> st.SearchStrategy[Any]:
    if field.quantity:
        low, high = field.quantity.low, field.quantity.high
        # As devices have them, and as anything goes.
        return st.integers(round(low + 0.5), int(high)).map(float) | st.floats(low, high)
    if field.choices:
        return st.sampled_from(field.choices)
    shortest = 0 if field.name == "notes" else 1
    return texts(shortest, field.max_length or 64)


def _is_valid(kind: Kind, found: Fields) -> bool:
    try:
        msgspec.convert(found, kind.item)
    except msgspec.ValidationError:
        return False
    return True


def _as_it_is(found: Fields) -> Fields:
    return found


def _ascending(*names: str) -> Callable[[Fields], Fields]:
    def mend(found: Fields) -> Fields:
        given = [name for name in names if name in found]
        return found | dict(zip(given, sorted(found[name] for name in given), strict=True))

    return mend


def _mended_blood_pressure(found: Fields) -> Fields:
    return found | {"diastolic": min(found["diastolic"], found["systolic"] - 1)}


def _mended_sleep(found: Fields) -> Fields:
    stages = [name for name in ("light_min", "deep_min", "rem_min", "awake_min") if name in found]
    total = sum(found[name] for name in stages)
    share = min(1.0, found["duration_min"] / total) if total else 1.0
    efficiency = found.get("efficiency_pct", 0)
    percent = {"efficiency_pct": 100 - efficiency} if 0 < efficiency <= 1 else {}
    return found | {name: found[name] * share for name in stages} | percent


def _mended_body(found: Fields) -> Fields:
    measured = found if any(name != "notes" for name in found) else found | {"weight_kg": 70.0}
    return _ascending("muscle_mass_kg", "weight_kg")(measured)


def _mended_wellness(found: Fields) -> Fields:
    return found if any(name != "notes" for name in found) else found | {"mood": 7.0}


_MENDED: Mapping[str, Callable[[Fields], Fields]] = {
    "exercises": _ascending("min_heart_rate", "avg_heart_rate", "peak_heart_rate"),
    "blood_pressure": _mended_blood_pressure,
    "sleep": _mended_sleep,
    "body": _mended_body,
    "wellness": _mended_wellness,
}
"""For kinds with rules between fields: how to keep them, since filtering would throw most examples away."""
