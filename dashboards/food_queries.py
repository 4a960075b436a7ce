"""Questions about meals, energy and targets."""

from contract.conventions import ADULT_AGE, LIVING_FACTOR
from dashboards.queries import (
    BY_DEVICE,
    BY_LOCAL_DAY,
    BY_LOCAL_PERIOD,
    BY_PERIOD,
    CLIENT,
    EARLIER,
    ENDED,
    NOT_TODAY,
    ON_SCREEN,
    counts,
)

TYPES = {"A": "Breakfast", "B": "Lunch", "C": "Dinner", "D": "Snack"}
"""By the letter of the question."""

_NAMES = {
    "energy_in_kcal": "Energy (kcal)",
    "protein_g": "Protein (g)",
    "carbs_g": "Carbohydrate (g)",
    "fat_g": "Fat (g)",
    "fiber_g": "Fibre (g)",
    "sugar_g": "Sugar (g)",
    "sodium_mg": "Sodium (mg)",
}


def living_need() -> str:
    """What the resting need has besides the weight, in kcal (Mifflin et al., Am J Clin Nutr 1990;51:241-247).

    Who has not said their height, age or sex counts as 170 cm, 40 years, and in between. The formula is for adults: of
    others it is so much below 0 that no need is left, and `living` shows none.
    """
    age = "coalesce(extract(year FROM age(birth_date)), 40)"
    sex = "CASE sex WHEN 'male' THEN 5 WHEN 'female' THEN -161 ELSE -78 END"
    formula = f"6.25 * coalesce(height_cm, 170) - 5 * {age} + {sex}"
    need = f"CASE WHEN {age} < {ADULT_AGE} THEN -1000000 ELSE {formula} END"
    return f"SELECT round(({need})::numeric, 1)::text AS __value FROM people WHERE id = ${{client:sqlstring}}"


def living() -> str:
    """What living takes without exercise, a day: from the last weight."""
    weights = f'SELECT last("weight_kg") AS "kg" FROM "daily" WHERE {CLIENT} AND {ENDED}'
    need = f'{LIVING_FACTOR} * (10 * "kg" + ${{living_need:raw}})'
    filled = f'SELECT {need} AS "need" FROM ({weights} GROUP BY time(1d, 12h) fill(previous))'
    return f'SELECT mean("need") AS "living" FROM ({filled}) WHERE "need" > 0 {BY_PERIOD}'


def macros() -> str:
    """Energy by where it comes from, means a day."""
    parts = {"carbohydrate": '4 * mean("carbs_g")', "protein": '4 * mean("protein_g")', "fat": '9 * mean("fat_g")'}
    named = ", ".join(f'{formula} AS "{name}"' for name, formula in parts.items())
    return f'SELECT {named} FROM "daily" WHERE {CLIENT} AND {ON_SCREEN} AND {NOT_TODAY} {BY_PERIOD}'


def by_type(name: str) -> str:
    """Energy of meals of one type, by the client's days."""
    conditions = f"{CLIENT} AND {BY_DEVICE} AND \"meal_type\" = '{name}' AND {counts('meal_type')} AND {ON_SCREEN}"
    return f'SELECT sum("calories") AS "{name}" FROM "meals" WHERE {conditions} {BY_LOCAL_PERIOD}'


def longest_gaps() -> str:
    """By the client's day the longest time since the meal before, in hours."""
    gaps = f'SELECT elapsed("calories", 1s) / 3600.0 AS "h" FROM "meals" WHERE {CLIENT} AND {BY_DEVICE} AND {EARLIER}'
    return f'SELECT max("h") AS "longest gap" FROM ({gaps}) {BY_LOCAL_DAY}'


def logged_share() -> str:
    """Of the last 14 days, those with a meal, in %."""
    return "SELECT 100 * logging_share AS logged FROM standings WHERE user_id = ${client:sqlstring}"


def target(column: str) -> str:
    """What a professional set as a day's target, as a line from when they did to the end of the screen."""
    value = f"(targets->>'{column}')::float8"
    mine = f"FROM feedback WHERE user_id = ${{client:sqlstring}} AND {value} IS NOT NULL"
    return f"""SELECT "time", target FROM (
  SELECT sent_at AS "time", {value} AS target {mine}
  UNION ALL (SELECT $__timeTo()::timestamptz, {value} {mine} ORDER BY sent_at DESC LIMIT 1)
) AS steps ORDER BY 1"""


def adherence() -> str:
    """How the last week keeps to the targets: a row for each."""
    named = " ".join(f"WHEN '{column}' THEN '{name}'" for column, name in _NAMES.items())
    return f"""SELECT CASE key {named} ELSE replace(key, '_', ' ') END AS "Target of",
  (kept->>'target')::float8 AS "Target", (kept->>'mean')::float8 AS "Mean",
  100 * ((kept->>'mean')::float8 / (kept->>'target')::float8 - 1) AS "Off by",
  100 * (kept->>'within')::float8 AS "Days kept"
FROM standings,
  json_each(CASE WHEN json_typeof(adherence) = 'object' THEN adherence ELSE '{{}}' END) AS each(key, kept)
WHERE user_id = ${{client:sqlstring}} ORDER BY 1"""
