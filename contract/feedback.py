"""What a coach or nutritionist writes to a client, what the client's device says back, and the words both use."""

from datetime import date, datetime
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from contract.decoding import decoded
from contract.envelope import BatchId

Tag = Literal["praise", "question", "adjust", "concern", "reminder"]
TAGS: tuple[Tag, ...] = get_args(Tag)

MAX_TEXT = 2_000
MAX_TAGS = len(TAGS)
MAX_TARGETS = 16

FEEDBACK_ID_PATTERN = r"^[0-9a-f-]{36}(?!\n)$"
TEXT_PATTERN = r"^(?=[\s\S]*\S)(?![\s\S]*[\x00-\x08\x0b-\x1f\x7f])"
"""Something to read, and no control characters but tabs and line ends."""

FeedbackId = Annotated[
    str, Meta(pattern=FEEDBACK_ID_PATTERN, description="Of the message; the same when it comes again.")
]
Words = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT, pattern=TEXT_PATTERN)]


class Feedback(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """A message to a client. It comes again until the device has confirmed it, always with the same id."""

    feedback_id: FeedbackId
    sent_at: Annotated[datetime, Meta(tz=True)]
    author_name: Annotated[str | None, Meta(description="Null when their account is no more.")]
    author_role: str
    text: Words
    tags: list[Tag] = []
    day: Annotated[date | None, Meta(description="The local day that it is about.")] = None
    kind: Annotated[str | None, Meta(description="The kind of measurement that it is about.")] = None
    item_id: Annotated[str | None, Meta(description="The item of that kind that it is about.")] = None
    targets: Annotated[
        dict[str, float], Meta(description="What a day should have from now on, by column of the daily summary.")
    ] = {}

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


class Confirmation(Struct, frozen=True, omit_defaults=True, gc=False):
    """What a device says of a message: that it has it, that it was read, and perhaps the client's answer."""

    feedback_id: FeedbackId
    state: Annotated[
        Literal["delivered", "read"], Meta(description="`read` is `delivered` too. It is never taken back.")
    ]
    at: Annotated[datetime, Meta(tz=True, description="When it was read; left out: now.")] | None = None
    answer: Annotated[
        Words | None, Meta(description="Takes a `batch_id`: sent again with it, it is the same. Another takes another.")
    ] = None
    batch_id: BatchId | None = None

    def __post_init__(self) -> None:
        if self.answer is not None and self.batch_id is None:
            raise ValueError("batch_id: is required with an answer")
        if self.batch_id is not None and not self.batch_id.isprintable():
            raise ValueError("batch_id: must be printable")

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


def read_feedback(payload: bytes) -> Feedback:
    """Read a message from the wire; raises `msgspec.MsgspecError` if it is none."""
    return decoded(_feedback, payload)


def read_confirmation(payload: bytes) -> Confirmation:
    """Read it from the wire; raises `msgspec.MsgspecError` if it is none."""
    return decoded(_confirmation, payload)


_encoder = msgspec.json.Encoder()
_feedback = msgspec.json.Decoder(Feedback)
_confirmation = msgspec.json.Decoder(Confirmation)
