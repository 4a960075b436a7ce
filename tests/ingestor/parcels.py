"""Parcels for tests."""

import json
import time

from broker.session import Delivery
from contract.stamping import Horizon
from ingestor.parcel import Parcel

WIDE = Horizon(0, 4_102_444_800_000)


def meal_items(*ids: str, calories: float = 100) -> list[dict[str, object]]:
    return [{"meal_id": item_id, "calories": calories} for item_id in ids]


def batch(items: list[dict[str, object]], *, user_id: str = "ann", **more: object) -> bytes:
    body = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": "phone", "items": items}
    return json.dumps(body | more).encode()


def delivery(payload: bytes, *, user_id: str = "ann", kind: str = "meals", packet_id: int = 1) -> Delivery:
    topic = f"v1/users/{user_id}/telemetry/{kind}"
    return Delivery(topic, payload, 1, retain=False, packet_id=packet_id, connection=1, duplicate=False)


def parcel(*ids: str, received_s: float | None = None) -> Parcel:
    received = time.monotonic() if received_s is None else received_s
    opened = Parcel(delivery(batch(meal_items(*ids))), received)
    opened.open(WIDE)
    return opened
