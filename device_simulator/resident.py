"""Somebody who lives beside an installation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from device_simulator.correspondent import Correspondent
from device_simulator.people.day import lived_since
from device_simulator.people.person import Person
from device_simulator.people.uploads import DueBatch


@dataclass(slots=True)
class Resident:
    """A person with their device.

    Attributes:
        person: who.
        device: theirs.
        sent_ms: when the last batch that was sent was due, milliseconds since 1970 UTC.
    """

    person: Person
    device: Correspondent
    sent_ms: int

    @property
    def resume_ms(self) -> int:
        """Before this, every batch has its receipt; at it, others may be due than the last one sent."""
        oldest = self.device.oldest
        return oldest.due_ms if oldest else self.sent_ms

    def batches(self) -> Iterator[tuple[int, int, Self, DueBatch]]:
        """What is due from then on, in the order of time: when, who, and what."""
        # The index keeps batches that are due at the same moment in one order, whatever else was published before.
        for batch in lived_since(self.person, self.sent_ms):
            yield batch.due_ms, self.person.index, self, batch
