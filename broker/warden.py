"""The warden: beside Mosquitto, it brings revocations into force.

Mosquitto reads its revocation list at SIGHUP only, and never looks again at who is connected already. So:

1. The list is replaced, and Mosquitto gets SIGHUP.
2. A round trip follows. Mosquitto has one thread and sees to the signal at the end of the turn in which it arrived: who
   has had an answer since has one from the new list's time.
3. All connections of the user are ended, whatever their client ids. The user's other devices come back at once; the
   revoked one is refused in the TLS handshake.
4. Once more later: a device could have done its handshake before the signal and kept its CONNECT for afterwards.
   Mosquitto gives it 90 s for that.

Ending all connections of a user is what Mosquitto's dynamic security plugin does when a client of its own is deleted.
So one is made and deleted in one breath; nothing of it remains.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import uuid4

import msgspec
from cryptography import x509

from broker.authority.revocation import ListRefused, list_number
from broker.files import write_private
from broker.mosquitto import BrokerPlace
from broker.session import Delivery, Session, SessionOptions, Subscription
from contract import topics
from contract.decoding import decoded
from contract.errors import BrokerUnavailable
from contract.revocations import Enforced, PartsSoFar, Revocations, read_revocations

CONTROL = "$CONTROL/dynamic-security/v1"
CONTROL_ANSWERS = f"{CONTROL}/response"

SECOND_LOOK_S = 100.0
"""Longer than Mosquitto waits for the CONNECT of a connection (one and a half times 60 s)."""

_ANSWER_S = 10.0
_USERS_AT_ONCE = 100
"""In one message; each holds the broker up for some 4 ms, since its plugin saves what it knows every time."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beat:
    """What a warden watches over.

    Attributes:
        place: the broker's.
        authority: whose lists it believes.
        reload: sends SIGHUP to the broker; raises `BrokerUnavailable` if there is none just now.
        second_look_s: until connections are ended once more, in seconds.
    """

    place: BrokerPlace
    authority: x509.Certificate
    reload: Callable[[], None]
    second_look_s: float = SECOND_LOOK_S


class Warden:
    """See the rules above.

    Args:
        beat: what it watches over.
        options: of its session; the subscriptions are added here.
    """

    def __init__(self, beat: Beat, options: SessionOptions) -> None:
        self._beat = beat
        self.session = Session(
            replace(
                options,
                clean_start=True,
                session_expiry_s=0,
                subscriptions=(Subscription(topics.REVOCATION_PARTS, 1), Subscription(CONTROL_ANSWERS, 0)),
            ),
            self._hear,
        )
        self._heard: asyncio.Queue[Delivery] = asyncio.Queue()
        self._parts = PartsSoFar()
        self._answers: dict[str, asyncio.Future[None]] = {}

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            Misconfigured: the broker refuses us for a reason that a person must put right.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.session.run())
                while True:
                    await self._work(await self._heard.get(), tasks)
        finally:
            await self.session.close()

    async def shut_out(self, user: str) -> None:
        """End the connections of somebody whose password was just taken out of the broker's password file.

        There is no second look: a password is proven by the CONNECT itself, and the broker reads the file first.

        Raises:
            BrokerUnavailable: not confirmed; to be done again.
        """
        self._beat.reload()
        await self._command(())
        await self._command((user,))

    async def _work(self, delivery: Delivery, tasks: asyncio.TaskGroup) -> None:
        try:
            whole = self._parts.add(read_revocations(delivery.payload))
            if whole is not None:
                await self._enforce(whole, tasks)
        except (msgspec.MsgspecError, ListRefused) as error:
            _logger.warning("revocations can't be read, and are ignored: %s", error)
        except (BrokerUnavailable, OSError) as error:
            # They are retained: with the next connection they come again; and whoever revoked says so until it is done,
            # which is what helps when a disk is full.
            _logger.warning("revocations are not in force yet: %s", error)
        self.session.acknowledge([delivery])

    async def _enforce(self, revocations: Revocations, tasks: asyncio.TaskGroup) -> None:
        number = self._take(revocations.revocation_list.encode())
        # Though the list may have been known: who said so before may have died before the rest was done.
        self._beat.reload()
        await self._command(())
        if revocations.cut_off:
            await self._end_connections(revocations.cut_off)
            tasks.create_task(self._look_again(revocations.cut_off))
        await self.session.publish(topics.REVOCATIONS_ENFORCED, Enforced(number).encode())
        _logger.info("revocation list %d is in force, connections of %d users ended", number, len(revocations.cut_off))

    def _take(self, pem: bytes) -> int:
        """Have the broker read this list at its next SIGHUP, unless it has a newer one; the number of what it has."""
        number = list_number(pem, self._beat.authority)
        has = list_number(self._beat.place.revoked.read_bytes(), self._beat.authority)
        if number > has:
            write_private(self._beat.place.revoked, pem)
        return max(number, has)

    async def _look_again(self, users: Sequence[str]) -> None:
        await asyncio.sleep(self._beat.second_look_s)
        # If it is the broker that is away, so are all connections.
        with suppress(BrokerUnavailable):
            await self._end_connections(users)

    async def _end_connections(self, users: Sequence[str]) -> None:
        for start in range(0, len(users), _USERS_AT_ONCE):
            await self._command(users[start : start + _USERS_AT_ONCE])

    async def _command(self, users: Iterable[str]) -> None:
        """End these users' connections; without any, it is a round trip (rule 2)."""
        commands = [
            {"command": command, "username": user, "correlationData": uuid4().hex}
            for user in users
            for command in ("createClient", "deleteClient")
        ]
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if commands:
            self._answers[commands[-1]["correlationData"]] = done
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self.session.publish(CONTROL, msgspec.json.encode({"commands": commands}))
                if commands:
                    await done
        except TimeoutError:
            raise BrokerUnavailable("the broker did not carry out a command") from None
        finally:
            if commands:
                del self._answers[commands[-1]["correlationData"]]

    def _hear(self, delivery: Delivery) -> None:
        if delivery.topic.startswith(topics.REVOCATIONS):
            self._heard.put_nowait(delivery)
            return
        for response in _responses(delivery.payload):
            answer = self._answers.get(response.correlation)
            if answer is not None and not answer.done():
                if response.error:
                    answer.set_exception(BrokerUnavailable(f"the broker can't end connections: {response.error}"))
                else:
                    answer.set_result(None)


class _Response(msgspec.Struct, frozen=True):
    correlation: str = msgspec.field(name="correlationData", default="")
    error: str | None = None


class _Responses(msgspec.Struct, frozen=True):
    responses: list[_Response]


_control_answers = msgspec.json.Decoder(_Responses)


def _responses(payload: bytes) -> list[_Response]:
    try:
        return decoded(_control_answers, payload).responses
    except msgspec.MsgspecError:
        return []
