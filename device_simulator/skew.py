"""Clocks that are wrong: a batch as a device with such a clock stamps it."""

from datetime import timedelta
from random import Random

from msgspec.structs import replace

from contract.catalogue import CATALOGUE
from contract.items import Item
from device_simulator.parcel import Parcel


def skew_of(seed: int, index: int, most_s: float) -> timedelta:
    """How far a device's clock is ahead, for good; up to `most_s` either way."""
    return timedelta(seconds=round(Random(f"{seed}/{index}").uniform(-most_s, most_s)))  # noqa: S311  # no secret


def skewed(parcel: Parcel, skew: timedelta) -> Parcel:
    """The same batch with all times moved."""
    batch = parcel.batch("-")
    batch.timestamp += skew
    batch.items = [_moved(item, skew) for item in batch.items]
    return Parcel.pack(batch, CATALOGUE[parcel.kind], parcel.due_ms)


def _moved(item: Item, skew: timedelta) -> Item:
    return item if item.timestamp is None else replace(item, timestamp=item.timestamp + skew)
