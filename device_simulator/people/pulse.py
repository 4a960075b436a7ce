"""What the watch makes of the heart: a sample every five minutes, and the HRV while its wearer sleeps."""

from collections.abc import Sequence

import numpy as np

from contract.items import Item
from device_simulator.people.chance import Stream
from device_simulator.people.heart import Floats, HeartCurve
from device_simulator.people.timeline import Context, Stretch
from device_simulator.people.today import Today
from device_simulator.people.wire import HeartRateSample

SAMPLE_S = 300
HOUR_S = 3_600
_NOISE_BPM: dict[Context, float] = {"sleep": 1.2, "resting": 2.0, "active": 3.5, "workout": 1.6, "recovery": 2.0}


def heart_rate(today: Today, stretches: Sequence[Stretch], curve: HeartCurve) -> list[list[Item]]:
    """The day's samples, hour by hour; `time` counts from the hour's start."""
    seconds = np.arange(0, today.local.seconds, SAMPLE_S, dtype=np.float64)
    rng = today.person.chances(today.ordinal, Stream.HEART)
    contexts = [stretches[which].context for which in curve.stretch(seconds).tolist()]
    noise = rng.standard_normal(len(seconds)) * [_NOISE_BPM[context] for context in contexts]
    bpm = np.clip(np.rint(curve.at(seconds) + noise), 30, 220).astype(int).tolist()
    hrv = np.round(_hrv(today, seconds, rng), 1).tolist()
    samples: list[Item] = [
        HeartRateSample(time=second % HOUR_S, bpm=rate, hrv_ms=ms if context == "sleep" else None, context=context)
        for second, rate, ms, context in zip(range(0, len(bpm) * SAMPLE_S, SAMPLE_S), bpm, hrv, contexts, strict=True)
    ]
    an_hour = HOUR_S // SAMPLE_S
    hours = [samples[at : at + an_hour] for at in range(0, len(samples), an_hour)]
    return [_worn(today, number, hour) for number, hour in enumerate(hours)] if today.person.sensor_wear else hours


def _worn(today: Today, number: int, samples: list[Item]) -> list[Item]:
    """What a failing sensor makes of an hour: fewer samples, and some that follow the steps instead of the pulse."""
    wear = today.person.sensor_wear
    if wear >= 1:
        return []
    chance = today.person.chances(today.ordinal * 25 + number, Stream.SENSOR).random((len(samples), 2)).tolist()
    return [
        HeartRateSample(time=each.time, bpm=165, context="active") if invented < 0.15 * wear else each
        for each, (lost, invented) in zip(samples, chance, strict=True)
        if lost >= 0.85 * wear
    ]


def _hrv(today: Today, seconds: Floats, rng: np.random.Generator) -> Floats:
    before_noon = seconds < today.wake_s + HOUR_S
    level = np.where(before_noon, today.last_night.hrv_ms, today.next_night.hrv_ms)
    measured: Floats = level * np.exp(0.12 * rng.standard_normal(len(seconds)))
    return np.clip(measured, 4, 320)
