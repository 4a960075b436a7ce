"""Who may write as which source device; asks the records only about names that it has not met."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from contract.errors import BatchRejected
from ingestor.parcel import Parcel
from storage.records.source_devices import MAX_SOURCE_DEVICES

MEMORY_USERS = 100_000
"""Users whose devices are remembered; beyond it, all are asked about again. About 50 MB at three devices each."""

MEMORY_S = 600
"""How long that lasts, in seconds: a device that was removed for a user makes room within this time."""


class Admission:
    """Remembers the source devices of users, all of them for each user that it knows.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, frozenset[str]] = {}
        self._expires_s = clock() + MEMORY_S

    def strangers(self, parcels: Iterable[Parcel]) -> list[tuple[str, str]]:
        """The (user, source device) of which it can't say yet whether they are let in, in the order of their coming."""
        self._forget_in_time()
        known = self._known
        found: dict[tuple[str, str], None] = {}
        for parcel in parcels:
            stamped = parcel.stamped
            if stamped is None:
                continue
            devices = known.get(stamped.user_id, frozenset())
            if stamped.source_device not in devices and len(devices) < MAX_SOURCE_DEVICES:
                found[stamped.user_id, stamped.source_device] = None
        return list(found)

    def learn(self, devices: Mapping[str, frozenset[str]]) -> None:
        """What the records say of these users."""
        self._known.update(devices)

    def turn_away(self, parcels: Sequence[Parcel]) -> None:
        """Reject the batches of devices that were not let in; all devices must be known by now."""
        for parcel in parcels:
            stamped = parcel.stamped
            if stamped and stamped.source_device not in self._known.get(stamped.user_id, frozenset()):
                parcel.reject(
                    BatchRejected(
                        f"the user has {MAX_SOURCE_DEVICES} source devices already: use one of them",
                        field="source_device",
                        batch_id=parcel.batch_id,
                    )
                )

    def _forget_in_time(self) -> None:
        if self._clock() > self._expires_s or len(self._known) > MEMORY_USERS:
            self._known.clear()
            self._expires_s = self._clock() + MEMORY_S
