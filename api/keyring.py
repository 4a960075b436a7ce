"""The keys that access tokens are signed with: one file each, readable by their owner only.

The rules of this file:

1. The newest key signs. The older ones still verify, so that rotating logs nobody out.
2. A key goes when every token that it signed has expired: with the first rotation after that.
3. All processes share the folder and look into it again when it changes: a new key needs no restart.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from broker.files import make_private_folder
from contract.errors import Misconfigured

CODES_KEY = "codes.key"
_STAMP = "%Y%m%dT%H%M%S.%fZ"


class Keyring:
    """The keys in a folder; in memory only, one that ends with the process.

    Args:
        folder: of the key files; None: a key in memory.

    Raises:
        Misconfigured: of each call: the folder can't be used, or a key can't be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._seen_ns = -1
        self._keys: dict[str, ECKey] = {} if folder else {"memory": _new_key("memory")}
        self._memory_secret = secrets.token_bytes(32)

    def newest(self) -> tuple[str, ECKey]:
        """The key that signs, with its `kid`; made if there is none yet."""
        self._look()
        if not self._keys and self._folder:
            add_key(self._folder)
            self._look()
        return max(self._keys.items())

    def all(self) -> KeySet:
        """The keys that verify."""
        self._look()
        return KeySet(list(self._keys.values()))

    def codes_key(self) -> bytes:
        """The secret that one-time codes are hashed with; made if there is none yet."""
        if self._folder is None:
            return self._memory_secret
        with _failures_told(self._folder):
            path = self._folder / CODES_KEY
            if not path.exists():
                make_private_folder(self._folder)
                _write_new(path, secrets.token_bytes(32))
            return path.read_bytes()

    def _look(self) -> None:
        """Rule 3."""
        if self._folder is None:
            return
        with _failures_told(self._folder):
            try:
                changed_ns = self._folder.stat().st_mtime_ns
            except FileNotFoundError:
                self._keys = {}
                return
            if changed_ns != self._seen_ns:
                self._keys = {path.stem: _read(path) for path in key_files(self._folder)}
                self._seen_ns = changed_ns


def key_files(folder: Path) -> list[Path]:
    """The files of the signing keys, the newest last."""
    return sorted(folder.glob("*.pem"))


def add_key(folder: Path) -> str:
    """Make a key that signs from now on; its `kid`.

    Raises:
        Misconfigured: the folder can't be used.
    """
    kid = f"{datetime.now(UTC).strftime(_STAMP)}-{secrets.token_hex(4)}"
    with _failures_told(folder):
        make_private_folder(folder)
        _write_new(folder / f"{kid}.pem", _new_key(kid).as_pem(private=True))
    return kid


def rotate(folder: Path, token_lifetime: timedelta, *, at_once: bool = False) -> str:
    """Make a new key, and remove those that no valid token needs any more; the new one's `kid`.

    Args:
        folder: of the keys.
        token_lifetime: of access tokens.
        at_once: remove all older ones: whoever has an access token must refresh it now.
    """
    kid = add_key(folder)
    files = key_files(folder)
    for path in _not_needed(files, datetime.now(UTC) - token_lifetime) if not at_once else files[:-1]:
        path.unlink()
    return kid


def _not_needed(files: Iterable[Path], before: datetime) -> list[Path]:
    """Rule 2: those whose successor was made before this."""
    return [path for path, successor in pairwise(files) if _made_at(successor) < before]


def _made_at(path: Path) -> datetime:
    return datetime.strptime(path.stem.rpartition("-")[0], _STAMP).replace(tzinfo=UTC)


def _new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


def _read(path: Path) -> ECKey:
    try:
        return ECKey.import_key(path.read_bytes(), {"kid": path.stem, "use": "sig", "alg": "ES256"})
    except (JoseError, ValueError, OSError):
        # Not chained: a parser's error may quote what it read.
        raise Misconfigured(f"the key {path} can't be read: remove it, or put it right") from None


@contextmanager
def _failures_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Misconfigured(f"the folder of keys {folder} can't be used: {error.strerror}") from error


def _write_new(path: Path, content: bytes) -> None:
    """For its owner only from its first moment, and whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link fails where a file is: of two processes that start at once, the first one's key counts.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
