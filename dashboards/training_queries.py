"""Questions about workouts, their load, and one of them."""

from collections.abc import Iterator, Mapping, Sequence

from dashboards.queries import BY_DAY, BY_DEVICE, CLIENT, ENDED, ON_SCREEN, counts, in_hours

_SESSION = f"{CLIENT} AND \"activity_id\" = '${{session:raw}}' AND {ON_SCREEN}"
_STEP = "GROUP BY time($__interval) fill(none)"


def load_ratio() -> str:
    """Acute (7 days) to chronic (28 days) load, both rolling means a day; a day without a session is one of rest."""
    spans = (("load", 7, "acute"), ("load", 28, "chronic"), ("known", 28, "known"))
    means = ", ".join(f'moving_average("{of}", {days}) AS "{name}"' for of, days, name in spans)
    ratio = f'SELECT "acute" / "chronic" AS "acute to chronic" FROM (SELECT {means} FROM ({daily_load()}))'
    # Of somebody new, the weeks before would count as weeks of rest.
    return f'{ratio} WHERE "chronic" > 0 AND "known" > 0.75'


def chronic_load() -> str:
    """The mean of the last 28 days, those of rest too."""
    return f'SELECT moving_average("load", 28) AS "usual, 28 days" FROM ({daily_load()})'


def week_sum(column: str, name: str) -> str:
    """The sum of the last 7 days, on each day."""
    return (
        f'SELECT 7 * "mean" AS "{name}" FROM (SELECT moving_average("load", 7) AS "mean" FROM ({daily_load(column)}))'
    )


def monotony() -> str:
    """Mean of the last 7 days' load over their standard deviation (Foster, Med Sci Sports Exerc 1998;30:1164-1168)."""
    squares = f'SELECT "load", "load" * "load" AS "square" FROM ({daily_load()})'
    means = f'SELECT moving_average("load", 7) AS "m", moving_average("square", 7) AS "q" FROM ({squares})'
    spread = f'SELECT "m", sqrt(("q" - "m" * "m") * 7 / 6) AS "sd" FROM ({means})'
    return f'SELECT "m" / "sd" AS "monotony" FROM ({spread}) WHERE "sd" > 0.001'


def daily_load(column: str = "session_load") -> str:
    """A column of days that have ended, 0 where it has no value; `known` is 1 where there is a summary at all."""
    sums = f'sum("{column}"){in_hours(column)} AS "load", count("date") AS "known"'
    return f'SELECT {sums} FROM "daily" WHERE {CLIENT} AND {ENDED} {BY_DAY}'


def sessions() -> Sequence[str]:
    """Each workout, with `ms`, how long it took; and of those that tell it one figure more. Rows belong to a time."""
    which = f"{CLIENT} AND {BY_DEVICE} AND {ON_SCREEN}"
    whole = f'{_WHOLE}, "duration_min" * 60000 AS "ms", "exercise_id" AS "session"'
    return [f'SELECT {whole} FROM "exercises" WHERE {which}', *_told(OF_SESSIONS, which)]


OF_SESSIONS = {
    "distance_km": "Distance",
    "avg_heart_rate": "Mean HR",
    "peak_heart_rate": "Peak HR",
    "calories": "Energy",
    "rpe": "Effort",
}
"""What not every workout tells."""
_WHOLE = '"type" AS "Type", "duration_min" AS "Duration"'


def _told(fields: Mapping[str, str], which: str) -> Iterator[str]:
    """A question for each, since each may be left over from before a correction by itself (rule 4 of `queries`)."""
    for field, name in fields.items():
        load = ', "duration_min" * "rpe" AS "Load"' if field == "rpe" else ""
        yield f'SELECT "{field}" AS "{name}"{load} FROM "exercises" WHERE {which} AND {counts(field)}'


def hours_by_type() -> str:
    """Type and hours of each workout."""
    fields = '"type" AS "type", "duration_min" / 60 AS "h"'
    return f'SELECT {fields} FROM "exercises" WHERE {CLIENT} AND {BY_DEVICE} AND {ON_SCREEN}'


def best_endurance() -> str:
    """Of all workouts with a distance: that, time and speed, whenever they were."""
    speed = '"distance_km" / "duration_min" * 60'
    return (
        f'SELECT "type" AS "Type", "distance_km" AS "Longest", "duration_min" AS "Duration", {speed} AS "Fastest" '
        f'FROM "exercises" WHERE {CLIENT} AND "distance_km" > 0 AND {counts("distance_km")}'
    )


def best_lifts() -> str:
    """Of all sets: weight, and what could be lifted once (Epley: weight times 1 + repetitions / 30)."""
    once = '"weight_kg" * (1 + "repetitions" / 30)'
    return (
        f'SELECT "exercise" AS "Lift", "weight_kg" AS "Heaviest", {once} AS "Once" '
        f'FROM "sets" WHERE {CLIENT} AND "weight_kg" > 0'
    )


def along(field: str, name: str) -> str:
    """One figure along the chosen workout."""
    return f'SELECT mean("{field}") AS "{name}" FROM "track" WHERE {_SESSION} {_STEP}'


def pace() -> str:
    """Seconds a kilometre along the chosen workout; standing still is no pace."""
    return f'SELECT 1000 / mean("speed_mps") AS "pace" FROM "track" WHERE {_SESSION} AND "speed_mps" > 0.5 {_STEP}'


def way() -> str:
    """Where the chosen workout went."""
    means = ", ".join(f'mean("{field}") AS "{field}"' for field in ("lat", "lng", "heart_rate"))
    return f'SELECT {means} FROM "track" WHERE {_SESSION} {_STEP}'


def this_session() -> Sequence[str]:
    """What is known of the chosen workout as a whole: questions as of `sessions`."""
    chosen = f"{CLIENT} AND \"exercise_id\" = '${{session:raw}}'"
    return [f'SELECT {_WHOLE} FROM "exercises" WHERE {chosen}', *_told(OF_SESSIONS, chosen)]
