"""Questions about everybody in care together."""

from dashboards.queries import BY_DAY, NOT_TODAY, in_hours
from dashboards.roster_queries import MEASURES, REASONS, WRITTEN
from dashboards.variables import IN_CARE

CLIENTS = '"user_id" =~ /^${clients:regex}$/'
_FROM = f"FROM people JOIN standings ON standings.user_id = people.id WHERE {IN_CARE}"
_SHARES = (10, 25, 50, 75, 90)


def how_many() -> str:
    """How many there are."""
    return f"SELECT count(*) AS clients FROM people WHERE {IN_CARE}"


def kept(column: str) -> str:
    """The mean of a share of days, in %."""
    return f"SELECT 100 * avg(standings.{column}) AS share {_FROM}"


def percentiles() -> str:
    """A row for each measure: how the clients' last weeks are spread."""
    parts = []
    for rank, (column, name) in enumerate(MEASURES.items()):
        week = f"standings.{column}_week"
        cuts = ", ".join(
            f'percentile_cont({share / 100}) WITHIN GROUP (ORDER BY {week}) AS "{_title(share)}"' for share in _SHARES
        )
        said = f'SELECT {rank} AS rank, \'{name} ({WRITTEN[column]})\' AS "Last 7 days", count({week}) AS "Clients"'
        parts.append(f"{said}, {cuts} {_FROM}")
    return "\nUNION ALL ".join(parts) + "\nORDER BY rank"


def _title(share: int) -> str:
    return "Median" if share == 50 else f"{share} %"


def values(column: str, name: str) -> str:
    """Each client's last week."""
    return f'SELECT standings.{column}_week AS "{name}" {_FROM} AND standings.{column}_week IS NOT NULL'


def by_share(column: str, name: str) -> str:
    """How many clients have which share of days."""
    share = f"coalesce(standings.{column}, 0)"
    bucket = (
        f"CASE WHEN {share} <= 0 THEN 0 WHEN {share} < 0.5 THEN 1 WHEN {share} < 0.8 THEN 2 WHEN {share} < 1 THEN 3"
    )
    words = "(ARRAY['no day', 'below half', '50 to 80 %', 'above 80 %', 'every day'])[at + 1]"
    return (
        f'SELECT {words} AS "Days", count(found.bucket) AS "{name}" FROM generate_series(0, 4) AS at '
        f"LEFT JOIN (SELECT {bucket} ELSE 4 END AS bucket {_FROM}) AS found ON found.bucket = at "
        "GROUP BY at ORDER BY at"
    )


def signs() -> str:
    """What is seen in how many clients, the most frequent first."""
    words = "upper(left(sign->>'code', 1)) || replace(substr(sign->>'code', 2), '_', ' ')"
    return (
        f'SELECT {words} AS "Sign", count(*) AS "Clients" FROM people '
        f"JOIN standings ON standings.user_id = people.id, json_array_elements({REASONS}) AS sign "
        f"WHERE {IN_CARE} GROUP BY 1 ORDER BY count(*) DESC, 1"
    )


def spread(column: str, share: int, name: str) -> str:
    """Below which so many percent of all days of all clients are, week by week.

    One share a question: InfluxDB opens every client's series in each of its weeks for each, and all three at once take
    two seconds for a year of 200 clients.
    """
    cut = f'percentile("{column}", {share}){in_hours(column)} AS "{name}"'
    ended = f"{CLIENTS} AND $timeFilter AND {NOT_TODAY}"
    return f'SELECT {cut} FROM "daily" WHERE {ended} GROUP BY time(7d, 108h) fill(none)'


def days_with() -> str:
    """How many clients logged a meal on each day that has ended."""
    ended = f"{CLIENTS} AND $timeFilter AND {NOT_TODAY}"
    return f'SELECT count("energy_in_kcal") AS "logged" FROM "daily" WHERE {ended} {BY_DAY}'


def days_worn() -> str:
    """How many clients wore a device for 10 hours on each day that has ended."""
    worn = f'{CLIENTS} AND "wear_hours" >= 10 AND $timeFilter AND {NOT_TODAY}'
    return f'SELECT count("wear_hours") AS "worn" FROM "daily" WHERE {worn} {BY_DAY}'
