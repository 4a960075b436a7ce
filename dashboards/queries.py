"""InfluxQL over the summaries of days and over what devices sent: in the part that InfluxDB 1.x and 2.x share.

The rules of this file:

1. Grafana asks for the time range on the screen. What looks back (a mean of 7 days, a usual range of 28) begins
   earlier, so that the first day on the screen is right already; what is before the left edge is not seen. It can't be
   cut off here: InfluxQL narrows a subquery's time range to that around it.
2. Means and ranges go back by days that have a value, not by days of the calendar: a day without a measurement is no
   measurement of 0. Load is the exception: a day without a session is a day of rest.
3. The usual range is that of `insights.recovery`: mean of the 28 values before the last 7, half a standard deviation
   either way (of HRV, as its logarithm). InfluxQL can't look back by a number of points; the sum of the 28 is that of
   the last 35 less that of the last 7.
4. Optional fields of meals, exercises and sets may be left over from before a correction; `form` names those that
   count.
5. Days are the client's. Summaries are at noon UTC of their date, and periods of them begin there too, so both stand
   on their date in zones up to twelve hours from UTC; which day is the last that has ended there, the records know
   (`variables.ended`). What devices sent is grouped by the client's own midnights.
"""

from collections.abc import Sequence

from dashboards import units

RECENT = 7
RANGE = 28
LOOK_BACK_DAYS = 90
"""Enough for 35 values even if two days of three have none."""
CHANGE = 0.5
"""Standard deviations either way that are usual: the smallest change worth while (Plews et al., Sports Med
2013;43:773-781)."""

CLIENT = "\"user_id\" = '${client:raw}'"
ON_SCREEN = "$timeFilter"
EARLIER = f"time >= ${{__from}}ms - {LOOK_BACK_DAYS}d AND time <= ${{__to}}ms"
NOT_TODAY = "time <= ${__to}ms AND time <= ${ended:raw}ms"
"""Days that have ended there: the sums of today are too small until it is over."""
ENDED = f"time >= ${{__from}}ms - {LOOK_BACK_DAYS}d AND {NOT_TODAY}"
BY_DAY = "GROUP BY time(1d, 12h) fill(0)"
"""From noon to noon: a summary is the first moment of its day's."""
BY_DEVICE = '"source_device" =~ /^${device:regex}$/'
BY_PERIOD = "GROUP BY time(${period:raw}, 108h) fill(none)"
"""Periods of summaries. Weeks begin on Mondays at noon: InfluxDB counts from 1970-01-01, a Thursday."""
BY_LOCAL_PERIOD = "GROUP BY time(${period:raw}, 4d) fill(none) tz('${zone:raw}')"
"""Periods of what devices sent. A week in which clocks change is an hour longer or shorter at its end, at night."""
BY_LOCAL_DAY = "GROUP BY time(1d) fill(none) tz('${zone:raw}')"


def in_hours(column: str) -> str:
    """What makes hours of a column in minutes."""
    return " / 60" if units.minutes(column) else ""


def columns_of_days(columns: dict[str, str], *, period: bool = False, ended: bool = False) -> str:
    """Columns of the daily summary, each under a name of its own: day by day, or as means a day over periods.

    `ended`: of days that are over only.
    """
    wrapped = ((f'mean("{column}")' if period else f'"{column}"') + in_hours(column) for column in columns)
    named = ", ".join(f'{each} AS "{name}"' for each, name in zip(wrapped, columns.values(), strict=True))
    when = f"{ON_SCREEN} AND {NOT_TODAY}" if ended else ON_SCREEN
    return f'SELECT {named} FROM "daily" WHERE {CLIENT} AND {when}{" " + BY_PERIOD if period else ""}'


def sums_of_periods(columns: dict[str, str]) -> str:
    """Columns of the daily summary, added up over periods."""
    named = ", ".join(f'sum("{column}"){in_hours(column)} AS "{name}"' for column, name in columns.items())
    return f'SELECT {named} FROM "daily" WHERE {CLIENT} AND {ON_SCREEN} {BY_PERIOD}'


def weeks(columns: dict[str, tuple[str, str]]) -> str:
    """One row a week (from Monday): by column the operation and the name."""
    named = ", ".join(
        f'{operation}("{column}"){in_hours(column)} AS "{name}"' for column, (operation, name) in columns.items()
    )
    by_week = "GROUP BY time(7d, 108h) fill(none) ORDER BY time DESC"
    return f'SELECT {named} FROM "daily" WHERE {CLIENT} AND {ON_SCREEN} {by_week}'


def rolling(column: str, name: str, *, today: bool = False) -> str:
    """The mean of the last 7 values (rule 2); `today`: with that of today, which must be no sum."""
    when = EARLIER if today else ENDED
    mean = f'moving_average("{column}", {RECENT}){in_hours(column)}'
    return f'SELECT {mean} AS "{name}" FROM "daily" WHERE {CLIENT} AND {when}'


def rolling_answers(columns: dict[str, str]) -> str:
    """Means of the last 7 values of several columns, with that of today."""
    named = ", ".join(f'moving_average("{column}", {RECENT}) AS "{name}"' for column, name in columns.items())
    return f'SELECT {named} FROM "daily" WHERE {CLIENT} AND {EARLIER}'


def spread(column: str, name: str) -> str:
    """The standard deviation of the last 7 values."""
    squares = f'SELECT "{column}" AS "v", "{column}" * "{column}" AS "q" FROM "daily" WHERE {CLIENT} AND {EARLIER}'
    means = f'SELECT moving_average("v", 7) AS "m", moving_average("q", 7) AS "q" FROM ({squares})'
    return f'SELECT sqrt(("q" - "m" * "m") * 7 / 6) AS "{name}" FROM ({means})'


def usual_range(column: str, *, logarithm: bool = False) -> str:
    """Lines `7 days`, `usual from` and `usual to` (rule 3)."""
    value = f'ln("{column}")' if logarithm else f'"{column}"{in_hours(column)}'
    back = "exp({})" if logarithm else "{}"
    values = f'SELECT {value} AS "v" FROM "daily" WHERE {CLIENT} AND {EARLIER} AND "{column}" > 0'
    squares = f'SELECT "v", "v" * "v" AS "q" FROM ({values})'
    long, short = RECENT + RANGE, RECENT
    means = ", ".join(
        f'moving_average("{name}", {number}) AS "{name}{number}"' for name in ("v", "q") for number in (short, long)
    )
    moved = f"SELECT {means} FROM ({squares})"
    before = ", ".join(
        f'({long} * "{name}{long}" - {short} * "{name}{short}") / {RANGE} AS "{name}"' for name in ("v", "q")
    )
    spread = f'sqrt(("q" - "v" * "v") * {RANGE} / {RANGE - 1})'
    ends = f'SELECT "recent", "v", {spread} AS "sd" FROM (SELECT "v{short}" AS "recent", {before} FROM ({moved}))'
    shown = {
        "7 days": '"recent"',
        "usual from": f'"v" - {CHANGE} * "sd"',
        "usual to": f'"v" + {CHANGE} * "sd"',
    }
    named = ", ".join(f'{back.format(formula)} AS "{name}"' for name, formula in shown.items())
    return f"SELECT {named} FROM ({ends})"


def samples(kind: str, fields: dict[str, str], *, more: Sequence[str] = ()) -> str:
    """What devices sent, as it is."""
    named = ", ".join(f'"{field}" AS "{name}"' for field, name in fields.items())
    return f'SELECT {named} FROM "{kind}" WHERE {" AND ".join([CLIENT, BY_DEVICE, *more, ON_SCREEN])}'


def rolling_samples(kind: str, field: str, name: str) -> str:
    """The mean of the last 7 measurements of the chosen devices."""
    mean = f'moving_average("{field}", {RECENT}) AS "{name}"'
    return f'SELECT {mean} FROM "{kind}" WHERE {CLIENT} AND {BY_DEVICE} AND {EARLIER}'


def counts(field: str) -> str:
    """A condition: the point was last written with this optional field (rule 4)."""
    return rf'"form" =~ /\b{field}\b/'
