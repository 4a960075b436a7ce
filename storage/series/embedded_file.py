"""An SQLite file of telemetry: its connections, and which of its errors mean what.

The rules of this file:

1. The file is in WAL mode: readers and the writer don't wait for each other, and a second process may have the file
   open too. `synchronous=FULL`: a commit returns when it is on disk.
2. A file that is locked, full, unreadable or not yet set up may be well again later: `StoreUnavailable`. Values that
   a table can't hold are `WriteRefused`.
3. Health data: the file is its owner's alone, and what is deleted from it is overwritten.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from contract.errors import Misconfigured, StoreUnavailable, WriteRefused


class SqliteFile:
    """One file, with one connection for each thread that asks for it.

    Args:
        path: of the file; it need not exist yet.
        timeout_s: how long a statement waits for another process's lock, in seconds.
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        self.path = path
        self._timeout_s = timeout_s
        self._own = threading.local()
        self._all: list[sqlite3.Connection] = []

    def make(self) -> None:
        """Make the file and its folder, if they are missing.

        Raises:
            Misconfigured: they can't be made.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
        except OSError as error:
            raise Misconfigured(f"can't make {self.path}: {error.strerror}") from error
        with translated_errors():
            try:
                self.connection().execute("PRAGMA journal_mode=WAL")
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorname == "SQLITE_NOTADB":
                    raise Misconfigured(f"{self.path} is not an SQLite database") from error
                raise

    def connection(self) -> sqlite3.Connection:
        """The connection of this thread; statements are committed one by one unless in a `transaction`."""
        found: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = self._open()
        return found

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; on disk when it ends."""
        with translated_errors():
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, a full disk among them.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close all connections; their threads must have ended."""
        while self._all:
            self._all.pop().close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode=rw",  # never make a file that `make` has not
            uri=True,
            timeout=self._timeout_s,
            isolation_level=None,
            check_same_thread=False,  # closed by another thread than its own
        )
        self._all.append(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        return connection


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise what SQLite raises as errors of `contract.errors` (rule 2)."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise WriteRefused(f"a table can't hold a value ({error.sqlite_errorname})") from None
    except (OverflowError, UnicodeEncodeError) as error:
        raise WriteRefused(f"a table can't hold a value ({type(error).__name__})") from None
    except sqlite3.DatabaseError as error:
        if "binding parameter" in str(error):
            raise WriteRefused("a table can't hold a value of this type") from None
        name = getattr(error, "sqlite_errorname", "unknown error")
        hint = ": run the setup" if "no such" in str(error) or name == "SQLITE_CANTOPEN" else ""
        raise StoreUnavailable(f"the embedded store can't be used now ({name}){hint}") from error
