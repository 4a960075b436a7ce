"""What coaches and nutritionists write to clients: kept until somebody is erased, delivered until a device confirms.

The rules of this file:

1. A message is undelivered until its client has confirmed it. It is due again and again until then, at ever longer
   intervals (`pause_after`), and at once when its client shows a sign of life.
2. Who takes a message on has it due again a little later, in case they don't live to deliver it.
3. What is confirmed stays so: `read` includes `delivered`, and the first time counts.
4. A message is known by its id, an answer by the id that its sender gave it: sent again it is the same, and nothing is
   written twice. With another content it is refused, or one of the two would be lost in silence. A message has at most
   `MAX_ANSWERS`.
5. Of targets, the newest for each column holds, as long as the client lets its author see their days.

Boards read the view `annotations`, by client and time:

    time       where on the time axis (timestamptz): noon UTC of the day that a message is about, else when it was sent
    user_id    the client
    author_id  who wrote the message, or the one that is answered; null for alerts
    source     'feedback', 'answer' or 'alert'
    title      role of the author, 'answer', or the alert's rule
    text       in full
    tags       separated by commas
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.database import Database, insertion, take_turns
from storage.records.messages import Answer, Confirmed, Message
from storage.records.tables import CONSENTS, FEEDBACK, FEEDBACK_ANSWERS, PEOPLE

__all__ = ["Answer", "Confirmed", "Feedbacks", "Message", "Page", "pause_after"]

MAX_ANSWERS = 50
NO_SUCH_MESSAGE = "there is no such message to this user"
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

_COLUMNS = FEEDBACK.c
_UNDELIVERED = _COLUMNS.delivered_at.is_(None)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        messages: of this part, newest first.
        total: how many the whole list has.
    """

    messages: list[Message]
    total: int


class Feedbacks:
    """The feedback in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, message: Message) -> Message | None:
        """Keep a message. It is undelivered, and due again after the first pause: its author's process delivers it.

        Returns:
            The message as it is kept, which may be so already (rule 4); None: its id is that of another one.
        """
        kept = {name: getattr(message, name) for name in _KEPT}
        about_at = datetime.combine(message.day, _NOON) if message.day else message.sent_at
        kept |= {"tags": ",".join(message.tags), "about_at": about_at, "has_targets": bool(message.targets)}
        kept |= {"tries": 1, "next_try_at": message.sent_at + FIRST_PAUSE}
        async with self._database.write() as connection:
            added = await connection.execute(insertion(connection, FEEDBACK).values(kept).on_conflict_do_nothing())
            found = await _read(connection, _messages().where(_COLUMNS.id == message.id))
        return next((each for each in found if added.rowcount or _is_same(each, message)), None)

    async def of_client(
        self, user_id: str, *, author_id: str | None = None, limit: int | None = 50, offset: int = 0
    ) -> Page:
        """What was written to a client, by all or by one author, newest first."""
        wanted = _COLUMNS.user_id == user_id
        if author_id is not None:
            wanted = and_(wanted, _COLUMNS.author_id == author_id)
        newest_first = _messages().where(wanted).order_by(_COLUMNS.sent_at.desc(), _COLUMNS.id)
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(FEEDBACK).where(wanted))
            found = await _read(connection, newest_first.limit(limit).offset(offset))
        return Page(found, total or 0)

    async def by_author(self, author_id: str) -> list[Message]:
        """All that somebody wrote, the oldest first."""
        mine = _messages().where(_COLUMNS.author_id == author_id).order_by(_COLUMNS.sent_at, _COLUMNS.id)
        async with self._database.read() as connection:
            return await _read(connection, mine)

    async def take_due(self, now: datetime, limit: int) -> list[Message]:
        """Take on the delivery of some messages that are due, the longest overdue first (rules 1 and 2)."""
        due = and_(_UNDELIVERED, _COLUMNS.next_try_at <= now)
        async with self._database.read() as connection:
            if (await connection.execute(select(_COLUMNS.id).where(due).limit(1))).first() is None:
                return []
        first = select(_COLUMNS.id, _COLUMNS.tries).where(due).order_by(_COLUMNS.next_try_at).limit(limit)
        async with self._database.write() as connection:
            rows = (await connection.execute(first.with_for_update(skip_locked=True))).all()
            for row in rows:
                again = {"tries": row.tries + 1, "next_try_at": now + pause_after(row.tries)}
                await connection.execute(update(FEEDBACK).where(_COLUMNS.id == row.id).values(**again))
            return await _read(connection, _messages().where(_COLUMNS.id.in_([row.id for row in rows])))

    async def wake(self, now: datetime, user_ids: Iterable[str] | None = None) -> None:
        """Have what is undelivered to these clients due now, and pauses begin anew; None: to all."""
        waits = and_(_UNDELIVERED, or_(_COLUMNS.next_try_at > now, _COLUMNS.tries > 0))
        if user_ids is not None:
            waits = and_(waits, _COLUMNS.user_id.in_(list(user_ids)))
        async with self._database.read() as connection:
            if (await connection.execute(select(_COLUMNS.id).where(waits).limit(1))).first() is None:
                return
        async with self._database.write() as connection:
            await connection.execute(update(FEEDBACK).where(waits).values(next_try_at=now, tries=0))

    async def confirm(self, confirmed: Sequence[Confirmed], now: datetime) -> list[str | None]:
        """Note what clients said (rules 3 and 4).

        Returns:
            Of each why it could not be noted, in words for the client's developer; None: it was.
        """
        async with self._database.write() as connection:
            await take_turns(connection, FEEDBACK_ANSWERS.name)
            return [await _confirm(connection, each, now) for each in confirmed]

    async def targets(self, user_ids: Sequence[str]) -> dict[str, dict[str, float]]:
        """Rule 5: of each of these clients who has any, by column of the daily summary."""
        wanted = and_(_COLUMNS.user_id.in_(user_ids), _COLUMNS.has_targets, _not_parted())
        oldest_first = select(_COLUMNS.user_id, _COLUMNS.targets).where(wanted).order_by(_COLUMNS.sent_at, _COLUMNS.id)
        found: dict[str, dict[str, float]] = {}
        async with self._database.read() as connection:
            for row in await connection.execute(oldest_first):
                found.setdefault(row.user_id, {}).update(row.targets)
        return found


def pause_after(tries: int) -> timedelta:
    """How long after so many tries a message is due again."""
    return min(FIRST_PAUSE * (1 << min(tries, 10)), LONGEST_PAUSE)


_NOON = time(12, tzinfo=UTC)
_KEPT = [name for name in Message.__slots__ if name not in {"author_name", "answers"}]


_CONTENT = ("user_id", "author_id", "text", "tags", "day", "kind", "item_id", "targets")


def _is_same(kept: Message, message: Message) -> bool:
    return all(getattr(kept, name) == getattr(message, name) for name in _CONTENT)


def _not_parted() -> ColumnElement[bool]:
    """The client has not withdrawn their consent from who wrote the message, or has given it again."""
    between = and_(CONSENTS.c.client_id == _COLUMNS.user_id, CONSENTS.c.professional_id == _COLUMNS.author_id)
    return or_(~exists().where(between), exists().where(between, CONSENTS.c.withdrawn_at.is_(None)))


def _messages() -> Select[Any]:
    whose = FEEDBACK.outerjoin(PEOPLE, PEOPLE.c.id == _COLUMNS.author_id)
    return select(*(_COLUMNS[name] for name in _KEPT), PEOPLE.c.name.label("author_name")).select_from(whose)


async def _read(connection: AsyncConnection, query: Select[Any]) -> list[Message]:
    rows = (await connection.execute(query)).all()
    answers: dict[str, list[Answer]] = {row.id: [] for row in rows}
    mine = FEEDBACK_ANSWERS.c.feedback_id.in_(list(answers))
    oldest_first = select(FEEDBACK_ANSWERS).where(mine).order_by(FEEDBACK_ANSWERS.c.at)
    for answer in await connection.execute(oldest_first):
        answers[answer.feedback_id].append(Answer(answer.at, answer.text))
    return [_message(row, answers[row.id]) for row in rows]


def _message(row: Row[Any], answers: Sequence[Answer]) -> Message:
    tags = tuple(row.tags.split(",")) if row.tags else ()
    return Message(**{**row._mapping, "tags": tags, "answers": tuple(answers)})  # noqa: SLF001  # public by its documents


async def _confirm(connection: AsyncConnection, said: Confirmed, now: datetime) -> str | None:
    mine = and_(_COLUMNS.id == said.message_id, _COLUMNS.user_id == said.user_id)
    row = (await connection.execute(select(_COLUMNS.sent_at).where(mine))).one_or_none()
    if row is None:
        return NO_SUCH_MESSAGE
    if said.answer is not None and (reason := await _answer(connection, said, said.answer, now)):
        return reason
    noted: dict[str, Any] = {"delivered_at": func.coalesce(_COLUMNS.delivered_at, now)}
    if said.at is not None:
        # A device's clock may be wrong: nothing is read before it was sent, or tomorrow.
        noted["read_at"] = func.coalesce(_COLUMNS.read_at, max(row.sent_at, min(said.at, now)))
    await connection.execute(update(FEEDBACK).where(mine).values(**noted))
    return None


async def _answer(connection: AsyncConnection, said: Confirmed, text: str, now: datetime) -> str | None:
    columns = FEEDBACK_ANSWERS.c
    query = select(columns.batch_id, columns.text).where(columns.feedback_id == said.message_id)
    known = {row.batch_id: row.text for row in await connection.execute(query)}
    if said.answer_id in known:
        # HTTP takes blanks off the ends, the wire does not: what is said again may go the other way.
        same = known[said.answer_id].strip() == text.strip()
        return None if same else "has another answer with this id: give each its own"
    if len(known) >= MAX_ANSWERS:
        return f"has {MAX_ANSWERS} answers already, the most there may be"
    row = {"feedback_id": said.message_id, "batch_id": said.answer_id, "at": now, "text": text}
    await connection.execute(insert(FEEDBACK_ANSWERS), row)
    return None
