"""When an HTTP connection is read: as the request needs it, and as it is the turn of whom its client counts for."""

import asyncio
from time import perf_counter
from types import TracebackType
from typing import Final

from uvicorn.protocols.http.flow_control import FlowControl

from palaver_runtime.fairness import Account

_PIECE: Final = 65_536
"""Bytes that are read of a connection in a turn of the loop, at least; libuv would read up to eight megabytes."""

FETCHING: Final = 3e-10
"""Seconds that the loop takes to fetch a byte from the kernel, before anybody is told that it is there."""


class Inflow(FlowControl):
    """Uvicorn's flow control, which also holds back a connection until it is the turn of its address.

    Used as a context, it charges to the address how long the block takes. Of uvicorn 0.54: who pauses reading and
    resumes it asks this, and `read_paused` says which of both was last.
    """

    def __init__(self, transport: asyncio.Transport, account: Account | None) -> None:
        super().__init__(transport)
        self._account = account
        self._held: asyncio.Task[None] | asyncio.Handle | None = None
        self._loop = asyncio.get_running_loop()
        self._began = 0.0
        self.stopped = False

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.charge(perf_counter() - self._began)

    def charge(self, seconds: float) -> None:
        """Note that the loop was busy with the connection."""
        if self._account is not None:
            self._account.charge(seconds)

    def pause_reading(self) -> None:
        """Read nothing until resume_reading()."""
        if not self.read_paused:
            self.read_paused = True
            if self._held is None:
                self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on, once it is the turn of the address."""
        if self.read_paused:
            self.read_paused = False
            if self._held is None and not self.stopped:
                self._transport.resume_reading()

    def pace(self, size: int) -> None:
        """Take note that so many bytes were read, and hold the connection back if that was much for now."""
        account = self._account
        if account is None or self.stopped or self._held is not None or self._transport.is_closing():
            return
        account.charge(size * FETCHING)
        if account.wait():
            self._held = self._loop.create_task(self._wait(account))
        elif size >= _PIECE:
            self._held = self._loop.call_soon(self._release)
        else:
            return
        if not self.read_paused:
            self._transport.pause_reading()

    def stop(self) -> None:
        """Read nothing any more, whoever asks for it."""
        self.stopped = True
        self._transport.pause_reading()

    def leave(self) -> None:
        """Wait for no turn any more: the connection has ended, or is somebody else's."""
        if self._held is not None:
            self._held.cancel()
            self._held = None

    async def _wait(self, account: Account) -> None:
        await account.turn()
        self._release()

    def _release(self) -> None:
        self._held = None
        if not (self.read_paused or self.stopped or self._transport.is_closing()):
            self._transport.resume_reading()
