"""Blood pressure, glucose, weight, temperature, oxygen saturation: the names and units that clients use. No I/O.

The rules of this file:

1. A number is named with its unit (`weight_lb`) and converted, or without one beside `unit` (`"weight": 165, "unit":
   "lb"`, or `value` instead of `weight`). A number of which the unit would have to be guessed is refused: 180 may be
   pounds or kilograms. So is a `unit` that contradicts the name beside it.
2. They are stored and told in the contract's names and units.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from api.problems import ParameterError, ProblemError
from contract.catalogue import CATALOGUE, Kind

MeasureName = Literal["blood_pressure", "glucose", "weight", "temperature", "spo2"]
Values = Mapping[str, float | str]

MG_DL_PER_MMOL_L = 18.016
KG_PER_LB = 0.45359237
"""Exact by definition (international pound)."""

Convert = Callable[[float], float]


def _same(value: float) -> float:
    return value


def _from_mg_dl(value: float) -> float:
    return value / MG_DL_PER_MMOL_L


def _from_lb(value: float) -> float:
    return value * KG_PER_LB


def _from_fahrenheit(value: float) -> float:
    return (value - 32) / 1.8


@dataclass(frozen=True, slots=True)
class Measure:
    """One of them.

    Attributes:
        name: as clients say it.
        kind: as it is stored.
        main: the field that all of it is about; the first of several.
        names: other names of fields, each with the field and how to convert.
        units: that `unit` may name: how to convert to the main field.
        bare: names that the main field may have beside `unit`.
    """

    name: MeasureName
    kind: Kind
    main: str
    names: Mapping[str, tuple[str, Convert]] = field(default_factory=dict)
    units: Mapping[str, Convert] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()

    @property
    def fields(self) -> tuple[str, ...]:
        """The contract's names, without notes."""
        return tuple(each.name for each in self.kind.fields if each.name != "notes")


MEASURES: Mapping[MeasureName, Measure] = MappingProxyType(
    {
        "blood_pressure": Measure("blood_pressure", CATALOGUE["blood_pressure"], "systolic", units={"mmHg": _same}),
        "glucose": Measure(
            "glucose",
            CATALOGUE["glucose"],
            "glucose_mmol_l",
            {"glucose_mg_dl": ("glucose_mmol_l", _from_mg_dl)},
            {"mmol/L": _same, "mg/dL": _from_mg_dl},
            frozenset({"glucose", "value"}),
        ),
        "weight": Measure(
            "weight",
            CATALOGUE["body"],
            "weight_kg",
            {
                "weight_lb": ("weight_kg", _from_lb),
                "muscle_mass_lb": ("muscle_mass_kg", _from_lb),
                "body_fat_percent": ("body_fat_pct", _same),
            },
            {"kg": _same, "lb": _from_lb},
            frozenset({"weight", "value"}),
        ),
        "temperature": Measure(
            "temperature",
            CATALOGUE["temperature"],
            "temperature_c",
            {"temperature_f": ("temperature_c", _from_fahrenheit)},
            {"C": _same, "°C": _same, "F": _from_fahrenheit, "°F": _from_fahrenheit},
            frozenset({"temperature", "value"}),
        ),
        "spo2": Measure(
            "spo2",
            CATALOGUE["spo2"],
            "spo2_pct",
            # There is but one unit.
            {"spo2": ("spo2_pct", _same), "spo2_percent": ("spo2_pct", _same), "value": ("spo2_pct", _same)},
            {"%": _same},
        ),
    }
)
"""By name, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Read:
    """Values in the contract's names and units.

    Attributes:
        fields: of the item.
        names: what a field was called.
        unknown: names that mean nothing.
    """

    fields: dict[str, Any]
    names: dict[str, str]
    unknown: list[str]


def read_values(measure: Measure, values: Values) -> Read:
    """Convert what a client said.

    Raises:
        ProblemError: 422, a text where a number should be, a unit that is missing, not known or not that of the name,
            one thing said twice, or nothing of what is measured.
    """
    read = Read({}, {}, [])
    for name, value in values.items():
        if name != "unit":
            _read_one(measure, name, value, values.get("unit"), read)
    required = [each.name for each in measure.kind.fields if each.required] or [measure.main]
    missing = next((name for name in required if name not in read.fields), None)
    if missing and not (measure.kind.name == "body" and read.fields):
        raise _wrong(missing, f"is required for {measure.name}")
    if "unit" in values and not values.keys() & measure.bare:
        _require_unit(measure, values["unit"], read)
    return read


def shown_values(measure: Measure, values: Mapping[str, float | str]) -> dict[str, Any]:
    """An item's values as they go out."""
    return {name: values[name] for name in measure.fields if name in values}


def _read_one(measure: Measure, name: str, value: float | str, unit: float | str | None, read: Read) -> None:
    found = (measure.main, _of_unit(measure, unit)) if name in measure.bare else measure.names.get(name)
    field_name, convert = found or (name, _same)
    if field_name not in measure.fields:
        read.unknown.append(f"values.{name}")
        return
    if field_name in read.fields:
        raise _wrong(name, f"says the same as {read.names[field_name]}")
    stated = measure.kind.field(field_name)
    if stated and stated.is_number:
        if isinstance(value, str):
            raise _wrong(name, "must be a number")
        # Beyond the sixth decimal there is nothing but the conversion's own error.
        value = round(convert(value), 6)
    read.fields[field_name] = value
    read.names[field_name] = f"values.{name}"


def _of_unit(measure: Measure, unit: float | str | None) -> Convert:
    if not isinstance(unit, str) or unit not in measure.units:
        raise _wrong("unit", f"is required, and one of {', '.join(measure.units)}")
    return measure.units[unit]


def _require_unit(measure: Measure, unit: float | str, read: Read) -> None:
    """Rule 1, of a unit beside numbers that have theirs in their names; the main one counts, if it is there."""
    told = [measure.main] if measure.main in read.fields else list(read.fields)
    units = [each for name in told for each in _units_of(measure, name, read.names[name].removeprefix("values."))]
    if unit not in units:
        raise _wrong("unit", f"must be {' or '.join(dict.fromkeys(units))}, or left out: the names say it")


def _units_of(measure: Measure, field_name: str, name: str) -> list[str]:
    """How the unit of a field, by the name that it had, is written."""
    _, convert = measure.names.get(name, (field_name, _same))
    main, stated = (measure.kind.field(each) for each in (measure.main, field_name))
    if not (main and main.quantity and stated and stated.quantity):
        return []
    if stated.quantity.unit == main.quantity.unit:
        return [unit for unit, each in measure.units.items() if each is convert]
    return [stated.quantity.unit]


def _wrong(name: str, reason: str) -> ProblemError:
    return ProblemError(
        422,
        "the measurement can't be stored",
        field=f"values.{name}",
        errors=[ParameterError(f"values.{name}", reason)],
    )
