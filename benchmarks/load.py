"""What the devices publish, made beforehand, as bytes: batches of 500 users, each item with an id that no other has."""

import random
import time
from dataclasses import dataclass
from uuid import UUID

import msgspec

from contract import topics
from contract.catalogue import CATALOGUE, Kind
from contract.reading import read_batch
from contract.stamping import Horizon, StampedBatch
from storage.series.line_protocol import bodies

USERS = tuple(f"{number:08x}-bench-user" for number in range(500))
STEP_MS = 60_000
"""From one batch of a user to the next; the watch counts batches by it."""

WEEK_MS = 7 * 86_400_000
LINES_A_REQUEST = 5_000
ITEMS_PER_BATCH = {"meals": 10, "track": 60}

_DEVICE = "iPhone 15 Pro"


@dataclass(frozen=True, slots=True)
class Load:
    """Batches of one kind.

    Attributes:
        kind: of all of them.
        messages: topic and payload of each; one user after the other, then the next minute.
    """

    kind: Kind
    messages: list[tuple[str, bytes]]

    @property
    def items_per_batch(self) -> int:
        """The same for all."""
        return ITEMS_PER_BATCH[self.kind.name]

    @property
    def items(self) -> int:
        """Of all batches together."""
        return len(self.messages) * self.items_per_batch


class Loads:
    """Makes loads of which each begins where the last one of its kind ended, so that none writes over another.

    All of it lies in one week of InfluxDB's shards, which begin on Mondays, UTC: what happens at a shard's edge is
    another question.

    Attributes:
        published: items of each kind, less those taken back.
    """

    def __init__(self) -> None:
        # 1970 began on a Thursday: Mondays are three days off whole weeks.
        monday_ms = (time.time_ns() // 1_000_000 + 3 * 86_400_000) // WEEK_MS * WEEK_MS - 3 * 86_400_000
        self.published = dict.fromkeys(ITEMS_PER_BATCH, 0)
        self._start_ms = monday_ms - WEEK_MS
        self._made = dict.fromkeys(ITEMS_PER_BATCH, 0)
        self._random = random.Random(1)  # noqa: S311  # stands for measured values

    def make(self, kind: str, batches: int) -> Load:
        """Batches of ten `meals`, or of a minute of a bicycle ride's `track` at 1 Hz."""
        make_items = {"meals": self._meals, "track": self._track}[kind]
        numbers = range(self._made[kind], self._made[kind] + batches)
        load = Load(CATALOGUE[kind], [self._message(kind, number, make_items()) for number in numbers])
        self._made[kind] += batches
        self.published[kind] += load.items
        return load

    def take_back(self, load: Load) -> None:
        """It was not published after all."""
        self.published[load.kind.name] -= load.items

    def _message(self, kind: str, number: int, items: list[dict[str, object]]) -> tuple[str, bytes]:
        minute, user = divmod(number, len(USERS))
        moment_s = (self._start_ms + minute * STEP_MS) / 1_000
        batch = {
            "user_id": USERS[user],
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment_s)),
            "source_device": _DEVICE,
            "batch_id": self._uuid(),
            "items": items,
        }
        return topics.telemetry(USERS[user], kind), msgspec.json.encode(batch)

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _meals(self) -> list[dict[str, object]]:
        chance = self._random.randrange
        return [
            {
                "meal_id": self._uuid(),
                "calories": chance(50, 1_200),
                "meal_type": ("Breakfast", "Lunch", "Dinner", "Snack")[number % 4],
                "carbs_g": chance(1_500) / 10,
                "protein_g": chance(600) / 10,
                "fat_g": chance(600) / 10,
            }
            for number in range(ITEMS_PER_BATCH["meals"])
        ]

    def _track(self) -> list[dict[str, object]]:
        chance, activity = self._random.randrange, self._uuid()
        lat, lng = 48 + chance(1_000_000) / 1e6, 11 + chance(1_000_000) / 1e6
        return [
            {
                "time": second,
                "activity_id": activity,
                "lat": round(lat + second * 7e-5, 6),
                "lng": round(lng + second * 5e-5, 6),
                "altitude_m": round(500 + second * 0.3, 1),
                "heart_rate": 130 + chance(30),
                "cadence": 80 + chance(20),
                "power_w": 150 + chance(150),
                "speed_mps": (700 + chance(200)) / 100,
            }
            for second in range(ITEMS_PER_BATCH["track"])
        ]


def request_bodies(load: Load) -> list[bytes]:
    """The very lines that the ingestor writes for this load, as the store encodes them, 5,000 or a few more each."""
    horizon = Horizon.at(time.time_ns() // 1_000_000, retention_days=1_095)
    batches = -(-LINES_A_REQUEST // load.items_per_batch)
    groups = (load.messages[start : start + batches] for start in range(0, len(load.messages), batches))
    return [b"\n".join(bodies(_read(load.kind, horizon, message) for message in group)) for group in groups]


def _read(kind: Kind, horizon: Horizon, message: tuple[str, bytes]) -> StampedBatch:
    user_id, _ = topics.read_telemetry(message[0])
    return read_batch(kind, user_id, message[1], horizon).stamped
