"""How the API works: where the broker is, and how long it waits for others."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from argon2 import PasswordHasher

from api.breakers import BreakerOptions
from api.delivery import CodeSender, ConsoleSender
from storage.records.codes import CodeLimits

RATES: Mapping[str, str] = MappingProxyType(
    {
        "login": "60/minute",
        "failures": "10/15 minutes",
        "account": "50/hour",
        "codes": "20/hour",
        "uploads": "1200/minute",
        "feedback": "120/hour",
        "devices": "120/hour",
        "exports": "10/hour",
        "analytics": "120/minute",
    }
)
"""So often: logins and their like from one address, failed ones to one account from there and from everywhere,
codes asked for from one address; of one person uploads, messages and answers, what is done with devices, exports,
and questions about days (`api.examiner`)."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the MQTT broker is, and who we are there."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOptions:
    """How people log in, and who else may ask.

    Attributes:
        keys: folder of the keys that access tokens are signed with; None: one in memory that ends with the process.
        access_token_s: how long an access token is valid, in seconds.
        login_days: how long a login lasts at most, however often it is refreshed.
        registration: whether people may make accounts themselves; administrators make theirs for them otherwise.
        metrics_token: that monitoring must have; None: metrics are for this machine only.
        cors_origins: whose pages may ask from a browser; none, unless told otherwise.
        rates: see `RATES`.
        codes: how often and for how long one-time codes.
        sender: takes them to phones.
        hasher: of passwords; None: argon2id with its usual parameters.
        linger_s: how long after an erasure what was still on its way is removed again, in seconds.
    """

    keys: Path | None = None
    access_token_s: int = 900
    login_days: int = 30
    registration: bool = True
    metrics_token: str | None = field(default=None, repr=False)
    cors_origins: tuple[str, ...] = ()
    rates: Mapping[str, str] = field(default_factory=lambda: RATES)
    codes: CodeLimits = field(default_factory=CodeLimits)
    sender: CodeSender = field(default_factory=ConsoleSender)
    hasher: PasswordHasher | None = None
    linger_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOptions:
    """How devices get their certificates.

    Attributes:
        authority: folder of the installation's certificate authority; None: no certificates are issued.
        certificate_days: how long one is good, in days.
        broker_url: where devices are told to connect.
    """

    authority: Path | None = None
    certificate_days: int = 90
    broker_url: str = "mqtts://localhost:8883"


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """How the API works.

    Attributes:
        broker: where uploads are published and receipts come from.
        accounts: how people log in, and who else may ask.
        devices: how devices get their certificates.
        receipt_timeout_s: how long an upload waits for its receipt, in seconds.
        publish_timeout_s: how long any other message waits for the broker's answer, in seconds.
        breaker: when what is away is not waited for any more.
        store_timeout_s: how long a reader waits for the series store, in seconds.
        check_timeout_s: how long `/health` waits for each of its checks, in seconds.
        body_timeout_s: how long an upload's body may take to come in, in seconds.
        bodies_bytes: what all bodies that are still coming in may hold together, in bytes; beyond that, more of them
            are refused for now.
        uploads_in_flight: uploads at once that wait for their receipt, beyond which more are refused for now; each may
            hold 1 MiB.
        keep_alive_s: a broker that is silent for about twice this long is taken as gone, in seconds.
        reconnect_first_s: pause before the connection to the broker is tried again; doubles with each failure.
        reconnect_most_s: longest such pause, in seconds.
    """

    broker: BrokerAddress = field(default_factory=BrokerAddress)
    accounts: AccountOptions = field(default_factory=AccountOptions)
    devices: DeviceOptions = field(default_factory=DeviceOptions)
    receipt_timeout_s: float = 10.0
    publish_timeout_s: float = 5.0
    breaker: BreakerOptions = field(default_factory=BreakerOptions)
    store_timeout_s: float = 10.0
    check_timeout_s: float = 2.0
    body_timeout_s: float = 30.0
    bodies_bytes: int = 256 * 2**20
    uploads_in_flight: int = 1_000
    keep_alive_s: int = 10
    reconnect_first_s: float = 0.1
    reconnect_most_s: float = 5.0
