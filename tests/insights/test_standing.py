"""From the summaries of days to what a roster shows."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from contract.daily import day_ms
from contract.stamping import epoch_ms
from insights.standing import HISTORY_DAYS, SPARKLINE_DAYS, columns_of, columns_since, last_ended, standing_of
from storage.series.protocol import Row

LAST = date(2026, 1, 13)
NOW_MS = epoch_ms(datetime(2026, 1, 14, 12, tzinfo=UTC))


def row(back: int, **values: float) -> Row:
    day = LAST - timedelta(days=back)
    at_ms = day_ms(day)
    return Row(at_ms, at_ms * 1_000_000, "paceline", {"date": day.isoformat(), "time_zone": "UTC", **values})


def test_yesterday_is_the_last_day_that_has_ended_wherever_one_lives() -> None:
    moment = epoch_ms(datetime(2026, 1, 14, 1, tzinfo=UTC))
    assert last_ended(ZoneInfo("UTC"), moment) == date(2026, 1, 13)
    assert last_ended(ZoneInfo("America/Lima"), moment) == date(2026, 1, 12)


def test_series_have_every_day_and_no_other() -> None:
    columns = columns_of([row(0, steps=9.0), row(2, steps=7.0), row(-1, steps=5.0), row(400, steps=4.0)], LAST, 4)
    np.testing.assert_array_equal(columns["steps"], [np.nan, 7.0, np.nan, 9.0])
    assert list(columns) == ["steps"]


def test_of_days_that_have_not_ended_it_is_known_what_has_come() -> None:
    rows = [row(0, steps=9.0, hrv_ms=60.0), row(-1, steps=5.0), row(-2, weight_kg=70.0)]
    assert columns_since(rows, LAST) == {"steps", "weight_kg"}
    assert columns_since(rows, LAST + timedelta(days=2)) == set()


def test_who_has_no_days_is_unknown() -> None:
    standing = standing_of("ann", {}, LAST, None, NOW_MS)
    assert (standing.status, standing.score, standing.last_seen_at, standing.week) == ("unknown", 0.0, None, {})


@pytest.mark.parametrize("back", range(71, HISTORY_DAYS + 1))
def test_who_was_last_heard_of_long_ago_is_unknown_and_not_fine(back: int) -> None:
    rows = [row(each, steps=9_000.0) for each in range(back, back + 30)]
    standing = standing_of("ann", columns_of(rows, LAST), LAST, NOW_MS, NOW_MS)
    assert (standing.status, standing.reasons) == ("unknown", [])


def test_a_week_is_told_beside_what_is_usual() -> None:
    rows = [row(back, protein_g=80.0 if back < 7 else 120.0, energy_in_kcal=2_000.0) for back in range(HISTORY_DAYS)]
    rows += [row(back, wear_hours=9.0 if back % 2 else 12.0) for back in range(14)]
    standing = standing_of("ann", columns_of(rows, LAST), LAST, NOW_MS + 60_000, NOW_MS)
    assert (standing.week["protein_g"], standing.usual["protein_g"]) == (80.0, 120.0)
    assert standing.logging_share == 1.0
    assert standing.wear_share == 0.5
    assert len(standing.sparklines["protein_g"]) == SPARKLINE_DAYS
    # A device whose clock is ahead was seen now.
    assert standing.last_seen_at == datetime(2026, 1, 14, 12, tzinfo=UTC)


def test_days_without_a_session_are_days_of_rest() -> None:
    rows = [row(back, session_load=350.0) for back in range(0, 70, 7)]
    standing = standing_of("ann", columns_of(rows, LAST), LAST, NOW_MS, NOW_MS)
    assert standing.week["session_load"] == pytest.approx(50.0)
    assert standing.usual["session_load"] == pytest.approx(50.0)


def test_who_has_stopped_is_to_be_looked_at_with_the_reason() -> None:
    rows = [row(back, steps=9_000.0, sleep_min=430.0, energy_in_kcal=2_000.0) for back in range(6, HISTORY_DAYS)]
    standing = standing_of("ann", columns_of(rows, LAST), LAST, NOW_MS, NOW_MS)
    assert standing.status in {"look", "urgent"}
    assert standing.reasons[0]["code"] == "nothing_arrives"
    assert standing.reasons[0]["figures"]["silent_days"] == 6.0


def test_who_is_back_after_a_silence_is_no_longer_told_of_and_not_called_fine_after_a_month_of_it() -> None:
    for silent, status in ((6, "fine"), (35, "unknown")):
        rows = [row(back, steps=9_000.0, sleep_min=430.0) for back in range(silent, HISTORY_DAYS)]
        columns = columns_of(rows, LAST)
        before = standing_of("ann", columns, LAST, NOW_MS, NOW_MS)
        assert [reason["code"] for reason in before.reasons] == ["nothing_arrives"]
        back = standing_of("ann", columns, LAST, NOW_MS, NOW_MS, since={"steps"})
        assert (back.status, back.reasons, back.score) == (status, [], 0.0)


def test_what_a_coach_set_as_a_target_is_told_with_how_it_is_kept_to() -> None:
    rows = [row(back, protein_g=130.0 if back < 4 else 90.0) for back in range(HISTORY_DAYS)]
    targets = {"protein_g": 125.0, "fat_g": 70.0}
    standing = standing_of("ann", columns_of(rows, LAST), LAST, NOW_MS, NOW_MS, targets=targets)
    # Of the last seven days, four are within a tenth of it; of fat nothing is known.
    assert standing.adherence == {
        "protein_g": {"target": 125.0, "mean": pytest.approx(790 / 7), "within": pytest.approx(4 / 7), "days": 7}
    }
