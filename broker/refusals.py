"""What a refusal means for us: try again, or have a person put it right (reason codes: MQTT 5, section 2.4)."""

import ssl
from collections.abc import Iterable

from mqtt5 import ConnAckPacket, ConnAckReasonCode, DisconnectPacket, DisconnectReasonCode, SubAckReasonCode

from broker.options import Endpoint, Subscription
from contract.errors import BrokerUnavailable, Misconfigured, PacelineError
from contract.reason_codes import REFUSED

# Plain numbers, since the codec's own can be neither ordered nor put into a set, whatever its stub says.
_PASSING_CONNACKS = frozenset(
    int(code)
    for code in (
        ConnAckReasonCode.UNSPECIFIED_ERROR,
        ConnAckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
        ConnAckReasonCode.SERVER_UNAVAILABLE,
        ConnAckReasonCode.SERVER_BUSY,
        ConnAckReasonCode.QUOTA_EXCEEDED,
        ConnAckReasonCode.USE_ANOTHER_SERVER,
        ConnAckReasonCode.CONNECTION_RATE_EXCEEDED,
    )
)
_PASSING_SUBACKS = frozenset(
    int(code)
    for code in (
        SubAckReasonCode.UNSPECIFIED_ERROR,
        SubAckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
        SubAckReasonCode.PACKET_ID_IN_USE,
        SubAckReasonCode.QUOTA_EXCEEDED,
    )
)


def connack_refusal(packet: ConnAckPacket) -> PacelineError | None:
    """Why we can't use this connection, or None."""
    code = packet.reason_code
    if int(code) in _PASSING_CONNACKS:
        return BrokerUnavailable(f"the broker refused the connection: {_said(code, packet.reason_str)}")
    if code != ConnAckReasonCode.SUCCESS:
        return Misconfigured(f"the broker refused the connection: {_said(code, packet.reason_str)}")
    if packet.max_qos == 0:
        return Misconfigured("the broker offers QoS 0 only; nothing could be confirmed")
    return None


def suback_refusal(subscriptions: Iterable[Subscription], codes: list[SubAckReasonCode]) -> PacelineError | None:
    """Why these answers to our subscriptions won't do, or None."""
    asked = list(subscriptions)
    if len(codes) != len(asked):
        return BrokerUnavailable(f"the broker answered {len(codes)} of {len(asked)} subscriptions")
    for subscription, code in zip(asked, codes, strict=True):
        if int(code) in _PASSING_SUBACKS:
            return BrokerUnavailable(f"the broker refused the subscription {subscription.filter!r}: {_said(code)}")
        if int(code) >= REFUSED:
            return Misconfigured(f"the broker refused the subscription {subscription.filter!r}: {_said(code)}")
        if int(code) < subscription.qos:
            return Misconfigured(f"the broker grants {subscription.filter!r} QoS {int(code)} only")
    return None


def farewell(packet: DisconnectPacket, client_id: str) -> PacelineError:
    """What a broker's DISCONNECT means."""
    if packet.reason_code == DisconnectReasonCode.SESSION_TAKEN_OVER:
        # Taking it back would make the other one do the same, for ever.
        return Misconfigured(f"another process uses the client id {client_id!r}: each needs its own")
    return BrokerUnavailable(f"the broker ended the connection: {_said(packet.reason_code, packet.reason_str)}")


def _said(code: ConnAckReasonCode | SubAckReasonCode | DisconnectReasonCode, words: str | None = None) -> str:
    name = code.name.lower().replace("_", " ")
    return f"{name} ({words})" if words else name


def network_error(endpoint: Endpoint, error: Exception | None) -> Exception:
    """What the end of a network connection means; None: the broker closed it without a word."""
    if error is None:
        return BrokerUnavailable(f"{endpoint} closed the connection")
    if isinstance(error, ssl.SSLError) and ("CERT" in (error.reason or "") or "UNKNOWN_CA" in (error.reason or "")):
        return Misconfigured(f"{endpoint}: TLS certificate refused: {error.reason}")
    return BrokerUnavailable(f"{endpoint}: {error}") if isinstance(error, OSError) else error
