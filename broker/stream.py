"""The stream of bytes from a broker, cut into packets."""

from collections.abc import Iterator

import mqtt5
from mqtt5 import DisconnectReasonCode

LARGEST_PACKET_BYTES = 268_435_460
"""One byte of type, four of length and 2^28 - 1 more (MQTT 5, section 2.1.4)."""


class StreamError(Exception):
    """The stream can't be read on.

    Attributes:
        code: what to tell the broker.
    """

    def __init__(self, reason: str, code: DisconnectReasonCode) -> None:
        super().__init__(reason)
        self.code = code


class PacketStream:
    """Keeps an incomplete packet until the rest of it comes, and nothing else.

    Args:
        limit: largest packet that is allowed, in bytes.
    """

    __slots__ = ("_goal", "_limit", "_partial")

    def __init__(self, limit: int = LARGEST_PACKET_BYTES) -> None:
        self._limit = limit
        self._partial: bytearray | None = None
        self._goal = 0

    def packets(self, data: bytes) -> Iterator[mqtt5.Packet]:
        """The packets that these bytes, the next of the stream, complete. To be exhausted, or the stream given up.

        Raises:
            StreamError: not MQTT 5, or a packet above the limit.
        """
        if self._partial is not None:
            self._partial += data
            if len(self._partial) < self._goal:
                return
            data, self._partial = bytes(self._partial), None
        # The way of every message that is ever stored: each microsecond here counts.
        view, at, end, limit = memoryview(data), 0, len(data), self._limit
        while at < end:
            try:
                packet, size = mqtt5.read(view[at:])
            except IndexError:
                self._keep(data[at:])
                return
            except BaseException as error:
                if not _is_about_bytes(error):
                    raise
                self._require_allowed(packet_bytes(data[at : at + 5]))
                raise StreamError(f"malformed bytes: {error}", DisconnectReasonCode.MALFORMED_PACKET) from None
            if size > limit:
                self._require_allowed(size)
            at += size
            yield packet

    def _keep(self, start: bytes) -> None:
        size = packet_bytes(start)
        self._require_allowed(size)
        self._partial, self._goal = bytearray(start), size or 0

    def _require_allowed(self, size: int | None) -> None:
        if size is not None and size > self._limit:
            raise StreamError(f"a packet of {size} bytes", DisconnectReasonCode.PACKET_TOO_LARGE)


def packet_bytes(start: bytes) -> int | None:
    """The size of the packet that begins so; None if that can't be told, or not yet."""
    length = 0
    for at in range(1, min(len(start), 5)):
        length |= (start[at] & 0x7F) << 7 * (at - 1)
        if not start[at] & 0x80:
            return 1 + at + length
    return None


def _is_about_bytes(error: BaseException) -> bool:
    # Text that is not UTF-8 makes the codec panic, which arrives as a BaseException of a type that can't be imported.
    return isinstance(error, ValueError) or type(error).__name__ == "PanicException"
