"""Who is who in a local run: names for the simulated people, and those who look after them."""

from datetime import UTC, date, datetime

from device_simulator.people.person import Person as SimulatedPerson
from storage.records.people import Person, new_person

EXAMPLE_ID = "3e4567e1-b8bc-4d6a-8c08-4039a2b40000"
"""Of the batches in `examples/`."""

EXAMPLE = new_person(EXAMPLE_ID, "athlete", "You", email="me@example.org")
OPERATOR = new_person("operator", "administrator", "Operator", email="operator@example.org")
COACH = new_person("demo-coach", "coach", "Carla Coach", email="coach@example.org")
NUTRITIONIST = new_person("demo-nutritionist", "nutritionist", "Noa Nutritionist", email="nutritionist@example.org")
PROFESSIONALS = (COACH, NUTRITIONIST)

_FIRST = {
    "female": ("Ada", "Bruna", "Chloe", "Dilnaz", "Elif", "Freya", "Greta", "Hana", "Ines", "Jun", "Kavya", "Lucia"),
    "male": ("Aron", "Bilal", "Caio", "Dan", "Emil", "Felix", "Goran", "Hugo", "Ivo", "Jonas", "Kenji", "Liam"),
}
_LAST = (
    "Abe",
    "Berg",
    "Costa",
    "Dahl",
    "Evans",
    "Fischer",
    "Garcia",
    "Haas",
    "Ito",
    "Jansen",
    "Klein",
    "Lopez",
    "Moser",
)


def person_of(someone: SimulatedPerson) -> Person:
    """The account of a simulated person; they have no password, and nobody logs in as them."""
    body = someone.body
    first = _FIRST[body.sex]
    # Two numbers without a common divisor: a dozen dozen people before a name comes again.
    name = f"{first[someone.index % len(first)]} {_LAST[someone.index % len(_LAST)]}"
    born = date(datetime.now(UTC).year - body.age, someone.index % 12 + 1, someone.index % 28 + 1)
    return new_person(
        someone.user_id,
        "athlete",
        name,
        time_zone=someone.home.zone,
        sex=body.sex,
        birth_date=born,
        height_cm=body.height_cm,
        max_heart_rate_bpm=body.max_bpm,
    )
