import numpy as np

from insights.recommendations import NOTICE, recommendations
from insights.series import Floats


def _week_of(value: float, days: int = 28) -> Floats:
    return np.full(days, value)


def test_nothing_known_recommends_nothing() -> None:
    assert recommendations({}) == []
    assert recommendations({"steps": [np.nan] * 28, "sleep_min": [np.nan] * 28}) == []


def test_targets_are_recommended_with_the_figures() -> None:
    columns = {"protein_g": _week_of(80), "energy_in_kcal": _week_of(2_150)}
    (found,) = recommendations(columns, targets={"protein_g": 110, "energy_in_kcal": 2_200})
    assert found.code == "target_protein_g"
    assert found.because == "80 g a day on 7 of the last 7 days, 27.3 % below the target of 110 g."
    assert found.words == "Bring protein up towards the target."
    assert found.figures == {"mean": 80, "target": 110, "within": 0}


def test_a_need_of_sleep_is_the_persons_own() -> None:
    columns = {"sleep_min": _week_of(440)}
    assert recommendations(columns) == []
    (found,) = recommendations(columns, sleep_need_min=500)
    assert found.code == "sleep_more"
    assert "7 h are missing" in found.because


def test_hours_that_vary_ask_for_equal_ones() -> None:
    bed = np.tile([-1.0, 2.0], 14)
    (found,) = recommendations({"bed_time_h": bed, "wake_time_h": bed + 8})
    assert found.code == "keep_hours"


def test_who_moves_little_is_told_what_the_who_advises() -> None:
    columns = {"steps": _week_of(4_000), "exercise_min": np.array([30.0, *[np.nan] * 6] * 4)}
    (found,) = recommendations(columns)
    assert (found.code, found.figures["exercise_min_a_week"]) == ("move_more", 30)
    assert recommendations({**columns, "steps": _week_of(np.nan)}) == []


def test_a_high_blood_pressure_asks_for_a_doctor_not_for_a_pill() -> None:
    (found,) = recommendations({"systolic_mmhg": _week_of(142), "diastolic_mmhg": _week_of(88)})
    assert found.code == "confirm_pressure"
    assert "show the readings to a doctor" in found.words


def test_nobody_with_a_very_high_blood_pressure_is_sent_home_to_measure_for_a_week() -> None:
    for systolic, diastolic in ((195, 122), (180, 90), (150, 110)):
        columns = {"systolic_mmhg": _week_of(systolic), "diastolic_mmhg": _week_of(diastolic)}
        (found,) = recommendations(columns)
        assert found.words == "Show these readings to a doctor today."
    (found,) = recommendations({"systolic_mmhg": _week_of(179), "diastolic_mmhg": _week_of(109)})
    assert "today" not in found.words


def test_advice_for_adults_is_not_given_to_who_is_not_of_age() -> None:
    columns = {
        "systolic_mmhg": _week_of(182),
        "diastolic_mmhg": _week_of(88),
        "sleep_min": _week_of(300),
        "fiber_g": _week_of(10),
        "steps": _week_of(3_000),
    }
    assert {each.code for each in recommendations(columns)} == {
        "confirm_pressure", "sleep_more", "eat_fibre", "move_more",
    }  # fmt: skip
    assert recommendations(columns, is_adult=False) == []
    (own,) = recommendations(columns, sleep_need_min=540, is_adult=False)
    assert own.code == "sleep_more"


def test_monotonous_training_asks_for_easy_days() -> None:
    load = np.concatenate([np.tile([300.0, 0, 0], 14), [300, 310, 290, 300, 320, 280, 300]])
    (found,) = recommendations({"session_load": load})
    assert found.code == "vary_training"


def test_little_fibre_is_told() -> None:
    (found,) = recommendations({"fiber_g": _week_of(14)})
    assert found.code == "eat_fibre"


def test_recommendations_say_where_they_are_from_and_what_they_are_not() -> None:
    columns = {"fiber_g": _week_of(14), "sleep_min": _week_of(300), "steps": _week_of(3_000)}
    for each in recommendations(columns, targets={"fiber_g": 30}):
        assert each.source
        assert each.figures
        assert any(character.isdigit() for character in each.because)
    assert "no diagnosis" in NOTICE
