"""Devices: registering one, listing them, renewing a certificate, asking for data, and throwing one out at once."""

import secrets
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Response

from api.access import Asking, Caller
from api.device_models import CertificateShown, DeviceShown, NewDevice, RegisteredDevice, Renewal
from api.issuing import Issued, request_key
from api.problems import ProblemError
from api.schemas import problems
from api.wiring import Wired, Wiring
from broker.authority.certificates import key_hash, pem_of
from contract import topics
from contract.reason_codes import NO_MATCHING_SUBSCRIBERS
from contract.sync import SyncRequest
from storage.records.devices import Device, TooManyDevices

DeviceId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Of one's own device.")]


_SYNC_WAITS_S = 7 * 86_400


def routes(prefix: str) -> APIRouter:
    """All below /devices."""
    router = APIRouter(prefix=f"{prefix}/devices", tags=["devices"])
    _add_register_and_list(router)
    _add_revoke_and_sync(router)
    _add_renew(router)
    return router


def _add_register_and_list(router: APIRouter) -> None:
    @router.post(
        "",
        status_code=201,
        summary="Register a device",
        responses=problems(400, 401, 403, 408, 409, 413, 422, 429, 503),
    )
    async def register_device(wiring: Wired, caller: Asking, wanted: NewDevice) -> RegisteredDevice:
        """A certificate with which the device comes to the broker: for its own key, or for one made for it."""
        now = datetime.now(UTC)
        issued = await wiring.issuer.issue(caller.id, wanted.signing_request, now)
        device = _new(caller.id, wanted.name, issued, now)
        try:
            await wiring.devices.add(device, caller.deed(caller.id, "device.registered", device.certificate.serial))
        except TooManyDevices as error:
            raise ProblemError(409, str(error)) from None
        broker = wiring.options.devices.broker_url
        return RegisteredDevice.with_key(device, issued.private_key, _authority(wiring), broker)

    @router.get("", summary="One's devices", responses=problems(401, 403, 503))
    async def list_devices(wiring: Wired, caller: Asking, response: Response) -> list[DeviceShown]:
        """All of them, the oldest first; how they are is what they said last."""
        found = await wiring.devices.of_user(caller.id)
        response.headers["X-Total-Count"] = str(len(found))
        return [DeviceShown.of(device) for device in found]


def _add_revoke_and_sync(router: APIRouter) -> None:
    @router.delete(
        "/{device_id}", status_code=204, summary="Revoke a device", responses=problems(401, 403, 404, 422, 429, 503)
    )
    async def revoke_device(wiring: Wired, caller: Asking, device_id: DeviceId) -> None:
        """When this is answered, the broker refuses its certificates and has ended its connection.

        All of one's connections are ended; other devices come back at once. After 503 ask again: the device is revoked
        already, but the broker has not said yet that it knows; 404 then says that it does by now.
        """
        deed = caller.deed(caller.id, "device.revoked", device_id)
        if await wiring.devices.revoke(caller.id, device_id, datetime.now(UTC), deed):
            wiring.doorkeeper.forget_status(caller.id, device_id)
        elif not await wiring.doorkeeper.has_pending(caller.id):
            raise ProblemError(404, "you have no such device")
        await wiring.doorkeeper.enforce()

    @router.post(
        "/{device_id}/sync",
        status_code=202,
        response_class=Response,
        summary="Ask a device to upload what it holds",
        responses=problems(401, 403, 404, 409, 422, 429, 503),
    )
    async def sync_device(wiring: Wired, caller: Asking, device_id: DeviceId) -> None:
        """The broker keeps the request for a week for a device that is away, if it has a session there."""
        device = await _own(wiring, caller, device_id)
        request = SyncRequest(device.id, datetime.now(UTC)).encode()
        code = await wiring.uplink.send(topics.sync(device.user_id), request, expiry_s=_SYNC_WAITS_S)
        if code == NO_MATCHING_SUBSCRIBERS:
            raise ProblemError(409, "no device of yours has a session at the broker: it will hear nothing")


def _add_renew(router: APIRouter) -> None:
    @router.post(
        "/{device_id}/certificate",
        summary="Renew a device's certificate",
        responses=problems(400, 403, 404, 408, 413, 422, 429, 503),
    )
    async def renew_certificate(wiring: Wired, device_id: DeviceId, wanted: Renewal) -> CertificateShown:
        """For the device itself, which needs no login: the request's signature proves that it has its key.

        A new certificate comes when the last third of the present one's time has begun; before, the present one. So a
        device may ask as often as it likes. One whose certificate has ended is registered anew.
        """
        now = datetime.now(UTC)
        device = await wiring.devices.get(device_id)
        key = await request_key(wanted.signing_request)
        # The same answer either way: who does not have the key learns nothing of whose device this is.
        if device is None or device.key_hash != key_hash(key) or device.certificate.expires_at <= now:
            raise ProblemError(403, "not a present device's request, signed with the key of its certificate")
        if wiring.issuer.is_late(device.certificate, now):
            issued = await wiring.issuer.certify(device.user_id, key, now)
            if not await wiring.devices.renew(device.id, issued.certificate):
                raise ProblemError(403, "the device has just been revoked")
            device = await wiring.devices.get(device_id) or device
        return CertificateShown.of(device, _authority(wiring))


def _new(user_id: str, name: str, issued: Issued, now: datetime) -> Device:
    # 128 bits that nobody can tell: who knows a client id could take the device's session.
    client_id = f"device-{secrets.token_hex(16)}"
    return Device(str(uuid4()), user_id, name, client_id, issued.key_hash, now, issued.certificate)


async def _own(wiring: Wiring, caller: Caller, device_id: str) -> Device:
    device = await wiring.devices.get(device_id)
    if device is None or device.user_id != caller.id:
        raise ProblemError(404, "you have no such device")
    return device


def _authority(wiring: Wiring) -> str:
    return pem_of(wiring.issuer.authority().certificate).decode()
