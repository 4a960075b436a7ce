"""The format of a ledger (`device_simulator.ledger`), which says what it is for.

A line of JSON (`Heading`), then records of one tag each:

    user       number of the user, their id          device     number, make and model
    published  number of the batch, user, kind, device, batch id, the point of each item
    puback     number of the batch, reason code      receipt    number, status, items stored, places of those rejected

Each is written once, or a few times for a batch that was repeated; a record cut off by a crash is passed over. Numbers
are in the order of bytes of the machine, so a ledger is read where it was written.
"""

from struct import Struct

import msgspec

FORMAT = 1
USER, DEVICE, PUBLISHED, PUBACK, RECEIPT = range(1, 6)

NAMED = Struct("=BIB")
"""Tag, number, bytes of the name; then the name."""
BATCH = Struct("=BIIBHBH")
"""Tag, number, user, kind, device, bytes of the batch id, items; then the batch id, and a 64-bit point of each item."""
ANSWER = Struct("=BIB")
"""Tag, number of the batch, reason code of a PUBACK."""
RESULT = Struct("=BIBHH")
"""Tag, number of the batch, 1 if it is stored, items stored, items rejected; then 16 bits with the place of each."""


class Heading(msgspec.Struct, frozen=True):
    """What the first line says.

    Attributes:
        paceline_ledger: version of the format.
        scenario, seed: of the run.
        kinds: names, to which the numbers of kinds refer.
    """

    paceline_ledger: int
    scenario: str
    seed: int
    kinds: list[str]
