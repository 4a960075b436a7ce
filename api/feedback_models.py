"""What is said about feedback over HTTP: the bodies of requests and answers."""

from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contract.catalogue import CATALOGUE
from contract.daily import COLUMNS, DAILY
from contract.feedback import MAX_TAGS, MAX_TARGETS, MAX_TEXT, Tag
from storage.records.feedback import Message

_FAR = timedelta(days=366 * 10)


def _readable(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    if not all(letter.isprintable() or letter in "\n\t\r" for letter in text):
        raise ValueError("must not have control characters but tabs and line ends")
    return text.strip().replace("\r", "")


def _kind(name: str) -> str:
    if name not in CATALOGUE:
        raise ValueError("must be a kind of measurement")
    return name


def _near(day: date) -> date:
    if abs(day - datetime.now(UTC).date()) > _FAR:
        raise ValueError("must be a day of these years")
    return day


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be printable")
    return text


def _within_bounds(targets: dict[str, float]) -> dict[str, float]:
    for column, target in targets.items():
        if column not in COLUMNS:
            raise ValueError("must be columns of the daily summary")
        field = DAILY.field(column)
        bounds = field.quantity if field else None
        if bounds is None or not isfinite(target) or not max(bounds.low, 0) <= target <= bounds.high or target <= 0:
            raise ValueError(f"{column} must be above 0, and something that a day can have")
    return targets


Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_readable)]
Id = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]
Targets = Annotated[
    dict[Annotated[str, Field(max_length=64)], float],
    Field(max_length=MAX_TARGETS, examples=[{"protein_g": 130}]),
    AfterValidator(_within_bounds),
]


class NewFeedback(BaseModel):
    """A message to a client."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS)] = []
    day: Annotated[date, AfterValidator(_near)] | None = Field(None, description="The local day that it is about.")
    kind: Annotated[str, Field(max_length=64), AfterValidator(_kind)] | None = Field(
        None, description="The kind of measurement that it is about."
    )
    item_id: Id | None = Field(None, description="The item of that kind that it is about.")
    targets: Targets = Field({}, description="What a day should have from now on, by column of the daily summary.")
    message_id: Id | None = Field(
        None,
        description="Of the app's making, for this client: sent again with it, it is the same message, and is written "
        "and delivered once. Without it, every request writes another one.",
    )

    @model_validator(mode="after")
    def _item_of_a_kind(self) -> Self:
        if self.item_id is not None and self.kind is None:
            raise ValueError("an item_id needs its kind")
        return self


class AnswerShown(BaseModel):
    """What a client answered."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    text: str


class FeedbackShown(BaseModel):
    """A message to a client, and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    author_id: str | None
    author_name: str | None = Field(description="Null when their account is no more.")
    author_role: str
    sent_at: datetime
    text: str
    tags: list[str]
    day: date | None
    kind: str | None
    item_id: str | None
    targets: dict[str, float]
    delivered_at: datetime | None = Field(description="When a device or app of the client had it; null: not yet.")
    read_at: datetime | None = Field(description="When the client had read it; null: not that we know.")
    answers: list[AnswerShown] = Field(description="The oldest first.")

    @classmethod
    def of(cls, message: Message) -> Self:
        """As it is told."""
        return cls.model_validate(message)


class NewAnswer(BaseModel):
    """A client's answer."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    answer_id: Id | None = Field(
        None,
        description="Of the app's making, for this message, and the same as `batch_id` over MQTT: sent again with it, "
        "it is the same answer. Without it, every request is another one.",
    )
