"""What a session is told: where the broker is, who we are, what we want to hear, how patient to be."""

import ssl
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from mqtt5 import Will

from contract.errors import Misconfigured

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker listens.

    Attributes:
        host: name or address.
        port: TCP port.
        tls: how to speak TLS; None: in the clear.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"

    @classmethod
    def parse(cls, url: str, tls: ssl.SSLContext | None = None) -> "tuple[Endpoint, str | None, str | None]":
        """Read `mqtt://user:password@host:port` or `mqtts://...`; all but scheme and host may be left out.

        Args:
            url: user and password percent-encoded where they need it; the port is 1883 or 8883 unless given.
            tls: used with `mqtts`; without it, the system's authorities are trusted.

        Returns:
            The endpoint, the user name and the password, the last two None where the URL has none.

        Raises:
            Misconfigured: not such a URL. The message does not repeat it, since it may hold a password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
            (parts.hostname or "").encode("idna")  # as looking it up will do
        except ValueError:
            raise Misconfigured("the broker's URL can't be read: expected mqtt://host:port") from None
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise Misconfigured("the broker's URL must be mqtt://host:port or mqtts://host:port")
        secure = parts.scheme == "mqtts"
        if secure and tls is None:
            tls = ssl.create_default_context()
        endpoint = cls(parts.hostname, port or DEFAULT_PORTS[parts.scheme], tls if secure else None)
        return endpoint, _unquoted(parts.username), _unquoted(parts.password)


def _unquoted(text: str | None) -> str | None:
    return None if text is None else unquote(text)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic filter.

    Attributes:
        filter: of topics.
        qos: the highest at which its messages come.
        retained: at each connection, the broker sends what it has retained there.
    """

    filter: str
    qos: Literal[0, 1] = 1
    retained: bool = True


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before connecting again, in seconds: doubled with each failure, up to `most_s`."""

    first_s: float = 0.5
    most_s: float = 60.0

    def delay_s(self, failures: int, chance: float) -> float:
        """The wait after so many failures in a row.

        Args:
            failures: how many attempts failed since the last good one, from 0.
            chance: from 0 to 1. Half of the wait is left to it, so that ten thousand devices don't come back at once.
        """
        whole = min(self.most_s, self.first_s * 2.0 ** min(failures, 60))
        return whole * (0.5 + 0.5 * chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """Everything a session needs to know.

    Attributes:
        client_id: under which the broker keeps the session; one process each, not empty.
        endpoint: the broker's.
        username: None to connect without.
        password: never shown.
        clean_start: forget what the broker kept for this client id; at each connection, so lost ones lose messages.
        session_expiry_s: how long the broker keeps subscriptions and messages after the connection, seconds.
        keep_alive_s: longest silence before the broker is asked for a sign of life, seconds; 0 turns this off. The
            broker counts as lost when it has been silent for one and a half of it.
        receive_max: most QoS 1 messages delivered to us and not yet acknowledged, 1 to 65534. (65535 can't be
            stated, and Mosquitto then takes 20.)
        held_bytes_max: bytes of topics and payloads delivered, at QoS 0 as well, and not yet given to
            `Session.acknowledge`, above which nothing more is read until some are; then `receive_max` is kept in the
            same way, even if the broker (Mosquitto before 2.0.13) goes beyond it. A session with this bound must not
            await an answer to a message of its own before it acknowledges: the answer may be behind what it does not
            read. None: no bound of ours.
        max_packet_size: largest packet that the broker may send, bytes; None: any. A broker *drops* what is larger,
            so this stays above the broker's own limit.
        will: what the broker publishes for us when the connection ends without a farewell.
        subscriptions: made at each connection, before it counts as connected.
        connect_timeout_s: until TCP, TLS, CONNACK and SUBACK are done, seconds.
        backoff: between attempts.
    """

    client_id: str
    endpoint: Endpoint
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    clean_start: bool = False
    session_expiry_s: int
    keep_alive_s: int = 30
    receive_max: int = 100
    held_bytes_max: int | None = None
    max_packet_size: int | None = 2 * 1024 * 1024
    will: Will | None = field(default=None, repr=False)
    subscriptions: tuple[Subscription, ...] = ()
    connect_timeout_s: float = 10.0
    backoff: Backoff = Backoff()

    def __post_init__(self) -> None:
        if not self.client_id:
            raise Misconfigured("an MQTT session needs a client id")
        if not 1 <= self.receive_max <= 65_534:
            raise Misconfigured("receive_max must be from 1 to 65534")
