"""Passwords, kept as argon2id hashes."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Of the equivalent profiles in OWASP's Password Storage Cheat Sheet the one with the least memory: more sign-ins
# fit into the machine at once, and on machines with slow memory each takes little more than half the time.
_MEMORY_KIB = 7168
_PASSES = 5
_LANES = 1


class Argon2Passwords:
    """Hashes in a thread: one hash takes tens of milliseconds, in which the loop goes on."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        # Made before anybody asks: the first unknown user, too, is to cost what a known one does.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Give what to store."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Check a password; None stands for an unknown user and takes as long as a known one."""
        matches = await asyncio.to_thread(self._matches, password_hash or self._nobody, password)
        return matches and password_hash is not None

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
