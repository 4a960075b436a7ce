"""Days that people have lived, as they are in the store, for what reads them."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from contract.daily import Figures, stamped_days, summary_of
from insights.days import today
from insights.scope import zone_of
from insights.standing import columns_of, last_ended, standing_of
from storage.records.standing import Finished
from storage.records.standings import Standings
from storage.series.protocol import Row
from tests.api.house import House, Stores

Param = str | int | float
"""What is said in a query."""

NOW_MS = int(datetime.now(UTC).timestamp() * 1_000)
UTC_ZONE = zone_of("UTC")


def yesterday() -> date:
    return last_ended(UTC_ZONE, NOW_MS)


def this_day() -> date:
    return today(UTC_ZONE, NOW_MS)


def ordinary(day: date) -> dict[str, float]:
    """A day like others, with some ups and downs."""
    swing = random.Random((yesterday() - day).days).uniform(-1, 1)  # noqa: S311  # makes days differ; guards nothing
    return {
        "steps": 8_000 + 900 * swing,
        "steps_count": 24.0,
        "resting_heart_rate_bpm": 52 + 1.2 * swing,
        "mean_heart_rate_bpm": 70 + 2 * swing,
        "hrv_ms": 62 - 4 * swing,
        "heart_rate_count": 288.0,
        "sleep_min": 450 + 12 * swing,
        "bed_time_h": -1 + 0.2 * swing,
        "wake_time_h": 6.5 + 0.2 * swing,
        "energy_in_kcal": 2_300 + 150 * swing,
        "wear_hours": 22.0,
    }


async def live(
    stores: Stores, user_id: str, days: int = 120, changes: Mapping[date, Figures | None] | None = None
) -> None:
    """So many ordinary days up to yesterday; some of them otherwise, or not at all."""
    told = changes or {}
    dates = [yesterday() - timedelta(days=back) for back in range(days)]
    lived = {day: told[day] if day in told else ordinary(day) for day in dates}
    summaries = [summary_of(day, "UTC", rounded(figures)) for day, figures in lived.items() if figures is not None]
    if summaries:
        await stores.series.write([stamped_days(user_id, summaries)])


def rounded(figures: Figures) -> dict[str, float]:
    return {name: round(value, 3) for name, value in figures.items()}


async def stand(
    house: House, user_id: str, lived: Mapping[date, Figures], *, seen_before: timedelta = timedelta(hours=1)
) -> None:
    """Note where somebody stands who has lived so."""
    rows = [Row(0, 0, "paceline", {"date": day.isoformat(), **figures}) for day, figures in lived.items()]
    standings, last = Standings(house.stores.records), yesterday()
    turn = (await standings.begin([user_id], datetime.now(UTC)))[user_id]
    seen_ms = NOW_MS - seen_before // timedelta(milliseconds=1) if rows else None
    await standings.finish([Finished(turn, standing_of(user_id, columns_of(rows, last), last, seen_ms, NOW_MS))])


def lived_until(last: date, days: int = 84) -> dict[date, Figures]:
    return {last - timedelta(days=back): ordinary(last - timedelta(days=back)) for back in range(days)}
