"""Every error that one room of Paceline tells another, drawn as one tree.

PacelineError
├── Retryable             nothing was wrong with what was said: say it again later
│   ├── StoreUnavailable      the series or records store is away, overloaded or timing out
│   └── BrokerUnavailable     no session with the MQTT broker, or it was lost before the answer
└── Rejected              saying it again will not help
    ├── BatchRejected         a whole batch can't be read (not JSON, wrong user, unknown kind, ...)
    ├── WriteRefused          the store refuses the points themselves
    └── Misconfigured         settings, credentials or files that a person must put right
"""

from collections.abc import Iterator


class PacelineError(Exception):
    """Base of all errors that Paceline raises on purpose."""


class Retryable(PacelineError):  # noqa: N818  # the tree reads as what one may do about it
    """The same call may succeed later.

    Attributes:
        retry_after_s: when it makes sense to try, in whole seconds; None: nobody knows.
    """

    retry_after_s: int | None = None


class StoreUnavailable(Retryable):
    """A store is away, overloaded, or did not answer in time."""


class BrokerUnavailable(Retryable):
    """The broker is away, or the session ended before the broker had answered."""


class Rejected(PacelineError):  # noqa: N818
    """The same call will fail again."""


class BatchRejected(Rejected):
    """A batch of which no item can be stored.

    Attributes:
        reason: what is wrong, in words for the device's developer; never a health value.
        field: the envelope's field at fault, if there is one.
        batch_id: the batch's own id where it could be read.
    """

    def __init__(self, reason: str, *, field: str | None = None, batch_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.batch_id = batch_id


class WriteRefused(Rejected):
    """The store answered that it will never take these points (type conflict, beyond retention, ...)."""


class Misconfigured(Rejected):
    """Something a person must change before this can work; the message says what."""


def leaves(group: BaseExceptionGroup[PacelineError]) -> Iterator[PacelineError]:
    """The errors that a group is made of, however deeply it is nested."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error
