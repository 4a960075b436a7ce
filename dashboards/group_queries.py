"""Questions about everybody in care together."""

from dashboards.roster_queries import MEASURES, REASONS
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
    named = {"energy_in_kcal": "kcal", "protein_g": "g", "session_load": "AU a day"}
    named |= {"resting_heart_rate_bpm": "bpm", "hrv_ms": "ms", "sleep_min": "min"}
    parts = []
    for rank, (column, name) in enumerate(MEASURES.items()):
        week = f"standings.{column}_week"
        cuts = ", ".join(
            f'percentile_cont({share / 100}) WITHIN GROUP (ORDER BY {week}) AS "{_title(share)}"' for share in _SHARES
        )
        said = f'SELECT {rank} AS rank, \'{name} ({named[column]})\' AS "Last 7 days", count({week}) AS "Clients"'
        parts.append(f"{said}, {cuts} {_FROM}")
    return "\nUNION ALL ".join(parts) + "\nORDER BY rank"


def _title(share: int) -> str:
    return "Median" if share == 50 else f"{share} %"


def values(column: str, name: str) -> str:
    """Each client's last week."""
    return f'SELECT standings.{column}_week AS "{name}" {_FROM} AND standings.{column}_week IS NOT NULL'


def by_share(column: str, name: str) -> str:
    """How many clients have which share of days."""
    bucket = f"least(floor(4 * coalesce(standings.{column}, 0)), 3)::int"
    words = (
        "CASE at WHEN 0 THEN 'below 25 %' WHEN 1 THEN '25 to 50 %' WHEN 2 THEN '50 to 75 %' ELSE '75 % and more' END"
    )
    return (
        f'SELECT {words} AS "Days", count(found.bucket) AS "{name}" FROM generate_series(0, 3) AS at '
        f"LEFT JOIN (SELECT {bucket} AS bucket {_FROM}) AS found ON found.bucket = at GROUP BY at ORDER BY at"
    )


def signs() -> str:
    """What is seen in how many clients, the most frequent first."""
    words = "upper(left(sign->>'code', 1)) || replace(substr(sign->>'code', 2), '_', ' ')"
    return (
        f'SELECT {words} AS "Sign", count(*) AS "Clients" FROM people '
        f"JOIN standings ON standings.user_id = people.id, json_array_elements({REASONS}) AS sign "
        f"WHERE {IN_CARE} GROUP BY 1 ORDER BY count(*) DESC, 1"
    )


def spread(column: str, days: int = 7) -> str:
    """The group's quartiles, week by week, over all days of all clients."""
    cuts = f'percentile("{column}", 25) AS "a quarter below", median("{column}") AS "median", '
    cuts += f'percentile("{column}", 75) AS "a quarter above"'
    return f'SELECT {cuts} FROM "daily" WHERE {CLIENTS} AND $timeFilter GROUP BY time({days}d, 4d) fill(none)'


def days_with() -> str:
    """How many clients logged a meal, and wore a device for 10 hours, on each day."""
    return f'SELECT count("energy_in_kcal") AS "logged" FROM "daily" WHERE {CLIENTS} AND $timeFilter GROUP BY time(1d)'


def days_worn() -> str:
    """How many clients wore a device for 10 hours."""
    worn = f'{CLIENTS} AND "wear_hours" >= 10 AND $timeFilter'
    return f'SELECT count("wear_hours") AS "worn" FROM "daily" WHERE {worn} GROUP BY time(1d)'
