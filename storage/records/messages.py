"""Messages to clients and what clients say to them: values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

_NAMESPACE = UUID("b3b0a0c4-3f0f-4a5c-9b39-0a52f3f1c6d8")


def message_id(author_id: str, user_id: str, given: str | None) -> str:
    """The id of a message: of the id that its author gave it, one that no other author or client has; else any.

    So nobody can take an id from another, or find out by it what another wrote.
    """
    # A user id has no slash, so no two triples are the same text.
    return str(uuid5(_NAMESPACE, f"{author_id}/{user_id}/{given}") if given else uuid4())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client answered.

    Attributes:
        at: when it came.
        text: the answer.
    """

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that was written to a client.

    Attributes:
        id: its own.
        user_id: the client.
        author_id: who wrote it; None when their account is no more.
        author_role: what they did here.
        author_name: None when their account is no more; not kept here, but theirs.
        sent_at: when it was accepted.
        text: the message.
        tags: such as `praise`.
        day, kind, item_id: what it is about, if that was said.
        targets: what a day should have from now on, by column of the daily summary.
        delivered_at, read_at: when the client had it, and had read it; None: not yet.
        answers: of the client, the oldest first.
    """

    id: str
    user_id: str
    author_id: str | None
    author_role: str
    author_name: str | None = None
    sent_at: datetime
    text: str
    tags: Sequence[str] = ()
    day: date | None = None
    kind: str | None = None
    item_id: str | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    answers: Sequence[Answer] = ()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a client said of a message.

    Attributes:
        user_id: who said it.
        message_id: of what.
        at: when it was read; None: it was delivered only.
        answer: what they answered, if they did.
        answer_id: of the answer.
    """

    user_id: str
    message_id: str
    at: datetime | None = None
    answer: str | None = None
    answer_id: str = ""
