"""Findings in words, in the singular too."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from api.findings import anomalies, recommendations, trends
from api.period import history_before, period_of
from api.window import Window
from insights.series import Floats
from storage.records.people import new_person

LAST = date(2026, 11, 19)


def up_and_down(middle: float, days: int) -> Floats:
    figures: Floats = middle * (1 + 0.01 * np.sin(np.arange(days) * 1.7))
    return figures


def window(days: int) -> Window:
    return Window(LAST - timedelta(days=days - 1), LAST, ZoneInfo("UTC"))


def test_one_odd_day_is_one_figure() -> None:
    steps = up_and_down(9_000, 58)
    steps[-1] = 10_500
    told = anomalies({"steps": steps}, None, window(30), 0.8)
    assert told.words == "1 figure was unlike the weeks before, 1 of them very much so."
    assert told.anomalies[0].words.startswith("Steps were 10,500 steps on Thursday, 2026-11-19, above the usual")


def test_what_stopped_is_told_with_where_it_ended() -> None:
    load = np.full(30, np.nan)
    load[:10] = np.arange(1_000, 0, -100)
    [told] = trends({"session_load": load}, None, window(30)).trends
    assert told.words.endswith("by 10 days with a value; the line ends at 100 AU.")


def test_without_days_before_a_summary_says_that_it_compares_nothing() -> None:
    asked = window(30)
    steps = up_and_down(9_000, len(asked) + history_before(asked))
    steps[:-30] = np.nan
    told = period_of(new_person("ann", "athlete", "Ann"), {"steps": steps}, asked)
    assert told.words.startswith("The 30 days before have too few values to compare with")
    assert [figure.column for figure in told.figures] == ["steps"]


def test_a_summary_judges_nobody_who_is_not_of_age_by_the_measures_of_adults() -> None:
    asked = window(28)
    columns = {
        name: up_and_down(middle, len(asked) + history_before(asked))
        for name, middle in {
            "systolic_mmhg": 150, "diastolic_mmhg": 95, "sleep_min": 300, "weight_kg": 60, "energy_in_kcal": 2_000,
            "energy_out_kcal": 300,
        }.items()
    }  # fmt: skip
    grown = replace(
        new_person("ann", "athlete", "Ann"), sex="female", height_cm=165.0, birth_date=LAST - timedelta(days=40 * 365)
    )
    told = [
        period_of(replace(grown, birth_date=born), columns, asked)
        for born in (grown.birth_date, LAST - timedelta(days=15 * 365))
    ]
    assert {sign.code for sign in told[0].reasons} == {"pressure_high", "short_of_sleep"}
    assert told[1].reasons == []
    for name in ("blood_pressure", "sleep_debt", "energy"):
        assert getattr(told[0].status, name) is not None
        assert getattr(told[1].status, name) is None


def test_of_fewer_days_than_it_takes_more_are_asked_for() -> None:
    steps = {"steps": up_and_down(9_000, 84)}
    assert (
        trends({"steps": steps["steps"][-6:]}, None, window(6)).words == "A trend takes 7 days: ask for more of them."
    )
    told = period_of(new_person("ann", "athlete", "Ann"), steps, window(2))
    assert told.words == "A summary takes 3 days: ask for more of them."


def test_one_recommendation_is_one() -> None:
    told = recommendations({"fiber_g": up_and_down(14, 84)}, window(30), {})
    assert told.words == "1 recommendation, by the days until 2026-11-19."


def test_a_weight_is_no_amount_of_a_day() -> None:
    [told] = recommendations({"weight_kg": np.full(84, 80.0)}, window(30), {"weight_kg": 70.0}).recommendations
    assert told.because == "80 kg on average on 7 of the last 7 days, 14.3 % above the target of 70 kg."
