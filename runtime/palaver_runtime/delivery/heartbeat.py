"""Compares what an instance knows with what the store has, over and over, and leaves the loop to others meanwhile."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import perf_counter
from typing import Final, TypeAlias

logger = logging.getLogger(__name__)

Piece: TypeAlias = Callable[[], Awaitable[None]]
"""A part of what there is to compare, short enough to keep nobody waiting."""

REST: Final = 19
"""A rest is as many times longer than the piece before it: all pieces together take about a twentieth of the time."""


class Heartbeat:
    """Does some pieces every so often, with a rest after each but the last.

    Where there are so many that they are not done in time, the next beat is late. After `hurry` they are done at once
    and without any rest. If one fails, which is logged, the others wait for the next beat. While the store says by its
    `version` that it is as it was when all were begun the last time, there is nothing to compare.
    """

    def __init__(self, pieces: Callable[[], Iterable[Piece]], version: Callable[[], Awaitable[int | None]]) -> None:
        self._pieces: Final = pieces
        self._version: Final = version
        # That of the store to which all has been compared.
        self._compared: int | None = None
        self._hurry: Final = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None

    def start(self, seconds: float) -> None:
        """Beat every `seconds` from now on."""
        self._beating = asyncio.create_task(self._beat(seconds))

    def hurry(self) -> None:
        """Beat as soon as can be, and hurry up with what is left of the present beat."""
        self._hurry.set()

    async def close(self) -> None:
        """Beat no more."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)

    async def _beat(self, seconds: float) -> None:
        while True:
            await self._rest(seconds)
            hurried = self._hurry.is_set()
            self._hurry.clear()
            rest = 0.0
            try:
                version = await self._version()
                if version is not None and version == self._compared:
                    continue
                for piece in self._pieces():
                    await self._rest(rest)
                    began = perf_counter()
                    await piece()
                    # However slow the store is, a rest is no longer than that between two beats.
                    rest = 0.0 if hurried else min(seconds, REST * (perf_counter() - began))
                self._compared = version
            except Exception:
                logger.exception("what was lost could not be read; the next heartbeat tries again")

    async def _rest(self, seconds: float) -> None:
        """Leave the loop to others for so long, or until there is reason to hurry, but at least for a turn."""
        await asyncio.sleep(0)
        # Not wait_for, which on Python 3.11 can swallow the cancellation that ends this.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
