"""Reading a message whose sender may be anybody: one error, whatever is wrong with it."""

from typing import TypeVar

import msgspec

T = TypeVar("T")


def decoded(decoder: "msgspec.json.Decoder[T]", payload: bytes) -> T:
    """What a payload says.

    Raises:
        msgspec.MsgspecError: it is not what the decoder reads, not UTF-8, or nested too deeply.
    """
    try:
        return decoder.decode(payload)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(f"can't be read ({type(error).__name__})") from None
