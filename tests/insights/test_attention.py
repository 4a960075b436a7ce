import numpy as np
import pytest

from insights.attention import attention
from insights.series import Floats


def _calm(days: int = 84) -> dict[str, Floats]:
    """Days on which nothing happens, with the noise that days have."""
    random = np.random.default_rng(5)

    def around(value: float, spread: float) -> Floats:
        return value + spread * random.standard_normal(days)

    return {
        "energy_in_kcal": around(2_200, 150),
        "weight_kg": around(72, 0.4),
        "mood": around(7, 1),
        "steps": around(8_000, 1_500),
        "sleep_min": around(440, 25),
        "mean_heart_rate_bpm": around(68, 2),
        "heart_rate_count": np.full(days, 288.0),
        "resting_heart_rate_bpm": around(56, 1),
        "hrv_ms": around(55, 4),
        "systolic_mmhg": around(118, 4),
        "diastolic_mmhg": around(76, 3),
        "session_load": np.tile([300.0, 0, 250, 0, 400, 0, 0], days // 7),
        "exercise_min": np.tile([50.0, 0, 45, 0, 70, 0, 0], days // 7),
    }


def test_nobody_is_called_for_nothing() -> None:
    found = attention(_calm())
    assert (found.signs, found.score) == ((), 0)


def test_nothing_is_said_of_somebody_without_days() -> None:
    assert attention({}).signs == ()
    assert attention({"hrv_ms": []}).signs == ()


def test_when_nothing_arrives_that_alone_is_told() -> None:
    columns = {name: np.append(series, np.full(4, np.nan)) for name, series in _calm().items()}
    (sign,) = attention(columns).signs
    assert sign.code == "nothing_arrives"
    assert sign.words == "Nothing has arrived for 4 days; before, something came on 100 % of days."


def _fell_silent(days: int) -> dict[str, Floats]:
    return {name: np.append(series, np.full(days, np.nan)) for name, series in _calm().items()}


def test_a_silence_is_over_when_something_of_today_has_come() -> None:
    everything = attention(_fell_silent(6), since=set(_calm()))
    assert (everything.signs, everything.score) == ((), 0)


def test_a_device_that_is_back_says_nothing_of_what_takes_a_persons_doing() -> None:
    (sign,) = attention(_fell_silent(6), since={"steps", "sleep_min"}).signs
    assert sign.code == "stopped_logging"
    assert set(sign.columns) == {"energy_in_kcal", "weight_kg", "mood"}
    (sign,) = attention(_fell_silent(6), since={"steps", "energy_in_kcal", "mood"}).signs
    assert (sign.code, sign.columns) == ("stopped_logging", ("weight_kg",))


def test_one_item_of_a_day_within_a_silence_leaves_what_is_silent_since() -> None:
    columns = _fell_silent(9)
    columns["weight_kg"][-6] = 72
    (sign,) = attention(columns).signs
    assert (sign.code, sign.figures["silent_days"]) == ("nothing_arrives", 5)


def test_a_sensor_that_sends_again_is_not_failing() -> None:
    columns = _calm()
    columns["mean_heart_rate_bpm"][-4:] = columns["heart_rate_count"][-4:] = np.nan
    columns["resting_heart_rate_bpm"][-4:] = columns["hrv_ms"][-4:] = np.nan
    assert [sign.code for sign in attention(columns, since={"steps"}).signs] == ["sensor_failing"]
    assert attention(columns, since={"mean_heart_rate_bpm"}).signs == ()


def test_who_stops_logging_is_told_apart_from_a_device_that_stops() -> None:
    columns = _calm()
    columns["energy_in_kcal"][-4:] = np.nan
    (logging,) = attention(columns).signs
    assert logging.words == "No meals for 4 days (before: on 100 % of days); devices still report."
    columns = _calm()
    columns["mean_heart_rate_bpm"][-4:] = columns["heart_rate_count"][-4:] = np.nan
    columns["resting_heart_rate_bpm"][-4:] = columns["hrv_ms"][-4:] = np.nan
    (sensor,) = attention(columns).signs
    assert sensor.code == "sensor_failing"
    assert "No heart rate for 4 days, though steps arrive" in sensor.words


def test_fewer_samples_of_a_watch_that_is_worn_are_told() -> None:
    columns = _calm()
    columns["heart_rate_count"][-5:] = [200, 190, 280, 180, 150]
    (sign,) = attention(columns).signs
    assert sign.code == "sensor_failing"
    assert sign.figures == {"samples": 200, "usual_samples": 288}


def test_recovery_that_fails_is_told_with_the_training_behind_it() -> None:
    columns = _calm()
    columns["resting_heart_rate_bpm"][-28:] += 0.2 * np.arange(28)
    columns["hrv_ms"][-28:] -= 0.5 * np.arange(28)
    columns["session_load"][-7:] = [400.0, 380, 420, 400, 390, 410, 0]
    (sign, *_) = attention(columns).signs
    assert (sign.code, sign.tone, sign.severity) == ("not_recovering", "concern", 0.85)
    assert "bpm a week" in sign.words
    assert "its monotony" in sign.words
    assert sign.figures["resting_bpm_a_week"] > 0.5


def test_improving_is_praise_and_calls_nobody() -> None:
    columns = _calm()
    columns["resting_heart_rate_bpm"][-28:] -= 0.2 * np.arange(28)
    columns["hrv_ms"][-28:] += 0.5 * np.arange(28)
    found = attention(columns)
    assert [(sign.code, sign.tone) for sign in found.signs] == [("improving", "praise")]
    assert found.score == 0


def test_rules_for_adults_are_not_told_of_who_is_not_of_age() -> None:
    columns = _calm()
    columns["systolic_mmhg"] = columns["systolic_mmhg"] + 25
    columns["sleep_min"] = columns["sleep_min"] - 120
    assert {sign.code for sign in attention(columns).signs} == {"pressure_high", "short_of_sleep"}
    assert attention(columns, is_adult=False).signs == ()


def test_a_rise_of_blood_pressure_is_told_of_the_young_without_the_class_of_adults() -> None:
    columns = _calm()
    columns["systolic_mmhg"] = columns["systolic_mmhg"] + np.concatenate([np.zeros(42), np.linspace(0, 30, 42)])
    (grown,), (young,) = (attention(columns, is_adult=each).signs for each in (True, False))
    assert (grown.code, young.code) == ("pressure_rising", "pressure_rising")
    assert "in an office" in grown.words
    assert "in an office" not in young.words


def test_a_slope_says_on_how_many_days_of_how_many_weeks_it_rests() -> None:
    columns = _calm()
    every_third = np.arange(84) % 3 == 0
    columns["systolic_mmhg"] = np.where(every_third, 118 + np.maximum(np.arange(84) - 42, 0) * 0.5, np.nan)
    columns["diastolic_mmhg"] = np.where(every_third, 76.0, np.nan)
    (sign,) = attention(columns).signs
    assert sign.words.startswith("Systolic blood pressure rises by 3.5 mmHg a week")
    assert "on 14 days of the last 6 weeks" in sign.words


def test_a_rising_blood_pressure_replaces_a_high_one() -> None:
    columns = _calm()
    columns["systolic_mmhg"] += 20
    (high,) = attention(columns).signs
    assert high.code == "pressure_high"
    assert "135/85" in high.words
    columns["systolic_mmhg"][-28:] += 0.6 * np.arange(28)
    (rising,) = attention(columns).signs
    assert (rising.code, rising.severity) == ("pressure_rising", 0.85)
    assert "ESC/ESH 2018" in rising.words


def test_debt_of_sleep_and_loss_of_weight_and_a_jump_of_load_are_told() -> None:
    columns = _calm()
    columns["sleep_min"][-7:] = 330
    columns["weight_kg"][-28:] -= 0.15 * np.arange(28)
    columns["session_load"][-7:] = columns["session_load"][-7:] * 3
    columns["exercise_min"][-7:] = columns["exercise_min"][-7:] * 3
    found = attention(columns)
    assert {sign.code for sign in found.signs} == {"short_of_sleep", "weight_changing", "load_jump"}
    assert found.score == pytest.approx(1 - 0.5 * 0.55 * 0.6)
    assert [sign.severity for sign in found.signs] == sorted((sign.severity for sign in found.signs), reverse=True)


def test_every_sign_says_figures_and_none_a_diagnosis() -> None:
    columns = _calm()
    columns["sleep_min"][-7:] = 330
    columns["energy_in_kcal"][-5:] = np.nan
    for sign in attention(columns).signs:
        assert any(character.isdigit() for character in sign.words)
        assert sign.figures
        assert set(sign.columns) <= set(columns)


def test_columns_of_different_days_are_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        attention({"hrv_ms": [1.0], "steps": [1.0, 2.0]})
