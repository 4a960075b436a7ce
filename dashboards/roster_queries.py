"""SQL over the records: who is in care, and where they stand."""

from dashboards.variables import IN_CARE, NAMES

MEASURES = {
    "energy_in_kcal": "Energy",
    "protein_g": "Protein",
    "session_load": "Load",
    "resting_heart_rate_bpm": "Resting HR",
    "hrv_ms": "HRV",
    "sleep_min": "Sleep",
}
"""What a standing tells of, by column."""

WRITTEN = {
    "energy_in_kcal": "kcal",
    "protein_g": "g",
    "session_load": "AU a day",
    "resting_heart_rate_bpm": "bpm",
    "hrv_ms": "ms",
    "sleep_min": "min",
}
"""Units, where a column of a table has several."""

REASONS = "CASE WHEN json_typeof(standings.reasons) = 'array' THEN standings.reasons ELSE '[]' END"
_STATUS = "coalesce(standings.status, 'unknown')"
_NEED = f"coalesce(standings.score, 0) DESC, {_STATUS} = 'unknown' DESC, people.name, people.id"
"""As `storage.records.roster` orders."""
_LINES = "CASE WHEN json_typeof(standings.sparklines) = 'object' THEN standings.sparklines ELSE '{}' END"


def roster() -> str:
    """A row for each client, numbered by need; of one need those of whom nothing is known stand before who is fine.

    Changes are those of the last 7 days against the 28 before, in %.
    """
    changes = ", ".join(
        f'{_change(f"standings.{column}_week", f"standings.{column}_usual")} AS "{name}"'
        for column, name in MEASURES.items()
    )
    return f"""SELECT row_number() OVER (ORDER BY {_NEED}) AS rank, people.id AS client, {NAMES} AS "Client",
  {_STATUS} AS "Status",
  coalesce(standings.score, 0) AS "Need",
  (SELECT string_agg(upper(left(sign->>'code', 1)) || replace(substr(sign->>'code', 2), '_', ' '), ', ' ORDER BY at)
   FROM json_array_elements({REASONS}) WITH ORDINALITY AS told(sign, at)) AS "Why",
  standings.last_seen_at AS "Last seen",
  100 * standings.wear_share AS "Worn",
  100 * standings.logging_share AS "Logged",
  {changes}
FROM people LEFT JOIN standings ON standings.user_id = people.id
WHERE {IN_CARE}
ORDER BY rank"""


def roster_line(column: str) -> str:
    """The last 28 days of a column: a line for each client."""
    return f"""SELECT {_moment(f"{_LINES} -> '{column}'")} AS "time", people.id AS client,
  (value #>> '{{}}')::float8 AS value
FROM people JOIN standings ON standings.user_id = people.id,
  json_array_elements({_LINES} -> '{column}') WITH ORDINALITY AS days(value, at)
WHERE {IN_CARE} AND json_typeof(value) = 'number'
ORDER BY 1"""


def how_many(status: str) -> str:
    """Of how many clients this is the status."""
    return (
        "SELECT count(*) AS clients FROM people LEFT JOIN standings ON standings.user_id = people.id "
        f"WHERE {IN_CARE} AND {_STATUS} = '{status}'"
    )


def silent() -> str:
    """Of how many clients nothing was measured for three days."""
    return (
        "SELECT count(*) AS clients FROM people LEFT JOIN standings ON standings.user_id = people.id "
        f"WHERE {IN_CARE} AND (standings.last_seen_at IS NULL OR standings.last_seen_at < now() - interval '3 days')"
    )


def standing_of_client() -> str:
    """Where the chosen client stands: one row."""
    return f"""SELECT {_STATUS} AS status, standings.last_seen_at AS seen,
  100 * standings.wear_share AS worn, 100 * standings.logging_share AS logged
FROM people LEFT JOIN standings ON standings.user_id = people.id WHERE people.id = ${{client:sqlstring}}"""


def signs_of_client() -> str:
    """What was seen in the chosen client's days, the most severe first."""
    return f"""SELECT sign->>'tone' AS "What it is", sign->>'words' AS "What was seen",
  (sign->>'severity')::float8 AS "Weight"
FROM standings, json_array_elements({REASONS}) WITH ORDINALITY AS told(sign, at)
WHERE standings.user_id = ${{client:sqlstring}} ORDER BY at"""


def week_of_client() -> str:
    """A row for each measure: the last 7 days' mean against what is usual."""
    return "\nUNION ALL ".join(
        f"SELECT {number} AS rank, '{name} ({WRITTEN[column]})' AS measure, "
        f'{column}_week AS "7 days", {column}_usual AS "Usual", '
        f'{_change(f"{column}_week", f"{column}_usual")} AS "Change" '
        "FROM standings WHERE user_id = ${client:sqlstring}"
        for number, (column, name) in enumerate(MEASURES.items())
    )


def lines_of_client() -> str:
    """The last 28 days of each measure of the chosen client."""
    named = " ".join(f"WHEN '{column}' THEN '{name} ({WRITTEN[column]})'" for column, name in MEASURES.items())
    return f"""SELECT {_moment("days")} AS "time", CASE key {named} ELSE key END AS measure,
  (value #>> '{{}}')::float8 AS value
FROM standings, json_each({_LINES}) AS columns(key, days),
  json_array_elements(days) WITH ORDINALITY AS each_day(value, at)
WHERE standings.user_id = ${{client:sqlstring}} AND json_typeof(value) = 'number'
ORDER BY 1"""


def _change(week: str, usual: str) -> str:
    """In whole %: Grafana would write -0.3 as -0."""
    return f"round((100 * ({week} / nullif({usual}, 0) - 1))::numeric)::float8"


def _moment(days: str) -> str:
    """Noon UTC of each day of a sparkline, as the daily summaries have it."""
    return f"((standings.day - (json_array_length({days}) - at)::int) + time '12:00') AT TIME ZONE 'UTC'"
