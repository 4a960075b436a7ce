"""Questions about everybody in care together."""

from math import ceil

from contract.conventions import MINIMUM_GROUP, MINIMUM_TAIL
from dashboards.queries import BY_DAY, NOT_TODAY, in_hours
from dashboards.roster_queries import MEASURES, REASONS, WRITTEN
from dashboards.variables import IN_CARE, NAMES

CLIENTS = '"user_id" =~ /^${clients:regex}$/'
_FROM = f"FROM people JOIN standings ON standings.user_id = people.id WHERE {IN_CARE}"
_SHARES = (10, 25, 50, 75, 90)


def how_many() -> str:
    """How many there are."""
    return f"SELECT count(*) AS clients FROM people WHERE {IN_CARE}"


def kept(column: str) -> str:
    """The mean of a share of days, in %."""
    return f"SELECT 100 * avg(standings.{column}) AS share {_FROM}"


def last_weeks() -> str:
    """How the clients' last weeks are spread: a row for each percentile; of a small group, one for each client.

    Percentiles are linear between neighbours, and told by the rule of `insights.cohort`.
    """
    weeks = ", ".join(f"standings.{column}_week AS {column}" for column in MEASURES)
    each = "SELECT 9, name, {} FROM weeks WHERE (SELECT count(*) FROM weeks) < {}"
    rows = [_percentile(rank, share) for rank, share in enumerate(_SHARES)]
    rows.append(
        f"SELECT 8, 'Clients with a value', {_cells('count({})')} FROM weeks HAVING count(*) >= {MINIMUM_GROUP}"
    )
    rows.append(each.format(_cells("{}"), MINIMUM_GROUP))
    return f"WITH weeks AS (SELECT {NAMES} AS name, {weeks} {_FROM})\n" + "\nUNION ALL ".join(rows) + "\nORDER BY 1, 2"


LAST_WEEKS = {f"{name} ({WRITTEN[column]})": column for column, name in MEASURES.items()}
"""Columns of `last_weeks` with what they are of."""


def _percentile(rank: int, share: int) -> str:
    # So many people that enough of them lie on the smaller side.
    least = max(MINIMUM_GROUP, ceil(100 * MINIMUM_TAIL / min(share, 100 - share)))
    told = f"CASE WHEN count({{0}}) >= {least} THEN percentile_cont({share / 100}) WITHIN GROUP (ORDER BY {{0}}) END"
    name = "Median" if share == 50 else f"{share} % are below"
    return f"SELECT {rank} AS rank, '{name}' AS \"Last 7 days\", {_cells(told)} FROM weeks HAVING count(*) >= {least}"


def _cells(formula: str) -> str:
    return ", ".join(f'{formula.format(column)} AS "{title}"' for title, column in LAST_WEEKS.items())


def values(column: str, name: str) -> str:
    """Each client's last week, of a group that is large enough."""
    week = f"standings.{column}_week"
    enough = f"(SELECT count({week}) {_FROM}) >= {MINIMUM_GROUP}"
    return f'SELECT {week} AS "{name}" {_FROM} AND {week} IS NOT NULL AND {enough}'


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
    """Below which so many percent of the clients are with the mean of their days, week by week (nearest rank).

    Weeks in which too few clients have a value are left out. One share a question: InfluxDB opens every client's series
    in each of its weeks for each.
    """
    ended, by_week = f"{CLIENTS} AND $timeFilter AND {NOT_TODAY}", "GROUP BY time(7d, 108h)"
    means = (
        f'SELECT mean("{column}"){in_hours(column)} AS "m" FROM "daily" WHERE {ended} {by_week}, "user_id" fill(none)'
    )
    cuts = f'SELECT percentile("m", {share}) AS "p", count("m") AS "n" FROM ({means}) {by_week} fill(none)'
    return f'SELECT "p" AS "{name}" FROM ({cuts}) WHERE "n" >= {MINIMUM_GROUP}'


def days_with() -> str:
    """How many clients logged a meal on each day that has ended."""
    ended = f"{CLIENTS} AND $timeFilter AND {NOT_TODAY}"
    return f'SELECT count("energy_in_kcal") AS "logged" FROM "daily" WHERE {ended} {BY_DAY}'


def days_worn() -> str:
    """How many clients wore a device for 10 hours on each day that has ended."""
    worn = f'{CLIENTS} AND "wear_hours" >= 10 AND $timeFilter AND {NOT_TODAY}'
    return f'SELECT count("wear_hours") AS "worn" FROM "daily" WHERE {worn} {BY_DAY}'
