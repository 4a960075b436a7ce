"""Lines to the broker on which the API listens: sessions of ours that end with the process."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import structlog

from api.options import BrokerAddress
from broker.session import Backoff, Delivery, Endpoint, Session, SessionOptions, Subscription
from contract.errors import Misconfigured

log = structlog.get_logger(__name__)

_RETRY_S = 30.0


def listening(
    address: BrokerAddress,
    subscriptions: tuple[Subscription, ...],
    hear: Callable[[Delivery], None],
    on_connect: Callable[[bool], None],
    reconnect: tuple[float, float],
) -> Session:
    """A session that hears these.

    Args:
        address: the broker's.
        subscriptions: what it hears.
        hear: gets each message.
        on_connect: called at each connection, before the first message.
        reconnect: first and longest pause before the connection is tried again, in seconds.
    """
    options = SessionOptions(
        client_id=f"paceline-api-{uuid4().hex}",
        endpoint=Endpoint(address.host, address.port, address.tls),
        username=address.username,
        password=address.password,
        clean_start=True,
        session_expiry_s=0,
        subscriptions=subscriptions,
        backoff=Backoff(*reconnect),
    )
    return Session(options, hear, on_connect=on_connect)


async def stay_connected(session: Session) -> None:
    """Serve until cancelled. A broker that refuses us keeps nobody from what does not need it."""
    while True:
        try:
            await session.run()
        except Misconfigured as error:
            log.warning("the broker does not take us", error=str(error))
            await asyncio.sleep(_RETRY_S)
