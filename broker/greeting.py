"""What each connection begins with: CONNECT, and SUBSCRIBE once the broker has accepted us."""

from mqtt5 import ConnectPacket, QoS, RetainHandling, SubscribePacket, TopicFilter

from broker.options import SessionOptions, Subscription

SUBSCRIBE_ID = 65_535
"""The packet id of our only SUBSCRIBE; messages have the others."""


def connect_bytes(options: SessionOptions) -> bytes:
    """CONNECT, as these options want it."""
    packet = ConnectPacket(
        options.client_id,
        username=options.username,
        password=None if options.password is None else options.password.encode(),
        clean_start=options.clean_start,
        will=options.will,
        keep_alive=options.keep_alive_s,
        session_expiry_interval=options.session_expiry_s,
        receive_max=options.receive_max,
        max_packet_size=options.max_packet_size,
    )
    return packet.write()


def subscribe_bytes(options: SessionOptions) -> bytes:
    """SUBSCRIBE with all subscriptions of these options."""
    filters = [_topic_filter(each) for each in options.subscriptions]
    return SubscribePacket(SUBSCRIBE_ID, filters).write()


def _topic_filter(subscription: Subscription) -> TopicFilter:
    handling = RetainHandling.SEND_ALWAYS if subscription.retained else RetainHandling.SEND_NEVER
    # Not as published, so that `Delivery.retain` tells what the broker had kept from what is said just now.
    return TopicFilter(
        subscription.filter, max_qos=QoS(subscription.qos), retain_as_published=False, retain_handling=handling
    )
