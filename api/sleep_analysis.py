"""What some weeks of sleep show together."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from api.daily_summaries import person_of, read_columns
from api.finding_models import First, Last, RecommendationShown, TrendShown, Words
from api.findings import recommendation_shown, trend_shown
from api.window import Wanted, Window
from api.wiring import Wiring
from insights.ages import is_adult
from insights.recommendations import NOTICE, recommendations
from insights.series import known, one_value
from insights.sleep import LEAST_NIGHTS, REGULARITY_DAYS, SleepDebt, SleepRegularity, sleep_debt, sleep_regularity
from insights.standing import HISTORY_DAYS, Columns
from insights.trend import trend
from insights.words import days, figure, sentence

_MEANS = (
    "sleep_min",
    "light_sleep_min",
    "deep_sleep_min",
    "rem_sleep_min",
    "awake_min",
    "sleep_score",
    "sleep_efficiency_pct",
    "bed_time_h",
    "wake_time_h",
)
_TRENDS = ("sleep_min", "sleep_efficiency_pct", "bed_time_h", "wake_time_h")
_RULES = frozenset({"sleep_more", "keep_hours"})
_TOO_FEW = (
    "No night from {window}. Log nights by POST /sleep, or connect a device that does; regularity takes 7 of them, and "
    "a debt 4 of the last 7."
)


class SleepShown(Struct, frozen=True, kw_only=True):
    """Some weeks of sleep; null where too little is known."""

    first: First
    last: Last
    time_zone: str
    words: Words
    nights: Annotated[int, Meta(description="Days with a sleep that ended on them.")]
    means: Annotated[Mapping[str, float], Meta(description="A day that has a value, by column of the daily summary.")]
    regularity: Annotated[SleepRegularity | None, Meta(description="Of at most the last 28 days.")]
    debt: Annotated[SleepDebt | None, Meta(description="After the last 7 nights, by the need of adults.")]
    trends: list[TrendShown]
    notice: str
    recommendations: list[RecommendationShown]


async def read_analysis(wiring: Wiring, user_id: str, wanted: Wanted) -> SleepShown:
    """Look at somebody's nights, the last one included."""
    person, zone = await person_of(wiring, user_id)
    # Today's night is over: unlike the sums of a day, it is what it will be.
    window = wanted.within(zone, with_today=True)
    columns = await read_columns(wiring, user_id, window, max(HISTORY_DAYS - len(window), 0))
    return await wiring.examiner.work_out(_analyse, columns, window, is_adult(window.last, person.birth_date))


def _analyse(columns: Columns, window: Window, adult: bool) -> SleepShown:
    nights = {name: columns[name][-len(window) :] for name in _MEANS if name in columns}
    means = {name: mean for name, series in nights.items() if (mean := one_value(series, 1)) is not None}
    number = len(known(nights["sleep_min"])) if "sleep_min" in nights else 0
    regularity = debt = None
    if number:
        regularity = sleep_regularity(
            nights["bed_time_h"], nights["wake_time_h"], days=min(len(window), REGULARITY_DAYS)
        )
        debt = sleep_debt(nights["sleep_min"]) if adult else None
    found = [trend_shown(name, told) for name in _TRENDS if name in nights and (told := trend(nights[name]))]
    advice = [recommendation_shown(each) for each in recommendations(columns, is_adult=adult) if each.code in _RULES]
    return SleepShown(
        first=window.first,
        last=window.last,
        time_zone=window.zone.key,
        words=_words(number, means, regularity, debt, window),
        nights=number,
        means=means,
        regularity=regularity,
        debt=debt,
        trends=found,
        notice=NOTICE,
        recommendations=advice,
    )


def _words(
    number: int,
    means: Mapping[str, float],
    regularity: SleepRegularity | None,
    debt: SleepDebt | None,
    window: Window,
) -> str:
    if not number:
        return _TOO_FEW.format(window=window.words)
    awake = f", besides {figure(means['awake_min'], 'min')} awake at night," if "awake_min" in means else ""
    told = [f"{figure(means['sleep_min'] / 60, 'h')} of sleep a day{awake} on {days(number)} of {len(window)}"]
    if regularity:
        told.append(f"the middle of sleep varied by {figure(regularity.midsleep_sd_min, 'min')}")
    if debt:
        told.append(f"{figure(debt.minutes / 60, 'h')} are missing after the last week")
    if number < LEAST_NIGHTS:
        told.append(f"how regular it is takes {LEAST_NIGHTS} nights")
    return sentence("; ".join(told))
