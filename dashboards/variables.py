"""What can be chosen at the top of a board.

People are shown by name and known by id. Whoever is logged in to Grafana under the id or the name of their account here
finds their own clients chosen first.
"""

from grafana_foundation_sdk.builders.dashboard import CustomVariable, QueryVariable, TextBoxVariable
from grafana_foundation_sdk.models.dashboard import VariableHide, VariableOption, VariableRefresh, VariableSort

from dashboards import food_queries
from dashboards.targets import RECORDS

IN_CARE = (
    "people.role = 'athlete' AND people.id IN (SELECT client_id FROM consents WHERE withdrawn_at IS NULL "
    "AND professional_id IN (${coach:sqlstring}))"
)
"""Clients who let one of the chosen professionals see their data, as a condition on `people`."""

NAMES = (
    "CASE WHEN count(*) OVER (PARTITION BY people.name) > 1 THEN people.name || ' (' || left(people.id, 8) || ')' "
    "ELSE people.name END"
)
"""Names, with the beginning of the id where two people have the same."""


def coach() -> QueryVariable:
    """Whose clients."""
    return (
        _people(
            "coach",
            "Clients of",
            "The professional who may see them.",
            "SELECT name AS __text, id AS __value FROM people WHERE role IN ('coach', 'nutritionist') "
            "ORDER BY ${__user.login:sqlstring} IN (id, name) DESC, name",
        )
        .include_all(True)
        .multi(True)
    )


def client() -> QueryVariable:
    """Which client."""
    sql = f"SELECT {NAMES} AS __text, people.id AS __value FROM people WHERE {IN_CARE} ORDER BY people.name, people.id"
    return _people("client", "Client", "Whose days are shown.", sql)


def device() -> QueryVariable:
    """Which of the client's devices; all unless chosen."""
    sql = "SELECT name AS __text, name AS __value FROM source_devices WHERE user_id = ${client:sqlstring} ORDER BY name"
    every = VariableOption(True, ["All"], ["$__all"])
    made = _people("device", "Source device", "Devices and apps whose measurements are shown.", sql)
    return made.include_all(True).all_value(".*").multi(True).current(every)


def period(first: str = "1d") -> CustomVariable:
    """Into which periods days are put together."""
    words = {"1d": "1 day", "7d": "1 week", "28d": "4 weeks"}
    return (
        CustomVariable("period")
        .label("Period")
        .description("Days that are put together into one bar.")
        .values(", ".join(f"{text} : {value}" for value, text in words.items()))
        .current(VariableOption(True, words[first], first))
        .allow_custom_value(False)
    )


def clients() -> QueryVariable:
    """All clients of the chosen professionals; nobody chooses among them."""
    sql = f"SELECT id AS __text, id AS __value FROM people WHERE {IN_CARE} ORDER BY id"
    made = _people("clients", "Clients", "Everybody in care.", sql).include_all(True).multi(True)
    return made.current(VariableOption(True, ["All"], ["$__all"])).hide(VariableHide.HIDE_VARIABLE)


def session() -> TextBoxVariable:
    """Which session: its id, which the table of sessions fills in."""
    made = TextBoxVariable("session").label("Session").description("Id of the session, from the board Training.")
    return made.hide(VariableHide.HIDE_VARIABLE)


def living_need() -> QueryVariable:
    """What the client's resting need has besides their weight; nobody chooses it."""
    made = _people("living_need", "Resting need without weight", "In kcal a day.", food_queries.living_need())
    return made.hide(VariableHide.HIDE_VARIABLE)


def _people(name: str, label: str, about: str, sql: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .description(about)
        .datasource(RECORDS)
        .query(sql)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.DISABLED)
        .hide(VariableHide.DONT_HIDE)
        .allow_custom_value(False)
    )
