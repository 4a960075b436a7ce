"""What can be chosen at the top of a board.

People are shown by name and known by id. Whoever is logged in to Grafana under the id or the name of their account here
finds their own clients chosen first.
"""

from grafana_foundation_sdk.builders.dashboard import CustomVariable, QueryVariable, TextBoxVariable
from grafana_foundation_sdk.models.dashboard import (
    VariableHide,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

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
    made = _worked_out("clients", "Clients", "Everybody in care.", sql).include_all(True).multi(True)
    return made.current(VariableOption(True, ["All"], ["$__all"]))


def session() -> TextBoxVariable:
    """Which session: its id, which the table of sessions fills in."""
    made = TextBoxVariable("session").label("Session").description("Id of the session, from the board Training.")
    return made.hide(VariableHide.HIDE_VARIABLE)


def living_need() -> QueryVariable:
    """What the client's resting need has besides their weight."""
    return _worked_out("living_need", "Resting need without weight", "In kcal a day.", food_queries.living_need())


def ended() -> QueryVariable:
    """Where the summary of the client's last day is that has ended, in milliseconds since 1970 UTC."""
    about = "The last day that has ended where the client lives."
    last = "SELECT day FROM standings WHERE user_id = ${client:sqlstring}"
    return _worked_out("ended", "Last day", about, _noon_of(last))


def ended_for_all() -> QueryVariable:
    """The same of the last day that has ended for everybody in care."""
    about = "The last day that has ended for all clients."
    last = f"SELECT min(standings.day) FROM standings JOIN people ON people.id = standings.user_id WHERE {IN_CARE}"
    return _worked_out("ended", "Last day", about, _noon_of(last))


def zone() -> QueryVariable:
    """The client's time zone, by its IANA name; nothing in it can end a quoted text."""
    known = "SELECT replace(time_zone, '''', '') FROM people WHERE id = ${client:sqlstring}"
    sql = f"SELECT coalesce(({known}), 'UTC') AS __value"
    return _worked_out("zone", "Time zone", "Where the client's days end.", sql)


def _noon_of(last: str) -> str:
    # Two days ago by UTC has ended everywhere: so much is shown even if nothing has been worked out since.
    day = f"greatest(({last}), (now() AT TIME ZONE 'UTC')::date - 2)"
    return f"SELECT (extract(epoch FROM ({day} + time '12:00') AT TIME ZONE 'UTC') * 1000)::bigint::text AS __value"


class _WorkedOut(QueryVariable):
    """A variable that follows from others: an address with a value of its own, kept for a day, would be wrong."""

    def build(self) -> VariableModel:
        """For the board."""
        made = super().build()
        made.skip_url_sync = True
        return made


def _worked_out(name: str, label: str, about: str, sql: str) -> QueryVariable:
    """One that nobody chooses, asked for anew with each refresh: days end while a board is open."""
    made = _with_question(_WorkedOut(name), label, about, sql).refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    return made.hide(VariableHide.HIDE_VARIABLE)


def _people(name: str, label: str, about: str, sql: str) -> QueryVariable:
    return _with_question(QueryVariable(name), label, about, sql)


def _with_question(made: QueryVariable, label: str, about: str, sql: str) -> QueryVariable:
    return (
        made.label(label)
        .description(about)
        .datasource(RECORDS)
        .query(sql)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.DISABLED)
        .hide(VariableHide.DONT_HIDE)
        .allow_custom_value(False)
    )
