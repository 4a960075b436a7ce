"""How the API works: where the broker is, and how long it waits for others."""

import ssl
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the MQTT broker is, and who we are there."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """How the API works.

    Attributes:
        broker: where uploads are published and receipts come from.
        receipt_timeout_s: how long an upload waits for its receipt, in seconds.
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
    receipt_timeout_s: float = 10.0
    store_timeout_s: float = 10.0
    check_timeout_s: float = 2.0
    body_timeout_s: float = 30.0
    bodies_bytes: int = 256 * 2**20
    uploads_in_flight: int = 1_000
    keep_alive_s: int = 10
    reconnect_first_s: float = 0.1
    reconnect_most_s: float = 5.0
