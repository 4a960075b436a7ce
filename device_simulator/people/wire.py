"""The contract's items as devices write them: fields that were not measured are left out, not null."""

from typing import TypeVar, cast

import msgspec

from contract import kinds
from contract.items import Item

ItemT = TypeVar("ItemT", bound=Item)


def _sparing(item: type[ItemT]) -> type[ItemT]:
    # A subclass of a kind's item is no kind of its own: the catalogue lists direct subclasses of Item alone.
    made = msgspec.defstruct(item.__name__, [], bases=(item,), module=__name__, omit_defaults=True)
    return cast("type[ItemT]", made)


Meal = _sparing(kinds.Meal)
Exercise = _sparing(kinds.Exercise)
HeartRateSample = _sparing(kinds.HeartRateSample)
Steps = _sparing(kinds.Steps)
Sleep = _sparing(kinds.Sleep)
BloodPressure = _sparing(kinds.BloodPressure)
Glucose = _sparing(kinds.Glucose)
Body = _sparing(kinds.Body)
Temperature = _sparing(kinds.Temperature)
OxygenSaturation = _sparing(kinds.OxygenSaturation)
TrackPoint = _sparing(kinds.TrackPoint)
StrengthSet = _sparing(kinds.StrengthSet)
Wellness = _sparing(kinds.Wellness)
