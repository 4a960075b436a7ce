"""The catalogue: what the declarations of `contract.kinds` say, in a form that the other rooms can derive from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

import contract.kinds  # declares what the catalogue lists
from contract.envelope import Batch
from contract.items import Item
from contract.quantities import Quantity

TIME_FIELDS = frozenset({"timestamp", "time"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind, as stored: a float or a text.

    Attributes:
        name: as on the wire and in storage.
        required: every item has it.
        quantity: unit and bounds of a number; None for a text.
        choices: the values that an enumeration allows; empty for a free text or a number.
        min_length: of a free text, in characters.
        max_length: of a free text, in characters.
    """

    name: str
    required: bool
    quantity: Quantity | None = None
    choices: tuple[str, ...] = ()
    min_length: int = 0
    max_length: int | None = None

    @property
    def is_number(self) -> bool:
        """Stored as a float; else as a text."""
        return self.quantity is not None

    @property
    def expectation(self) -> str:
        """What a value must be, in words for a device's developer."""
        if self.quantity:
            return self.quantity.expectation
        if self.choices:
            return f"must be one of {', '.join(self.choices)}"
        return f"must be a text of {self.min_length} to {self.max_length} characters"


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of measurement.

    Attributes:
        name: last part of its topic, its table and its path over HTTP.
        item: the struct that one item is read into.
        id_field: the field that identifies an item; None for streams, whose items are identified by their time.
        fields: all stored fields in the order of their declaration, the id first.
        decoder: reads a whole batch of this kind from JSON.
    """

    name: str
    item: type[Item]
    id_field: str | None
    fields: tuple[Field, ...]
    decoder: "msgspec.json.Decoder[Batch[Any]]"

    def __repr__(self) -> str:
        return f"<Kind {self.name}>"

    @property
    def about(self) -> str:
        """The first line of the declaration's docstring."""
        return (self.item.__doc__ or "").strip().splitlines()[0]

    def id_of(self, item: Item) -> str | None:
        """The item's own id, where this kind has one."""
        return getattr(item, self.id_field) if self.id_field else None

    @property
    def by_device(self) -> bool:
        """Its items come from devices; the summaries of days don't."""
        return self.item.BY_DEVICE

    def field(self, name: str) -> Field | None:
        """The stored field of this name."""
        return next((field for field in self.fields if field.name == name), None)


def describe(item: type[Item]) -> Kind:
    """What a declaration says."""
    decoder = msgspec.json.Decoder(Batch[item])  # type: ignore[valid-type]
    return Kind(item.KIND, item, item.ID_FIELD, _fields(item), decoder)


def _fields(item: type[Item]) -> tuple[Field, ...]:
    hints = get_type_hints(item, include_extras=True)
    required = {field.name for field in msgspec.structs.fields(item) if field.required}
    names = [name for name in item.__struct_fields__ if name not in TIME_FIELDS]
    names.sort(key=lambda name: name != item.ID_FIELD)
    return tuple(_field(name, hints[name], name in required) for name in names)


def _field(name: str, hint: Any, required: bool) -> Field:
    stated = next((arg for arg in get_args(hint) if arg is not type(None)), hint) if not _is_plain(hint) else hint
    if get_origin(stated) is Literal:
        return Field(name, required, choices=get_args(stated))
    meta: msgspec.Meta = get_args(stated)[1]
    return Field(name, required, Quantity.of(meta), min_length=meta.min_length or 0, max_length=meta.max_length)


def _is_plain(hint: Any) -> bool:
    return get_origin(hint) in (Annotated, Literal)


def _declared() -> list[type[Item]]:
    """What is stored like a kind but is none (`contract.daily`) is declared elsewhere."""
    return [item for item in Item.__subclasses__() if item.__module__ == contract.kinds.__name__]


CATALOGUE: Mapping[str, Kind] = MappingProxyType({item.KIND: describe(item) for item in _declared()})
"""All kinds by name, in the order of their declaration."""
