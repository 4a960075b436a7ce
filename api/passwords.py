"""Passwords: hashed with argon2id, and checked in the same time whether there is such a person or not."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 256
AT_ONCE = 4
"""Hashes at once; each takes 64 MiB while it is worked out."""


class Passwords:
    """Hashes and checks, outside of the event loop.

    Args:
        hasher: argon2id with RFC 9106's parameters for little memory (64 MiB, 3 passes), unless told otherwise.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._nobodys = self._hasher.hash("nobody's")

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        async with self._places:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def check(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; None, for want of a person or a password, takes as long as a wrong one."""
        async with self._places:
            is_right = await asyncio.to_thread(self._verify, password, kept or self._nobodys)
        return is_right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, password: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
