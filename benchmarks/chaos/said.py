"""What a device has said of each item that can be corrected, and which of it may have been undone; no I/O.

The rules of this file:

1. A correction of an item is made only when what was said of it before has its receipt, and nothing newer is under way.
2. A batch may be stored twice, the second time late: a repeat that waited elsewhere, or one that the broker delivers
   again after it was killed. A late copy of what was corrected undoes the correction. So items are in doubt
   a) when another receipt comes for a batch of which something has been corrected since,
   b) if they were ever corrected, when the device connects anew: such a receipt may have been missed.
3. What is in doubt is said once more, its newest version in a batch of its own, until that has its receipt.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.chaos.batches import IDS, Item
from benchmarks.chaos.journal import Intent

MOST_AGAIN = 100
"""Items in a batch that says things again."""

Named = dict[str, Item]
"""Items by their ids."""


class Said:
    """Keeps the newest receipted version of each item with an id, by kind."""

    def __init__(self) -> None:
        self._newest: dict[str, Named] = {kind: {} for kind in IDS}
        self._answered: dict[str, Intent] = {}
        self._corrected: dict[str, set[str]] = {kind: set() for kind in IDS}
        self._under_way: dict[str, set[str]] = {kind: set() for kind in IDS}
        self._in_doubt: dict[str, set[str]] = {kind: set() for kind in IDS}

    @property
    def is_doubtful(self) -> bool:
        """Something must be said again."""
        return any(self._in_doubt.values())

    def begin(self, intent: Intent) -> None:
        """A batch is under way from now on."""
        if intent.kind in IDS:
            self._under_way[intent.kind] |= _named(intent).keys()

    def settle(self, intent: Intent) -> None:
        """Its first receipt has come."""
        if intent.kind not in IDS:
            return
        items, newest = _named(intent), self._newest[intent.kind]
        self._corrected[intent.kind] |= {name for name in items if name in newest and newest[name] != items[name]}
        self._under_way[intent.kind] -= items.keys()
        newest.update(items)
        self._answered[intent.batch_id] = intent

    def hear_again(self, batch_id: str) -> None:
        """Rule 2a."""
        intent = self._answered.get(batch_id)
        if intent is None:
            return
        newest, under_way = self._newest[intent.kind], self._under_way[intent.kind]
        stale = {name for name, item in _named(intent).items() if newest[name] != item or name in under_way}
        self._in_doubt[intent.kind] |= stale

    def connect_anew(self) -> None:
        """Rule 2b."""
        for kind, names in self._corrected.items():
            self._in_doubt[kind] |= names

    def take_doubtful(self) -> Iterator[tuple[str, list[Item]]]:
        """Rule 3: kind and items of each batch to make now; what is under way stays in doubt."""
        for kind, in_doubt in self._in_doubt.items():
            ready = sorted(in_doubt - self._under_way[kind])
            in_doubt.difference_update(ready)
            for at in range(0, len(ready), MOST_AGAIN):
                yield kind, [self._newest[kind][name] for name in ready[at : at + MOST_AGAIN]]

    def correctable(self, chance: Random) -> tuple[str, list[Item]] | None:
        """Rule 1: some items of a kind."""
        kind = chance.choice(list(IDS))
        names = [name for name in self._newest[kind] if name not in self._under_way[kind]]
        if not names:
            return None
        chosen = chance.sample(names, min(len(names), chance.randint(1, 8)))
        return kind, [self._newest[kind][name] for name in chosen]


def _named(intent: Intent) -> Named:
    return {item[IDS[intent.kind]]: item for item in intent.items}
