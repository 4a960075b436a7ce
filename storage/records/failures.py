"""What an error of the database means for the house: try again later, or a person must change something."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from contract.errors import Misconfigured, PacelineError, StoreUnavailable

# SQLSTATE classes (PostgreSQL's manual, appendix A): connection, rollback (deadlock), resources (disk full, too many
# connections), object in use, operator's intervention (shut down, starting up, cancelled), system error.
_PASSES_BY = frozenset({"08", "40", "53", "55", "57", "58"})
_STANDBY = "25006"
"""Writing to a server that has just become a standby: a fail-over is on its way."""

_NEEDS_A_PERSON = {
    "28": "the records database refuses this user or password",
    "3D": "the records database does not exist: create it first",
    "42501": "this user lacks a right in the records database",
    "42P01": "the records database lacks a table: migrate it first",
    "42703": "the records database lacks a column: migrate it first",
}
_SQLITE_LACKS = re.compile(r"no such (table|column)|has no column")


@contextmanager
def failures_told() -> Iterator[None]:
    """Raise the contract's errors instead of the driver's, whose texts may hold a value.

    Raises:
        StoreUnavailable: the database is away, busy or full.
        Misconfigured: a person must change something.
    """
    try:
        yield
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        told = _meaning(error)
        if told is None:
            raise
        raise told from error
    except Exception as error:
        # The driver's own errors come bare while a connection is being opened.
        if (state := _sqlstate(error)) and (told := _meaning_of_state(state)):
            raise told from error
        raise


def _meaning(error: Exception) -> PacelineError | None:
    if state := _sqlstate(error):
        return _meaning_of_state(state)
    if isinstance(error, DBAPIError) and _SQLITE_LACKS.search(str(error.orig)):
        return Misconfigured(_NEEDS_A_PERSON["42P01"])
    if isinstance(error, DBAPIError) and not isinstance(error, OperationalError | InterfaceError):
        return _away(error) if error.connection_invalidated else None
    return _away(error)


def _meaning_of_state(state: str) -> PacelineError | None:
    if words := _NEEDS_A_PERSON.get(state) or _NEEDS_A_PERSON.get(state[:2]):
        return Misconfigured(words)
    if state == _STANDBY or state[:2] in _PASSES_BY:
        return StoreUnavailable(f"the records database can't answer now (SQLSTATE {state})")
    return None


def _sqlstate(error: BaseException) -> str | None:
    return getattr(getattr(error, "orig", None) or error, "sqlstate", None)


def _away(error: Exception) -> StoreUnavailable:
    cause = getattr(error, "orig", None) or error
    return StoreUnavailable(f"the records database can't answer now ({type(cause).__name__})")
