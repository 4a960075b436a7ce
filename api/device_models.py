"""What is said about devices over HTTP: the bodies of requests and answers."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from broker.authority.requests import MAX_BYTES
from contract import topics
from storage.records.devices import Device


def _plain(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be printable, and not blank")
    return text.strip()


SigningRequest = Annotated[
    str,
    Field(
        max_length=MAX_BYTES,
        description="PKCS #10 in PEM, signed by the device's own key: EC on P-256 or P-384, Ed25519, or RSA of 2048 "
        "to 4096 bits. Only its key is used.",
    ),
]


class NewDevice(BaseModel):
    """A device to be registered."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_plain)]
    signing_request: SigningRequest | None = None


class Renewal(BaseModel):
    """A device's wish for a new certificate."""

    model_config = ConfigDict(extra="forbid")

    signing_request: SigningRequest


class DeviceShown(BaseModel):
    """A device, and how it says it is."""

    id: str
    name: str
    serial: Annotated[str, Field(description="Of its newest certificate, as hexadecimal digits.")]
    registered_at: datetime
    expires_at: Annotated[datetime, Field(description="When its certificate ends.")]
    last_seen_at: Annotated[datetime | None, Field(description="When it last said how it is.")]
    state: str | None
    battery_pct: float | None
    firmware: str | None

    @classmethod
    def of(cls, device: Device) -> "DeviceShown":
        """As it is told."""
        return cls(
            id=device.id,
            name=device.name,
            serial=device.certificate.serial,
            registered_at=device.registered_at,
            expires_at=device.certificate.expires_at,
            last_seen_at=device.last_seen_at,
            state=device.state,
            battery_pct=device.battery_pct,
            firmware=device.firmware,
        )


class CertificateShown(BaseModel):
    """A device's certificate."""

    serial: str
    issued_at: datetime
    expires_at: datetime
    certificate: Annotated[str, Field(description="PEM.")]
    authority: Annotated[str, Field(description="PEM: whose certificate the broker shows.")]

    @classmethod
    def of(cls, device: Device, authority: str) -> "CertificateShown":
        """As it is told."""
        kept = device.certificate
        return cls(
            serial=kept.serial,
            issued_at=kept.issued_at,
            expires_at=kept.expires_at,
            certificate=kept.pem,
            authority=authority,
        )


class RegisteredDevice(CertificateShown):
    """All that a new device needs to come to the broker. Shown this once."""

    id: str
    user_id: str
    name: str
    private_key: Annotated[
        str | None, Field(description="PEM, if it was made for the device. Nobody keeps it: it is not shown again.")
    ]
    client_id: Annotated[
        str,
        Field(description="To connect with. A secret: who knows it can take the device's place."),
    ]
    broker: Annotated[str, Field(description="Where to connect.")]
    status_topic: Annotated[str, Field(description="Where the device says how it is, retained and as its last will.")]

    @classmethod
    def with_key(cls, device: Device, private_key: str | None, authority: str, broker: str) -> "RegisteredDevice":
        """As it is told."""
        return cls(
            **CertificateShown.of(device, authority).model_dump(),
            id=device.id,
            user_id=device.user_id,
            name=device.name,
            private_key=private_key,
            client_id=device.client_id,
            broker=broker,
            status_topic=topics.status(device.user_id, device.id),
        )
