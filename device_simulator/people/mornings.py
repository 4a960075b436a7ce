"""What people measure and answer after waking: sleep, scale, cuff, meter, thermometer, and the morning questions."""

import math
from collections.abc import Iterator

from contract.items import Item
from device_simulator.people.chance import Stream, chances
from device_simulator.people.nights import Night
from device_simulator.people.outline import Session, outline
from device_simulator.people.person import Person
from device_simulator.people.sports import Effort
from device_simulator.people.today import Today
from device_simulator.people.wire import (
    BloodPressure,
    Body,
    Glucose,
    OxygenSaturation,
    Sleep,
    Temperature,
    Wellness,
)

Measured = tuple[float, str, str, Item]
"""Second of the day, kind, device, item."""


def mornings(today: Today) -> Iterator[Measured]:
    """All that is measured by the way, from the night to the evening."""
    devices = today.person.devices
    rng = today.person.chances(today.ordinal, Stream.VITALS)
    normal: list[float] = rng.standard_normal(12).tolist()
    chance: list[float] = rng.random(8).tolist()
    habits, wake = today.person.habits, today.wake_s
    yield wake + 60, "sleep", devices.watch, sleep(today)
    yield wake + 60, "spo2", devices.watch, _oxygen(today, normal[0])
    if devices.scale and chance[0] < habits.weighing:
        yield wake + 600, "body", devices.scale, _weighed(today, normal[1], normal[2])
    if devices.cuff and chance[1] < habits.measuring:
        yield wake + 1_200, "blood_pressure", devices.cuff, _pressure(today, normal[3:6])
    if devices.thermometer and chance[2] < habits.measuring:
        yield wake + 120, "temperature", devices.thermometer, _temperature(today, normal[6])
    if devices.glucose_meter and chance[3] < habits.measuring:
        for second, item in _glucose(today, normal[7:9]):
            yield second, "glucose", devices.glucose_meter, item
    if chance[4] < habits.answering:
        yield wake + 480, "wellness", devices.phone, wellness(today)


def sleep(today: Today) -> Item:
    """The night that ended on this day."""
    night = today.last_night
    deep, rem, awake = night.minutes("deep"), night.minutes("rem"), night.minutes("awake")
    duration = round(night.seconds / 60)
    return Sleep(
        timestamp=night.awake,
        duration_min=duration,
        light_min=max(duration - deep - rem - awake, 0),
        deep_min=deep,
        rem_min=rem,
        awake_min=awake,
        score=_score(today.person, night),
        efficiency_pct=round(100 * (1 - awake / duration), 1),
    )


def _score(person: Person, night: Night) -> int:
    """0 to 100: length against need, unbroken sleep, and enough of the deep and REM stages."""
    asleep = night.seconds / 60 - night.minutes("awake")
    parts = (
        45 * min(asleep / person.rhythm.need_min, 1.0) ** 2,
        25 * max(1 - 4 * night.minutes("awake") / asleep, 0),
        15 * min(night.minutes("deep") / (0.18 * asleep), 1.0),
        15 * min(night.minutes("rem") / (0.22 * asleep), 1.0),
    )
    return round(sum(parts))


def _oxygen(today: Today, chance: float) -> Item:
    # About a point less for each kilometre of altitude, more so high up.
    usual = 97.2 - 0.9 * (today.person.home.altitude_m / 1000) ** 1.5
    return OxygenSaturation(timestamp=today.last_night.awake, spo2_pct=min(round(usual + 0.8 * chance, 1), 100))


def _weighed(today: Today, water: float, fat: float) -> Item:
    """Tissue and water; the fat is what impedance makes of it.

    Weight wanders by about half a kilogram from day to day and is highest after the weekend (Orsama et al., Obes Facts
    2014;7:36-47).
    """
    body = today.person.body
    weight = today.state.weight_kg + today.state.water_kg + 0.12 * water
    # Of a change of weight, about three quarters are fat.
    fat_kg = body.body_fat_pct / 100 * body.weight_kg + 0.75 * (today.state.weight_kg - body.weight_kg)
    fat_pct = min(max(100 * fat_kg / weight + 0.4 * fat, 4), 60)
    return Body(
        timestamp=today.local.moment(today.wake_s + 600),
        weight_kg=round(weight, 1),
        body_fat_pct=round(fat_pct, 1),
        muscle_mass_kg=round(0.95 * weight * (1 - fat_pct / 100), 1),
    )


def _pressure(today: Today, chance: list[float]) -> Item:
    body = today.person.body
    tired = today.state.sleep_debt_h - 1
    systolic = body.systolic + 0.8 * tired + 5 * chance[0]
    diastolic = min(body.diastolic + 0.4 * tired + 3 * (0.6 * chance[0] + 0.8 * chance[1]), systolic - 18)
    return BloodPressure(
        timestamp=today.local.moment(today.wake_s + 1_200),
        systolic=round(systolic),
        diastolic=round(diastolic),
        pulse=round(today.last_night.resting_bpm + 6 + 2.5 * chance[2]),
    )


def _temperature(today: Today, chance: float) -> Item:
    person = today.person
    warm = 0.0
    if person.body.sex == "female" and person.body.age < 48:
        # Basal temperature rises by about a third of a degree after ovulation, some 14 days before the cycle's end.
        length, phase = chances(person.seed, person.index, 1, Stream.VITALS).integers((26, 0), (32, 26)).tolist()
        warm = 0.33 if (today.ordinal + phase) % length >= length - 14 else 0.0
    return Temperature(
        timestamp=today.local.moment(today.wake_s + 120), temperature_c=round(36.35 + warm + 0.09 * chance, 2)
    )


def _glucose(today: Today, chance: list[float]) -> Iterator[tuple[float, Item]]:
    usual = 4.9 + 0.03 * max(today.person.body.body_fat_pct - 15, 0)
    fasting = round(usual + 0.3 * chance[0], 1)
    second = today.wake_s + 900
    yield second, Glucose(timestamp=today.local.moment(second), glucose_mmol_l=fasting, context="fasting")
    second = today.local.second(min(today.person.home.dinner_min + 115, today.outline.bed_min - 20, 1_435))
    after = round(usual + 1.9 + 0.8 * math.tanh(chance[1]), 1)
    yield second, Glucose(timestamp=today.local.moment(second), glucose_mmol_l=after, context="after_meal")


def wellness(today: Today) -> Item:
    """The morning questions: strain tires and makes sore, a short night tires and sours, weekends relax."""
    person, state = today.person, today.state
    normal: list[float] = person.chances(today.ordinal, Stream.WELLNESS).standard_normal(5).tolist()
    strain, debt = state.strain_ratio - 0.9, state.sleep_debt_h - 1
    yesterday = outline(person, today.local.day.fromordinal(today.ordinal - 1))
    heavy = 1.2 if any(_is_heavy(session) for session in yesterday.sessions) else 0.0
    short = 1 - today.last_night.seconds / 60 / person.rhythm.need_min
    weekend = today.local.day.weekday() >= 5
    return Wellness(
        timestamp=today.local.moment(today.wake_s + 480),
        sleep_quality=_answer(7.2 - 9 * short + 0.9 * normal[0]),
        fatigue=_answer(3.4 + 1.7 * strain + 0.7 * debt + 0.9 * normal[1]),
        soreness=_answer(2.4 + 1.8 * strain + heavy + 0.8 * normal[2]),
        stress=_answer((2.8 if weekend else 4.2) + 0.3 * debt + 1.1 * normal[3]),
        mood=_answer((7.4 if weekend else 6.8) - 0.5 * strain - 0.4 * debt + 0.9 * normal[4]),
    )


def _is_heavy(session: Session) -> bool:
    return session.effort in {Effort.LIFTING, Effort.GAME, Effort.INTERVALS}


def _answer(value: float) -> int:
    return min(max(round(value), 1), 10)
