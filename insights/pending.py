"""What is to be done, of whom, and which messages wait for it: no I/O.

The rules of this file:

1. What comes for a user joins what waits for that user already. A user's work is due when the first of it has waited
   for `settle_s`: uploads come in bursts, and a day is worked out once for all of a burst.
2. Of one user, only one piece of work is under way at a time, in all lanes. What comes meanwhile waits for the next.
3. A message is done with when the work for all of its users is done. So there is never more here than the messages
   that the broker lets be unacknowledged, and what checks add, one entry a user.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from insights.days import Span

M = TypeVar("M", bound=Hashable)


@dataclass(slots=True)
class Work(Generic[M]):
    """What is to be done for a user.

    Attributes:
        user_id: whose days.
        since_s: when the first of it came, monotonic seconds.
        spans: in which something has changed.
        check: all of the user's days, or a part of them, are to be looked at.
        checked_at: when that was done last; None: never.
        dates: from one to another, both included, to be looked at besides.
        messages: that wait for it.
    """

    user_id: str
    since_s: float
    spans: set[Span] = field(default_factory=set)
    check: bool = False
    checked_at: datetime | None = None
    dates: tuple[date, date] | None = None
    messages: list[M] = field(default_factory=list)


class Pending(Generic[M]):
    """What is to be done in one lane of a process.

    Args:
        settle_s: how long work waits for more to join it, in seconds.
        busy: users of whom work is under way; shared by the lanes.
    """

    def __init__(self, settle_s: float, busy: set[str]) -> None:
        self._settle_s = settle_s
        self._busy = busy
        self._waiting: dict[str, Work[M]] = {}
        self._under_way: dict[str, Work[M]] = {}
        self._open: dict[M, int] = {}

    def __len__(self) -> int:
        return len(self._waiting) + len(self._under_way)

    def oldest_s(self, now_s: float) -> float:
        """How long the oldest work has waited, in seconds."""
        since = (work.since_s for each in (self._waiting, self._under_way) for work in each.values())
        return now_s - min(since, default=now_s)

    def add(self, message: M, spans: Mapping[str, Iterable[Span]], now_s: float) -> bool:
        """A message tells of changes, by user; whether there is anything to be done for it."""
        for user_id, each in spans.items():
            work = self._of(user_id, now_s)
            work.spans.update(each)
            work.messages.append(message)
        if spans:
            self._open[message] = len(spans)
        return bool(spans)

    def add_check(self, user_id: str, checked_at: datetime | None, now_s: float) -> None:
        """A user's days are to be checked."""
        work = self._of(user_id, now_s)
        work.check, work.checked_at = True, checked_at

    def add_refresh(self, user_id: str, now_s: float) -> None:
        """A user's standing is to be worked out, and whatever else has become necessary."""
        self._of(user_id, now_s)

    def take(self, now_s: float, most: int) -> list[Work[M]]:
        """Work that is due, the oldest first; it is under way from now on."""
        due = [work for work in self._free() if now_s - work.since_s >= self._settle_s]
        taken = sorted(due, key=lambda work: work.since_s)[:most]
        for work in taken:
            self._under_way[work.user_id] = self._waiting.pop(work.user_id)
            self._busy.add(work.user_id)
        return taken

    def next_due_s(self, now_s: float) -> float | None:
        """In how many seconds the next work is due; None: not before something comes or is done."""
        since = [work.since_s for work in self._free()]
        return max(min(since) + self._settle_s - now_s, 0.0) if since else None

    def done(self, works: Iterable[Work[M]]) -> list[M]:
        """Work is done; the messages that nothing is left to be done for."""
        finished = []
        for work in works:
            self._end(work)
            for message in work.messages:
                if message in self._open:
                    self._open[message] -= 1
                    if not self._open[message]:
                        del self._open[message]
                        finished.append(message)
        return finished

    def again(self, works: Iterable[Work[M]]) -> None:
        """Work is to be done once more; it joins what has come meanwhile."""
        for work in works:
            self._end(work)
            later = self._waiting.get(work.user_id)
            if later:
                work.spans |= later.spans
                work.messages += later.messages
                if later.check:
                    work.check, work.checked_at = True, later.checked_at
            self._waiting[work.user_id] = work

    def forget_messages(self) -> None:
        """The connection is lost: its messages come again. The work stays, since it does no harm."""
        self._open.clear()
        for works in (self._waiting, self._under_way):
            for work in works.values():
                work.messages.clear()

    def _of(self, user_id: str, now_s: float) -> Work[M]:
        return self._waiting.setdefault(user_id, Work(user_id, now_s))

    def _free(self) -> list[Work[M]]:
        """What waits, of users of whom nothing is under way (rule 2)."""
        return [work for user_id, work in self._waiting.items() if user_id not in self._busy]

    def _end(self, work: Work[M]) -> None:
        del self._under_way[work.user_id]
        self._busy.discard(work.user_id)
