"""Letting connections in at one socket that listens, a few in each turn of the event loop."""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

from palaver_runtime.transports.census import ListenerLimits
from palaver_runtime.transports.door import counted_as
from palaver_runtime.transports.threshold import Peer

logger = logging.getLogger(__name__)

_BURST: Final = 2
"""Connections that are let in at a time, which takes a millisecond with all that follows: of a thousand that come at
once the others wait, and not who is in."""

_PAUSE: Final = 1.0
"""Seconds in which nobody is let in when the system has no room for one more connection."""


class Acceptor:
    """Does for a server what `loop.create_server` does, in bounded bursts; closed, it gives the port back.

    Event loops let in all who wait in one turn, and libuv sleeps for a moment after each. Whose address has had more
    than its share is let in when it is its turn: nothing is read of them until then.
    """

    def __init__(
        self, listening: socket.socket, make_protocol: Callable[[Peer], object], limits: ListenerLimits
    ) -> None:
        """Begin to accept on a socket that listens, which belongs to this from now on.

        `make_protocol` is given the address of who has connected, and the port.
        """
        self._socket = listening
        self._make_protocol = make_protocol
        self._loop = asyncio.get_running_loop()
        self._limits = limits
        self._beginning: set[asyncio.Task[object]] = set()
        self._waiting: set[asyncio.Task[object]] = set()
        self._by_address: Counter[str] = Counter()
        self._again: asyncio.TimerHandle | None = None
        self._closed = False
        listening.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Let nobody in any more, nor who waits for a turn; who is in stays."""
        if self._closed:
            return
        self._closed = True
        if self._again is None:
            self._loop.remove_reader(self._socket)
        else:
            self._again.cancel()
        self._socket.close()
        for each in self._waiting:
            each.cancel()

    async def wait_closed(self) -> None:
        """Return once whoever was let in has a protocol."""
        if self._beginning:
            await asyncio.wait(self._beginning)

    def _listen(self) -> None:
        self._again = None
        self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        for _ in range(_BURST):
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:  # it has gone while it waited
                continue
            except OSError as error:
                # Those who wait go on waiting, and would wake the loop at once.
                logger.warning("no connection can be accepted for %g s: %s", _PAUSE, error.strerror)
                self._loop.remove_reader(self._socket)
                self._again = self._loop.call_later(_PAUSE, self._listen)
                return
            connection.setblocking(False)
            peer = str(address[0])
            counted = "" if self._limits.proxies.trusts(peer) else counted_as(peer)
            if counted and self._by_address[counted] >= self._limits.max_address_connections:
                self._limits.refused("connections_address")
                connection.close()
                continue
            task = self._loop.create_task(self._begin(connection, (peer, int(address[1])), counted))
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    async def _begin(self, connection: socket.socket, peer: Peer, counted: str) -> None:
        try:
            if counted and not self._limits.fairness.has_turn(counted):
                await self._turn(counted)
            make = partial(self._make_protocol, peer)
            await self._loop.connect_accepted_socket(make, connection)  # type: ignore[type-var]  # by what it does
        except OSError:  # it has gone already
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    async def _turn(self, counted: str) -> None:
        """Wait for the turn of an address."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        self._by_address[counted] += 1
        try:
            await self._limits.fairness.turn(counted)
        finally:
            self._waiting.discard(task)
            self._by_address[counted] -= 1
            if not self._by_address[counted]:
                del self._by_address[counted]
