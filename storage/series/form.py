"""The text field `form`: which fields a point of InfluxDB had when it was last written.

The rules of this file:

1. InfluxDB joins the fields of a point that is written again. For samples that is what the protocol asks for. An item
   with an id is to be replaced as a whole, yet the optional fields that its correction leaves out would stay.
2. So every point of a kind with ids says in `form` which optional fields its last write had. Any other value of an
   optional field is stale: `rows` drops it, `buckets` asks for points whose `form` names the field.
3. `form` also begins with the milliseconds of the item's time within its second, since the point's own nanosecond
   holds a hash instead: `0 meal_type carbs_g`, `250`, `0 avg_heart_rate`.
4. It lists what is there, not what is missing. A field added to a kind later needs no care then: old forms don't name
   it, and old points don't have it. And a writer of an older version, which doesn't know the field, leaves it out
   rightly, where a list of missing fields would keep the value it can't see. Most items have few of a kind's fields,
   too.
5. It lists names, not codes or bits: nothing has to be kept stable besides the names, which are stable already, the
   order of declaration may change, and InfluxQL of every version can look for a word by a regular expression. On disk
   the same few forms compress to next to nothing.
6. Samples need no `form`. Only a kind without any required field gets an empty one, so that InfluxQL, which counts
   fields and not points, has something to count.
"""

from contract.catalogue import Kind

FORM = "form"


def has_form(kind: Kind) -> bool:
    """Whether points of this kind carry the field (rules 2 and 6)."""
    return kind.id_field is not None or counted_field(kind) == FORM


def counted_field(kind: Kind) -> str:
    """The field that every point of this kind has."""
    return next((field.name for field in kind.fields if field.required), FORM)


def read_form(form: str) -> tuple[int, set[str]]:
    """The milliseconds within the second, and the optional fields that count (rules 2 and 3)."""
    milliseconds, *names = form.split()
    return int(milliseconds), set(names)


def names_field(name: str) -> str:
    """A regular expression for the forms that name a field, in the syntax that Go and Rust share."""
    return rf"\b{name}\b"
