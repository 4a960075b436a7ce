"""What a day's summary must be, worked out from the items in plain Python: the reference for the real thing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import exp, fsum
from typing import Any

from contract.catalogue import CATALOGUE
from contract.quantities import Operation
from contract.stamping import StampedBatch
from storage.series.protocol import Row, Selection
from tests.storage.series.ledger import Ledger

Summaries = dict[date, dict[str, float]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def summaries(written: Iterable[StampedBatch], user_id: str, zone: tzinfo, *, max_bpm: float, male: bool) -> Summaries:
    """The figures of each day that has any.

    Args:
        written: in the order of their writing.
        user_id: whose.
        zone: in whose calendar.
        max_bpm: of the person.
        male: likewise.
    """
    ledger = Ledger(written)
    days: defaultdict[date, dict[str, list[Row]]] = defaultdict(lambda: {name: [] for name in CATALOGUE})
    for kind in CATALOGUE.values():
        for row in ledger.rows(Selection(kind, user_id)):
            days[clock(row.time_ms, zone).date()][kind.name].append(row)
    return {day: summary(day, rows, zone, max_bpm, male) for day, rows in days.items()}


def clock(time_ms: float, zone: tzinfo) -> datetime:
    return (EPOCH + timedelta(milliseconds=time_ms)).astimezone(zone)


def summary(day: date, rows: Mapping[str, Sequence[Row]], zone: tzinfo, max_bpm: float, male: bool) -> dict[str, float]:
    found = derived(rows)
    found |= sessions(rows["exercises"], found.get("resting_heart_rate_bpm", 60.0), max_bpm, male)
    own, recorded = minutes(rows["heart_rate"], "bpm"), minutes(rows["track"], "heart_rate")
    pulse = recorded | own
    if pulse:
        shares = [mean / max_bpm for mean in pulse.values()]
        for zone_number in range(1, 6):
            # Tenths as they are written: 0.4 + 0.2 would be a little above 0.6.
            low, high = (4 + zone_number) / 10, (5 + zone_number) / 10 if zone_number < 5 else 9
            found[f"zone{zone_number}_min"] = float(sum(low <= round(share, 12) < high for share in shares))
    if rows["sleep"]:
        nights = [(row.values["duration_min"], row.values.get("awake_min", 0)) for row in rows["sleep"]]
        found["sleep_min"] = fsum(float(whole) - min(float(awake), float(whole)) for whole, awake in nights)
        main = max(rows["sleep"], key=lambda row: (row.values["duration_min"], row.time_ms))
        woke = clock(main.time_ms, zone)
        fell = clock(main.time_ms - round(float(main.values["duration_min"]) * 60_000), zone)
        found["wake_time_h"], found["bed_time_h"] = hours_after(day, woke), hours_after(day, fell)
    worn = {int((at - midnight_ms(day, zone)) // 3_600_000) for at in (*pulse, *minutes(rows["steps"], "steps"))}
    if worn:
        found["wear_hours"] = float(len(worn))
    return found


def midnight_ms(day: date, zone: tzinfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1_000)


def hours_after(day: date, moment: datetime) -> float:
    """By the clock on the wall."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # so is the clock's
    return (moment.replace(tzinfo=None) - midnight) / timedelta(hours=1)


def minutes(rows: Sequence[Row], field: str) -> dict[int, float]:
    found = defaultdict(list)
    for row in rows:
        if field in row.values:
            found[row.time_ms // 60_000 * 60_000].append(float(row.values[field]))
    return {minute: fsum(values) / len(values) for minute, values in found.items()}


def sessions(exercises: Sequence[Row], rest: float, most: float, male: bool) -> dict[str, float]:
    felt = [float(row.values["rpe"]) * float(row.values["duration_min"]) for row in exercises if "rpe" in row.values]
    measured = [row for row in exercises if "avg_heart_rate" in row.values]
    found = {"session_load": fsum(felt)} if felt else {}
    if measured and rest < most:
        a, b = (0.64, 1.92) if male else (0.86, 1.67)
        found["trimp"] = 0.0
        for row in measured:
            x = min(max((float(row.values["avg_heart_rate"]) - rest) / (most - rest), 0), 1)
            found["trimp"] += float(row.values["duration_min"]) * x * a * exp(b * x)
    return found


def derived(rows: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, kind in CATALOGUE.items():
        if rows[name]:
            found[f"{name}_count"] = float(len(rows[name]))
        for field in kind.fields:
            for rule in field.quantity.daily if field.quantity else ():
                meant = [
                    row for row in rows[name] if rule.where is None or row.values.get(rule.where[0]) == rule.where[1]
                ]
                there = [row for row in meant if field.name in row.values]
                if there:
                    found[rule.column] = made(rule.operation, field.name, there)
    return found


def made(operation: Operation, field: str, rows: Sequence[Row]) -> float:
    values = [float(row.values[field]) for row in rows]
    if operation == "last":
        newest = max(row.key_ns for row in rows)
        return max(float(row.values[field]) for row in rows if row.key_ns == newest)
    operations: dict[str, Callable[[list[float]], Any]] = {
        "sum": fsum, "mean": lambda each: fsum(each) / len(each), "min": min, "max": max, "count": len,
    }  # fmt: skip
    return float(operations[operation](values))
