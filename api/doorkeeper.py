"""The API's second line to the broker: follows how devices are, and has revocations brought into force there.

The rules of this file:

1. The records say what is revoked; the broker's warden is told the whole list, and says when it is in force.
2. With each connection it is told again, since a broker may have lost what it kept.
3. What could not be brought into force is tried again until it is.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import structlog

from api.issuing import Issuer
from api.listening import listening, stay_connected
from api.options import BrokerAddress
from broker.authority.revocation import Revoked, revocation_list
from broker.session import Delivery, Subscription
from contract import topics
from contract.errors import BrokerUnavailable, PacelineError
from contract.reason_codes import NO_MATCHING_SUBSCRIBERS, REFUSED
from contract.revocations import Enforced, Revocations, read_enforced
from contract.status import read_status
from storage.records.devices import Devices, Status

log = structlog.get_logger(__name__)

_PATIENCE_S = 10.0
_PATIENCE_FOR_EACH_S = 0.02
"""To end a user's connections takes the broker some 4 ms; after it was away there may be thousands."""
_RETRY_S = 30.0
_STATUSES_EVERY_S = 1.0
_MOST_STATUSES = 1_000
"""Written in one statement; a thousand devices may have said how they are in a second."""


class Doorkeeper:
    """See the rules above; works while `run` runs.

    Args:
        address: the broker's.
        issuer: has the authority that signs lists.
        devices: the records.
        reconnect: first and longest pause before the connection is tried again, in seconds.
    """

    def __init__(
        self, address: BrokerAddress, issuer: Issuer, devices: Devices, reconnect: tuple[float, float] = (0.1, 5.0)
    ) -> None:
        self._issuer = issuer
        self._devices = devices
        self._session = listening(
            address,
            (Subscription(topics.STATUS_FILTER, 0), Subscription(topics.REVOCATIONS_ENFORCED, 1)),
            self._hear,
            lambda _session_present: self._due.set(),
            reconnect,
        )
        self._due = asyncio.Event()
        self._statuses: dict[tuple[str, str], Status] = {}
        self._in_force = -1
        self._news = asyncio.Condition()
        self._heard: asyncio.Queue[Enforced] = asyncio.Queue()
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(stay_connected(self._session))
                tasks.create_task(self._keep_statuses())
                tasks.create_task(self._take_news())
                if self._issuer.is_possible:
                    tasks.create_task(self._keep_in_force())
        finally:
            await self._session.close()

    async def wait_connected(self) -> None:
        """Return when there is a connection."""
        await self._session.wait_connected()

    async def has_pending(self, user_id: str) -> bool:
        """Whether a revocation of this user is not known to be in force."""
        return user_id in (await self._devices.revocations(datetime.now(UTC))).cut_off

    async def enforce(self) -> None:
        """Return when the broker refuses all that is revoked, and has ended the connections of whose it was.

        Raises:
            BrokerUnavailable: that could not be confirmed; it is tried again.
        """
        try:
            await self._enforce()
        except PacelineError:
            self._due.set()
            raise

    async def _enforce(self) -> None:
        async with self._turn:
            found = await self._devices.revocations(datetime.now(UTC))
            if not found.cut_off and self._in_force >= found.number:
                return
            revoked = [Revoked(serial, at) for serial, at in found.revoked]
            pem = await asyncio.to_thread(
                revocation_list, self._issuer.authority(), found.number, revoked, datetime.now(UTC)
            )
            message = Revocations(pem.decode(), found.cut_off)
            try:
                async with asyncio.timeout(_PATIENCE_S + _PATIENCE_FOR_EACH_S * len(found.cut_off)):
                    await self._say(message)
                    async with self._news:
                        await self._news.wait_for(lambda: self._in_force >= found.number)
            except TimeoutError:
                raise BrokerUnavailable("the broker has not confirmed the revocation: ask again") from None
            await self._devices.note_enforced(found.number)

    def forget_status(self, user_id: str, device_id: str) -> None:
        """Have the broker retain no longer how a device was; left for later when the broker is away."""
        with suppress(BrokerUnavailable):
            self._session.publish_nowait(topics.status(user_id, device_id), b"", qos=1, retain=True)

    async def forget(self, user_id: str) -> None:
        """Revoke all devices of somebody who goes, and forget whose the certificates were.

        Raises:
            BrokerUnavailable: not confirmed; to be done again.
        """
        await self._devices.revoke_all(user_id, datetime.now(UTC))
        if await self.has_pending(user_id):
            await self.enforce()
        await self._devices.forget_user(user_id)

    # Inside

    async def _say(self, revocations: Revocations) -> None:
        self._in_force = -1  # what was in force before says nothing about whose connections have ended
        parts = revocations.divided(uuid4().hex)
        codes = await asyncio.gather(
            *(self._session.publish(topics.revocation_part(each.part), each.encode(), retain=True) for each in parts)
        )
        if max(codes) >= REFUSED:
            raise BrokerUnavailable("the broker refused the revocation: ask again")
        if NO_MATCHING_SUBSCRIBERS in codes:
            raise BrokerUnavailable("nobody at the broker brings revocations into force just now: ask again")

    async def _keep_in_force(self) -> None:
        """Rules 2 and 3."""
        while True:
            await self._session.wait_connected()
            self._due.clear()
            try:
                if (await self._devices.revocations(datetime.now(UTC))).number:
                    self._in_force = -1
                    await self._enforce()
            except PacelineError as error:
                log.warning("revocations may not be in force yet", error=str(error))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_RETRY_S):
                        await self._due.wait()
                continue
            await self._due.wait()

    async def _take_news(self) -> None:
        while True:
            enforced = await self._heard.get()
            async with self._news:
                self._in_force = max(self._in_force, enforced.number)
                self._news.notify_all()

    async def _keep_statuses(self) -> None:
        while True:
            await asyncio.sleep(_STATUSES_EVERY_S)
            try:
                await self._write_statuses()
            except PacelineError as error:
                log.warning("how devices are could not be kept", error=type(error).__name__)

    async def _write_statuses(self) -> None:
        while self._statuses:
            some = {key: self._statuses.pop(key) for key in list(self._statuses)[:_MOST_STATUSES]}
            try:
                await self._devices.note_statuses(some.values())
            except PacelineError:
                # What came meanwhile is newer.
                self._statuses = some | self._statuses
                raise

    def _hear(self, delivery: Delivery) -> None:
        self._session.acknowledge((delivery,))
        if delivery.topic == topics.REVOCATIONS_ENFORCED:
            with suppress(msgspec.MsgspecError):
                self._heard.put_nowait(read_enforced(delivery.payload))
        elif status := _status_of(delivery, datetime.now(UTC)):
            self._statuses[status.user_id, status.device_id] = status


def _status_of(delivery: Delivery, now: datetime) -> Status | None:
    """What a device said; None if it can't be read, and for one that was cleared."""
    parts = delivery.topic.split("/")
    if len(parts) != 5:
        return None
    try:
        said = read_status(delivery.payload)
    except msgspec.MsgspecError:
        return None
    # When the broker sends what it has retained, it was said some time ago.
    at = said.at or (None if delivery.retain else now)
    firmware = said.firmware if said.firmware and said.firmware.isprintable() else None
    return Status(parts[2], parts[4], min(at, now) if at else None, said.state, said.battery_pct, firmware)
