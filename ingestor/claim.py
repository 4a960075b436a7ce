"""Whose a client id is: told by a retained message, since not every broker tells who was thrown off by another.

MQTT 5 has a broker say DISCONNECT with "session taken over" to the one that loses its client id. Mosquitto 2.0 closes
the connection without a word, as it does when it stops. Two ingestors that were given the same id by mistake would
throw each other off for ever.

The rules of this file:

1. Each process says on a topic of its client id when it was started, and hears there who was before or after it.
2. Who hears of a later start, once it has heard itself, gives way. Of an earlier one, nothing follows: that may be
   the claim of a process that is dead, kept by the broker.
"""

import time
from uuid import uuid4

from broker.session import Delivery, Session
from contract.errors import Misconfigured


class Claim:
    """One process's claim to a client id.

    Args:
        client_id: that it uses.
        started_ns: when it was started, nanoseconds since 1970 UTC.

    Attributes:
        topic: where the claims to this id are said.
    """

    def __init__(self, client_id: str, started_ns: int | None = None) -> None:
        self.topic = f"v1/services/{client_id}"
        self._client_id = client_id
        # Of fixed width, so that the later one is the greater; two that start together differ all the same.
        self._own = f"{started_ns or time.time_ns():020}-{uuid4().hex}".encode()
        self._has_heard_itself = False

    def say(self, session: Session) -> None:
        """Rule 1, on each connection: the broker may have lost what it was told."""
        session.publish_nowait(self.topic, self._own, retain=True)

    def hear(self, delivery: Delivery) -> None:
        """Rule 2.

        Raises:
            Misconfigured: another process uses the client id.
        """
        if delivery.payload == self._own:
            self._has_heard_itself = True
        elif self._has_heard_itself and delivery.payload > self._own:
            raise Misconfigured(f"another process uses the client id {self._client_id!r}: each needs its own")
