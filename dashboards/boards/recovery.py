"""Recovery and vitals: sleep, resting heart rate and HRV within what is normal for the person, and measurements."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Property

from contract.conventions import HOME_DIASTOLIC_MMHG, HOME_SYSTOLIC_MMHG
from dashboards import annotations, links, palette, queries, units, variables
from dashboards.frame import frame
from dashboards.geometry import Heading, Line, even
from dashboards.panels import Steps, as_points, bars, lines, shaded, tile, with_band, with_colours
from dashboards.targets import Target, series

NO_NIGHTS = "No nights in this time range: ask whether the watch is worn at night, and widen the range."

_STAGES = {
    "deep_sleep_min": "deep",
    "rem_sleep_min": "REM",
    "light_sleep_min": "light",
    "awake_min": "awake",
}
_STAGE_COLOURS = (palette.BLUE, palette.PURPLE, palette.SKY, palette.ORANGE)
_ANSWERS = {
    "sleep_quality": "sleep quality",
    "mood": "mood",
    "fatigue": "fatigue",
    "soreness": "soreness",
    "stress": "stress",
}
_ANSWER_COLOURS = (palette.BLUE, palette.GREEN, palette.ORANGE, palette.PURPLE, palette.VERMILLION)

# Williams et al., Eur Heart J 2018;39:3021-3104 (ESC/ESH), table 3: high normal, grade 1, grade 2 and higher. Cuffs
# are at home: what is high there is worth a look, as on the roster.
_SYSTOLIC: Steps = [
    (None, palette.FINE), (130, palette.YELLOW), (HOME_SYSTOLIC_MMHG, palette.LOOK),
    (140, palette.LOOK), (160, palette.URGENT),
]  # fmt: skip
_DIASTOLIC: Steps = [
    (None, palette.FINE), (HOME_DIASTOLIC_MMHG, palette.LOOK), (90, palette.LOOK), (100, palette.URGENT),
]  # fmt: skip
# O'Driscoll et al., Thorax 2017;72(Suppl 1):i1-i90: 94 to 98 % is the usual target; below 90 % is hypoxaemia.
_OXYGEN: Steps = [(None, palette.URGENT), (90, palette.LOOK), (94, palette.FINE)]
_TEMPERATURE: Steps = [(None, palette.LOOK), (35.5, palette.FINE), (37.5, palette.LOOK), (38, palette.URGENT)]
# Battelino et al., Diabetes Care 2019;42:1593-1603: 3.9 to 10.0 mmol/L; below 3.0 and above 13.9 needs action.
_GLUCOSE: Steps = [
    (None, palette.URGENT), (3.0, palette.LOOK), (3.9, palette.FINE), (10.0, palette.LOOK), (13.9, palette.URGENT),
]  # fmt: skip


def board() -> Dashboard:
    """The board."""
    return frame(
        links.RECOVERY,
        "Recovery and vitals",
        "Whether one client recovers: sleep, resting heart rate, HRV, how they feel, and what they measured.",
        [
            even(3, *_tiles()),
            Line(8, [(_pulse(), 12), (_variability(), 12)]),
            Line(8, [(_stages(), 12), (_answers(), 12)]),
            even(8, _hours(), _debt()),
            Heading("Vitals"),
            even(8, *_pressure()),
            even(8, *_measured()),
        ],
        variables=[variables.coach(), variables.client(), variables.device()],
        links=[links.to_roster(), links.boards_of_client()],
        annotations=annotations.of_client(),
        tags=[links.CLIENT_TAG],
    )


def _tiles() -> Sequence[Any]:
    asked = [
        ("Resting heart rate", "resting_heart_rate_bpm", "Mean of the last 7 days with a value.", 0),
        ("HRV (RMSSD)", "hrv_ms", "Mean of the last 7 days with a value.", 0),
        ("Sleep", "sleep_min", "Time asleep, mean of the last 7 nights.", 1),
    ]
    made = [
        tile(
            title, about, units.unit_of(column), [series(queries.rolling(column, title, today=True))],
            no_data=NO_NIGHTS, steps=[(None, palette.FINE)],
        ).decimals(decimals)
        for title, column, about, decimals in asked
    ]  # fmt: skip
    regular = tile(
        "How regular is waking?", "Standard deviation of the last 7 times of waking; more than an hour is irregular.",
        units.unit_of("wear_hours"), [series(queries.spread("wake_time_h", "waking"))],
        no_data=NO_NIGHTS, steps=[(None, palette.FINE), (1, palette.LOOK)],
    )  # fmt: skip
    return [*made, regular.decimals(1)]


def _pulse() -> Any:
    return _band(
        "Is the resting heart rate as usual?", "resting_heart_rate_bpm", "Above for long: not recovering, or ill."
    )


def _variability() -> Any:
    return _band("Is HRV as usual?", "hrv_ms", "RMSSD. Below for long: not recovering, or ill.", logarithm=True)


def _band(title: str, column: str, about: str, *, logarithm: bool = False) -> Any:
    panel = lines(
        title,
        f"{about} Mean of 7 days; the band is the normal range of the 28 days before (Plews 2013).",
        units.unit_of(column),
        [
            series(queries.columns_of_days({column: "a day"})),
            series(queries.usual_range(column, logarithm=logarithm), "B"),
        ],
        no_data="No heart rate at rest in this time range: is the watch worn, also at night?",
    )
    panel.override_by_name("a day", as_points(palette.GREY))
    return with_band(with_colours(panel, {"7 days": palette.INK}), "usual from", "usual to")


def _stages() -> Any:
    panel = bars(
        "How is the sleep made up?",
        "Stages of each night, on the day of waking, as the device reckons them; all but awake are its sleep.",
        units.unit_of("sleep_min"),
        [series(queries.columns_of_days(_STAGES))],
        no_data=NO_NIGHTS,
        stacked=True,
    )
    return with_colours(panel, dict(zip(_STAGES.values(), _STAGE_COLOURS, strict=True)))


def _answers() -> Any:
    panel = lines(
        "How do they feel in the morning?",
        "Means of 7 answers, 1 none to 10 most. Sleep quality and mood are better high, the others better low.",
        units.NONE,
        [series(queries.rolling_answers(_ANSWERS))],
        no_data="No morning answers in this time range: ask whether the questions come up.",
    )
    panel.min(1).max(10).decimals(0)
    return with_colours(panel, dict(zip(_ANSWERS.values(), _ANSWER_COLOURS, strict=True)))


def _hours() -> Any:
    panel = lines(
        "When do they sleep?",
        "Falling asleep and waking, in hours after midnight there; -1 is 23:00 of the evening before.",
        units.unit_of("bed_time_h"),
        [series(queries.columns_of_days({"bed_time_h": "asleep", "wake_time_h": "awake"}))],
        no_data=NO_NIGHTS,
    )
    panel.decimals(1)
    return with_colours(panel, {"asleep": palette.BLUE, "awake": palette.ORANGE})


def _debt() -> Any:
    panel = bars(
        "How long do they sleep?",
        "Time asleep of each day, and the mean of the last 7; adults need 7 hours and more (Watson 2015).",
        units.unit_of("sleep_min"),
        [
            series(queries.columns_of_days({"sleep_min": "night"})),
            series(queries.rolling("sleep_min", "7 nights", today=True), "B"),
        ],
        no_data=NO_NIGHTS,
    )
    line = [Property("custom.drawStyle", "line"), Property("custom.lineWidth", 2), Property("custom.fillOpacity", 0)]
    panel.override_by_name("7 nights", line)
    return with_colours(panel, {"night": palette.SKY, "7 nights": palette.BLUE})


def _pressure() -> Sequence[Any]:
    about = (
        "Measurements and the mean of 7. High at home from {} mmHg on; other lines: classes of ESC/ESH 2018 (office)."
    )
    no_data = "No blood pressure in this time range: is there a cuff?"
    made = []
    asked = (("Systolic", HOME_SYSTOLIC_MMHG, _SYSTOLIC), ("Diastolic", HOME_DIASTOLIC_MMHG, _DIASTOLIC))
    for title, high, steps in asked:
        field, said = title.lower(), (title, about.format(high), no_data)
        mean = series(queries.rolling_samples("blood_pressure", field, "mean of 7"), "B")
        panel = _points(said, "blood_pressure", field, steps, [mean])
        made.append(with_colours(panel, {"mean of 7": palette.BLUE}))
    return made


def _measured() -> Sequence[Any]:
    oxygen = "Each measurement; below 94 % is worth a look, below 90 % too little."
    warmth = "Each measurement; from 38 °C fever."
    sugar = "Each measurement; 3.9 to 10.0 mmol/L is the usual target with diabetes (Battelino 2019)."
    no_oxygen = "No oxygen saturation in this time range: does the watch measure it?"
    no_warmth = "No temperature in this time range: is there a thermometer?"
    no_sugar = "No glucose in this time range: is there a meter?"
    return [
        _points(("Oxygen saturation", oxygen, no_oxygen), "spo2", "spo2_pct", _OXYGEN),
        _points(("Temperature", warmth, no_warmth), "temperature", "temperature_c", _TEMPERATURE),
        _points(("Glucose", sugar, no_sugar), "glucose", "glucose_mmol_l", _GLUCOSE),
    ]


def _points(said: tuple[str, str, str], kind: str, field: str, steps: Steps, more: Sequence[Target] = ()) -> Any:
    title, about, no_data = said
    name = title.lower()
    asked = [series(queries.samples(kind, {field: name}))]
    panel = lines(title, about, units.unit_of(field, kind), [*asked, *more], no_data=no_data)
    panel.override_by_name(name, as_points(palette.INK))
    return shaded(panel, steps)
