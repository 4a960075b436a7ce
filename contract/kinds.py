"""Every kind of measurement, declared once: fields with unit and bounds, rules between them, what a day makes of them.

To add a kind, add one class here. Validation, storage columns, topics, HTTP and AsyncAPI schemas, dashboard units
and the simulator read it from `contract.catalogue`. Fields may be added to a kind at any time; one must never
change its type or unit, since years of stored points have the old one.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from contract.items import Item, require_any, require_order
from contract.quantities import Daily, HeartRate, ItemId, Name, Notes, Score10, quantity


class Meal(Item):
    """A meal, snack or drink with energy, as logged."""

    KIND: ClassVar[str] = "meals"
    ID_FIELD: ClassVar[str] = "meal_id"
    meal_id: ItemId
    calories: Annotated[float, quantity("kcal", 0, 10_000, Daily("energy_in_kcal", "sum"))]
    meal_type: Literal["Breakfast", "Lunch", "Dinner", "Snack"] | None = None
    carbs_g: Annotated[float, quantity("g", 0, 2_000, Daily("carbs_g", "sum"))] | None = None
    protein_g: Annotated[float, quantity("g", 0, 2_000, Daily("protein_g", "sum"))] | None = None
    fat_g: Annotated[float, quantity("g", 0, 2_000, Daily("fat_g", "sum"))] | None = None
    fiber_g: Annotated[float, quantity("g", 0, 500, Daily("fiber_g", "sum"))] | None = None
    sugar_g: Annotated[float, quantity("g", 0, 2_000, Daily("sugar_g", "sum"))] | None = None
    sodium_mg: Annotated[float, quantity("mg", 0, 50_000, Daily("sodium_mg", "sum"))] | None = None
    name: Name | None = None


class Exercise(Item):
    """A workout as a whole; its time is when it began."""

    KIND: ClassVar[str] = "exercises"
    ID_FIELD: ClassVar[str] = "exercise_id"
    exercise_id: ItemId
    type: Name
    duration_min: Annotated[float, quantity("min", 0, 2_880, Daily("exercise_min", "sum"))]
    min_heart_rate: HeartRate | None = None
    avg_heart_rate: HeartRate | None = None
    peak_heart_rate: HeartRate | None = None
    calories: Annotated[float, quantity("kcal", 0, 20_000, Daily("energy_out_kcal", "sum"))] | None = None
    distance_km: Annotated[float, quantity("km", 0, 1_000, Daily("distance_km", "sum"))] | None = None
    elevation_gain_m: Annotated[float, quantity("m", 0, 20_000, Daily("elevation_gain_m", "sum"))] | None = None
    avg_power_w: Annotated[float, quantity("W", 0, 3_000)] | None = None
    avg_cadence: Annotated[float, quantity("rpm", 0, 300)] | None = None
    rpe: Annotated[float, quantity("", 1, 10, about="Effort felt, 1 to 10 (Borg CR10).")] | None = None
    notes: Notes | None = None

    def __post_init__(self) -> None:
        require_order(self, "min_heart_rate", "avg_heart_rate", "peak_heart_rate")


class HeartRateSample(Item):
    """Heart rate at one moment, with the variability of the minutes around it where the device knows it."""

    KIND: ClassVar[str] = "heart_rate"

    bpm: Annotated[
        float,
        quantity(
            "bpm",
            20,
            250,
            Daily("mean_heart_rate_bpm", "mean"),
            Daily("resting_heart_rate_bpm", "min", where=("context", "resting")),
        ),
    ]
    hrv_ms: Annotated[float, quantity("ms", 0, 400, Daily("hrv_ms", "mean"), about="RMSSD.")] | None = None
    context: Literal["resting", "active", "workout", "recovery", "sleep"] | None = None


class Steps(Item):
    """Steps since the item before, and what went with them."""

    KIND: ClassVar[str] = "steps"

    steps: Annotated[float, quantity("steps", 0, 200_000, Daily("steps", "sum"))]
    distance_m: Annotated[float, quantity("m", 0, 200_000)] | None = None
    floors: Annotated[float, quantity("floors", 0, 1_000)] | None = None


_NO_FRACTION = Meta(
    description="Percent: 92, not 0.92. Above 0 and up to 1 it is refused.",
    extra_json_schema={"not": {"exclusiveMinimum": 0, "maximum": 1}},
)
"""For documents and schemas; `Sleep` itself holds it."""


class Sleep(Item):
    """A night or a nap; its time is the moment of waking, so it belongs to the day it prepares."""

    KIND: ClassVar[str] = "sleep"

    duration_min: Annotated[
        float, quantity("min", 1, 1_440, about="From falling asleep to waking, time awake in between included.")
    ]
    light_min: Annotated[float, quantity("min", 0, 1_440, Daily("light_sleep_min", "sum"))] | None = None
    deep_min: Annotated[float, quantity("min", 0, 1_440, Daily("deep_sleep_min", "sum"))] | None = None
    rem_min: Annotated[float, quantity("min", 0, 1_440, Daily("rem_sleep_min", "sum"))] | None = None
    awake_min: Annotated[float, quantity("min", 0, 1_440, Daily("awake_min", "sum"))] | None = None
    score: Annotated[float, quantity("", 0, 100, Daily("sleep_score", "mean"))] | None = None
    efficiency_pct: (
        Annotated[float, quantity("%", 0, 100, Daily("sleep_efficiency_pct", "mean")), _NO_FRACTION] | None
    ) = None

    def __post_init__(self) -> None:
        # 1 % is five minutes of sleep in eight hours in bed, which no device calls a night: so little is a fraction
        # that somebody forgot to convert. 0 is 0 in both. It is a rule, not a bound of the field, since the day's mean
        # has the field's bounds, and is made of what was stored before as well.
        if self.efficiency_pct is not None and 0 < self.efficiency_pct <= 1:
            raise ValueError("efficiency_pct: must be in percent, 92 instead of 0.92")
        stages = (self.light_min, self.deep_min, self.rem_min, self.awake_min)
        # A minute of grace: devices round each stage on its own.
        if sum(stage or 0 for stage in stages) > self.duration_min + 1:
            raise ValueError("duration_min: light, deep, rem and awake together must not exceed it")


class BloodPressure(Item):
    """One cuff measurement."""

    KIND: ClassVar[str] = "blood_pressure"

    systolic: Annotated[float, quantity("mmHg", 50, 300, Daily("systolic_mmhg", "mean"))]
    diastolic: Annotated[float, quantity("mmHg", 20, 200, Daily("diastolic_mmhg", "mean"))]
    pulse: HeartRate | None = None
    notes: Notes | None = None

    def __post_init__(self) -> None:
        if self.systolic <= self.diastolic:
            raise ValueError("systolic: must exceed diastolic")


class Glucose(Item):
    """Blood or interstitial glucose (1 mmol/L is 18.016 mg/dL)."""

    KIND: ClassVar[str] = "glucose"

    glucose_mmol_l: Annotated[float, quantity("mmol/L", 0.5, 60, Daily("glucose_mmol_l", "mean"))]
    context: Literal["fasting", "before_meal", "after_meal", "bedtime", "random"] | None = None
    notes: Notes | None = None


class Body(Item):
    """Weight and composition from a scale."""

    KIND: ClassVar[str] = "body"

    weight_kg: Annotated[float, quantity("kg", 2, 500, Daily("weight_kg", "last"))] | None = None
    body_fat_pct: Annotated[float, quantity("%", 1, 80, Daily("body_fat_pct", "last"))] | None = None
    muscle_mass_kg: Annotated[float, quantity("kg", 1, 300, Daily("muscle_mass_kg", "last"))] | None = None
    notes: Notes | None = None

    def __post_init__(self) -> None:
        require_any(self, "weight_kg", "body_fat_pct", "muscle_mass_kg")
        require_order(self, "muscle_mass_kg", "weight_kg")


class Temperature(Item):
    """Body temperature."""

    KIND: ClassVar[str] = "temperature"

    temperature_c: Annotated[float, quantity("°C", 25, 45, Daily("temperature_c", "mean"))]
    notes: Notes | None = None


class OxygenSaturation(Item):
    """Oxygen saturation of the blood by pulse oximetry."""

    KIND: ClassVar[str] = "spo2"

    spo2_pct: Annotated[float, quantity("%", 50, 100, Daily("spo2_pct", "mean"))]
    notes: Notes | None = None


class TrackPoint(Item):
    """One moment of a recorded activity, usually at 1 Hz."""

    KIND: ClassVar[str] = "track"

    activity_id: ItemId
    lat: Annotated[float, quantity("°", -90, 90, about="WGS 84.")] | None = None
    lng: Annotated[float, quantity("°", -180, 180, about="WGS 84.")] | None = None
    altitude_m: Annotated[float, quantity("m", -500, 10_000)] | None = None
    heart_rate: HeartRate | None = None
    cadence: Annotated[float, quantity("rpm", 0, 300, about="Turns of the crank, or steps, a minute.")] | None = None
    power_w: Annotated[float, quantity("W", 0, 3_000)] | None = None
    speed_mps: Annotated[float, quantity("m/s", 0, 150)] | None = None


class StrengthSet(Item):
    """One set of one lift."""

    KIND: ClassVar[str] = "sets"
    ID_FIELD: ClassVar[str] = "set_id"
    set_id: ItemId
    exercise: Name
    weight_kg: Annotated[float, quantity("kg", 0, 1_000, about="On the bar; 0 for body weight alone.")]
    repetitions: Annotated[float, quantity("", 1, 1_000, Daily("repetitions", "sum"))]
    rpe: Score10 | None = None
    exercise_id: ItemId | None = None


class Wellness(Item):
    """The morning questions: how much of what each name says, from 1 (none) to 10 (most)."""

    KIND: ClassVar[str] = "wellness"

    sleep_quality: Annotated[float, quantity("", 1, 10, Daily("sleep_quality", "mean"))] | None = None
    fatigue: Annotated[float, quantity("", 1, 10, Daily("fatigue", "mean"))] | None = None
    soreness: Annotated[float, quantity("", 1, 10, Daily("soreness", "mean"))] | None = None
    stress: Annotated[float, quantity("", 1, 10, Daily("stress", "mean"))] | None = None
    mood: Annotated[float, quantity("", 1, 10, Daily("mood", "mean"))] | None = None
    notes: Notes | None = None

    def __post_init__(self) -> None:
        require_any(self, "sleep_quality", "fatigue", "soreness", "stress", "mood")
