"""Passwords, kept as argon2id hashes."""

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import thread_time
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from palaver_runtime.domain.errors import Unavailable
from palaver_runtime.fairness import current, place

T = TypeVar("T")

# Of the equivalent profiles in OWASP's Password Storage Cheat Sheet the one with the least memory: more sign-ins
# fit into the machine at once, and on machines with slow memory each takes little more than half the time.
_MEMORY_KIB = 7168
_PASSES = 5
_LANES = 1

_MOST_WAITING: Final = 100
"""Passwords that wait, for each thread: with that many it is two to four seconds until the last is looked at."""


def _ignore(limit: str) -> None:
    pass


class Argon2Passwords:
    """Hashes in threads: one hash takes tens of milliseconds, in which the loop goes on.

    There are half as many of them as processors, and two at least, however many want to sign in; `refused` is told when
    so many wait that one more is turned away.
    """

    def __init__(self, refused: Callable[[str], None] = _ignore, threads: int | None = None) -> None:
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        # Made before anybody asks: the first unknown user, too, is to cost what a known one does.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._refused = refused
        # At a lower priority they would starve on a busy machine, and keep the loop waiting for the interpreter.
        threads = threads or max(2, (os.cpu_count() or 1) // 2)
        self._pool = ThreadPoolExecutor(threads, "passwords")
        self._most = threads * (1 + _MOST_WAITING)
        self._taken = 0
        self._seconds = 0.0

    async def hash(self, password: str) -> str:
        """Give what to store; raise Unavailable when too many wait."""
        return await self._in_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Check a password; None stands for an unknown user and takes as long as a known one.

        Raises Unavailable when too many wait.
        """
        matches = await self._in_thread(self._matches, password_hash or self._nobody, password)
        return matches and password_hash is not None

    async def _in_thread(self, function: Callable[..., T], *arguments: str) -> T:
        async with place():
            if self._taken >= self._most:
                self._refused("passwords")
                raise Unavailable("More passwords wait than can be looked at", "a free place for passwords")
            self._taken += 1
            try:
                return await self._in_turn(function, *arguments)
            finally:
                self._taken -= 1

    async def _in_turn(self, function: Callable[..., T], *arguments: str) -> T:
        """Do so when it is the turn of whoever asks, to whom the processor's time is charged: as if it were the loop's.

        Where there is but one processor it is.
        """
        account, loop = current(), asyncio.get_running_loop()
        if account is None:
            return await loop.run_in_executor(self._pool, function, *arguments)
        await account.turn()
        expected = self._seconds  # the next turn may come before this is known
        account.charge(expected)
        result, self._seconds = await loop.run_in_executor(self._pool, _timed, function, *arguments)
        account.charge(self._seconds - expected)
        return result

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _timed(function: Callable[..., T], *arguments: str) -> tuple[T, float]:
    """Give what a function returns, and the seconds of a processor that it took."""
    began = thread_time()
    return function(*arguments), thread_time() - began
