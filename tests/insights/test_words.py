from contract.daily import COLUMNS
from insights.words import amount_of, days, figure, name_of, percent, said, sentence, unit_of


def test_figures_have_three_digits_and_their_unit() -> None:
    assert figure(62.52, "bpm") == "62.5 bpm"
    assert figure(10_412.4) == "10,412"
    assert figure(4.2, "%", signed=True) == "+4.2 %"
    assert percent(0.954) == "95 %"
    assert figure(-0.001) == "0"
    assert figure(99.97) == "100"
    assert figure(9.999) == "10"


def test_times_of_day_are_said_as_clocks_show_them() -> None:
    assert said("bed_time_h", -0.5) == "23:30"
    assert said("wake_time_h", 6.999) == "7:00"
    assert said("weight_kg", 71.26) == "71.3 kg"


def test_columns_have_names_without_units() -> None:
    assert name_of("resting_heart_rate_bpm") == "resting heart rate"
    assert name_of("hrv_ms") == "HRV"
    assert unit_of("glucose_mmol_l") == "mmol/L"
    assert unit_of("mood") == ""
    assert not [column for column in COLUMNS if "_" in name_of(column)]


def test_columns_are_much_or_high_or_late() -> None:
    assert amount_of("steps", more=True) == "more steps"
    assert amount_of("hrv_ms", more=False) == "a lower HRV"
    assert amount_of("wake_time_h", more=False) == "an earlier time of waking"


def test_sentences_begin_and_end() -> None:
    assert sentence("no meals for " + days(1)) == "No meals for 1 day."
    assert sentence("Done.") == "Done."
