"""Generated passwords for the local run's loopback listener, and their hashes as Mosquitto reads them.

A password is kept in a file of its user's name, so that a person can say `-P "$(cat data/passwords/NAME)"` and no
password stands in a terminal or its history. The broker gets the hashes alone.
"""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from hashlib import pbkdf2_hmac
from pathlib import Path

from broker.files import make_private_folder, write_private

_ROUNDS = 101
"""As `mosquitto_passwd` does it. A generated password of 192 bits needs no slow hash."""


def password_of(folder: Path, user: str) -> str:
    """A user's password; made if there is none yet."""
    found = known_password(folder, user)
    if found is None:
        found = secrets.token_urlsafe(24)
        make_private_folder(folder)
        write_private(folder / user, found.encode())
    return found


def password_file(folder: Path, users: Iterable[str]) -> bytes:
    """What Mosquitto reads as its `password_file`: the users' passwords, hashed."""
    return "".join(f"{user}:{_hashed(password_of(folder, user))}\n" for user in users).encode()


def known_password(folder: Path, user: str) -> str | None:
    """A user's password, if there is one."""
    try:
        return (folder / user).read_text(encoding="ascii")
    except FileNotFoundError:
        return None


def without_user(passwords: bytes, user: str) -> bytes:
    """A `password_file` in which this user has no password any more."""
    return b"".join(line for line in passwords.splitlines(keepends=True) if not line.startswith(f"{user}:".encode()))


def _hashed(password: str) -> str:
    """`$7$rounds$salt$hash`: PBKDF2 with HMAC-SHA512, salt and hash in base64."""
    salt = secrets.token_bytes(12)
    hashed = pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${b64encode(salt).decode()}${b64encode(hashed).decode()}"
