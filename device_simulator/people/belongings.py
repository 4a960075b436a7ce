"""What people measure themselves with."""

from dataclasses import dataclass

import numpy as np

PHONES = ("iPhone 15 Pro", "iPhone 14", "iPhone 13 mini", "Pixel 8", "Pixel 7a", "Galaxy S23", "Fairphone 5")
WATCHES = (
    "Garmin Forerunner 955",
    "Garmin Forerunner 265",
    "Garmin Venu 3",
    "Apple Watch Series 9",
    "Polar Vantage V3",
    "COROS PACE 3",
    "Fitbit Charge 6",
)
SCALES = ("Withings Body+", "Garmin Index S2", "Eufy Smart Scale P2", "RENPHO ES-26M")
CUFFS = ("Omron M7 Intelli IT", "Withings BPM Connect", "Beurer BM 54")
GLUCOSE_METERS = ("Accu-Chek Guide", "Contour Next One")
THERMOMETERS = ("Withings Thermo", "Tempdrop")


@dataclass(frozen=True, slots=True)
class Devices:
    """Make and model of each device that a person has; None where there is none.

    The phone logs meals and answers, the watch heart rate, steps, sleep, oxygen saturation and workouts.
    """

    phone: str
    watch: str
    scale: str | None
    cuff: str | None
    glucose_meter: str | None
    thermometer: str | None


def choose_devices(rng: np.random.Generator, *, cuff: float, glucose: float, thermometer: float) -> Devices:
    """Devices of one person; the arguments are the chances to have one of the rarer."""
    return Devices(
        phone=PHONES[rng.integers(len(PHONES))],
        watch=WATCHES[rng.integers(len(WATCHES))],
        scale=_perhaps(rng, SCALES, 0.85),
        cuff=_perhaps(rng, CUFFS, cuff),
        glucose_meter=_perhaps(rng, GLUCOSE_METERS, glucose),
        thermometer=_perhaps(rng, THERMOMETERS, thermometer),
    )


def _perhaps(rng: np.random.Generator, models: tuple[str, ...], chance: float) -> str | None:
    # Drawn even when unused, so that one chance does not move the others.
    has, which = rng.random() < chance, int(rng.integers(len(models)))
    return models[which] if has else None
