"""Forgetting a user's retained messages: what a broker keeps of each topic until an empty one takes its place."""

import asyncio

import aiomqtt

from api.link import Link
from api.options import ApiOptions
from contract import topics
from contract.errors import BrokerUnavailable
from contract.reason_codes import REFUSED

_NOBODYS_FILTER = "v1/-"
_PATIENCE_S = 30.0


async def forget_retained(options: ApiOptions, user_id: str) -> None:
    """Remove all that the broker retains of a user; harmless when there is nothing.

    Raises:
        BrokerUnavailable: the broker is away, or does not let us.
    """
    try:
        async with asyncio.timeout(_PATIENCE_S), Link(options.broker, options.keep_alive_s) as link:
            while found := await _retained(link, user_id):
                for topic in found:
                    await _clear(link, topic)
    except (aiomqtt.MqttError, TimeoutError) as error:
        raise BrokerUnavailable("retained messages could not be removed") from error


async def _retained(link: Link, user_id: str) -> set[str]:
    topic_filter = f"{topics.ROOT}/{user_id}/#"
    await link.subscribe(topic_filter, qos=0)
    # Retained messages come right after the SUBACK, in one stream with its successor, an UNSUBACK.
    await link.unfollow(_NOBODYS_FILTER)
    await link.unfollow(topic_filter)
    waiting = [await anext(link.messages) for _ in range(len(link.messages))]
    return {message.topic.value for message in waiting if message.retain}


async def _clear(link: Link, topic: str) -> None:
    reason = await link.forget(topic)
    if reason >= REFUSED:
        raise BrokerUnavailable("the broker does not let us remove a retained message")
