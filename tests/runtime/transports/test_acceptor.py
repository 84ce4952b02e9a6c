"""Letting connections in, a few at a time."""

import asyncio
import errno
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from doubles.listening import become

from palaver_runtime.fairness import Fairness
from palaver_runtime.transports import acceptor as accepting
from palaver_runtime.transports.acceptor import Acceptor
from palaver_runtime.transports.census import ListenerLimits
from palaver_runtime.transports.door import Proxies
from palaver_runtime.transports.listener import bound_socket

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there uvicorn's own way is taken")


class Guest(asyncio.Protocol):
    """Counts who is in, and answers."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Come in."""
        type(self).count += 1
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"welcome")
        transport.close()


@asynccontextmanager
async def accepting_on(listening: socket.socket, limits: ListenerLimits | None = None) -> AsyncIterator[Acceptor]:
    """Accept while the block runs."""
    found = Acceptor(listening, lambda _: Guest(), limits or ListenerLimits())
    try:
        yield found
    finally:
        found.close()
        await asyncio.wait_for(found.wait_closed(), 10)


@pytest.fixture
def listening() -> socket.socket:
    """Give a socket that listens; whoever accepts closes it."""
    return bound_socket("127.0.0.1", 0)


async def test_those_who_come_at_once_are_let_in_a_few_in_a_turn(listening: socket.socket) -> None:
    """All get in, and between them everybody else has a turn."""
    clients = [socket.create_connection(listening.getsockname()) for _ in range(20)]
    Guest.count = 0
    before, most, turns = 0, 0, 0
    async with accepting_on(listening), asyncio.timeout(10):
        while Guest.count < len(clients):
            await asyncio.sleep(0)
            most, before, turns = max(most, Guest.count - before), Guest.count, turns + 1
        for each in clients:
            reader, writer = await asyncio.open_connection(sock=each)
            assert await reader.read() == b"welcome"
            writer.close()
    assert most <= accepting._BURST
    assert turns >= len(clients) / accepting._BURST


async def test_nobody_is_let_in_after_the_close(listening: socket.socket) -> None:
    """Not even who has knocked already; the port is given back, and closing twice is no harm."""
    place = listening.getsockname()
    async with accepting_on(listening) as found:
        found.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place)
        found.close()


class Full:
    """A socket that listens, of a process without room for one more connection, until that has some."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.tries = 0
        self.room = False

    def accept(self) -> tuple[socket.socket, object]:
        """Accept, where there is room."""
        self.tries += 1
        if not self.room:
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listening.accept()

    def __getattr__(self, name: str) -> object:
        return getattr(self._listening, name)


async def test_without_room_nobody_is_let_in_and_nothing_spins(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who knocks goes on knocking, which would wake the loop in every turn."""
    monkeypatch.setattr(accepting, "_PAUSE", 3_600.0)
    full = Full(listening)
    with socket.create_connection(listening.getsockname()):
        async with accepting_on(full):  # type: ignore[arg-type]  # as much of a socket as is needed
            await become(lambda: full.tries)
            for _ in range(20):
                await asyncio.sleep(0)
            assert full.tries == 1


async def test_with_room_again_it_goes_on(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a pause."""
    monkeypatch.setattr(accepting, "_PAUSE", 0.01)
    full, Guest.count = Full(listening), 0
    with socket.create_connection(listening.getsockname()):
        async with accepting_on(full):  # type: ignore[arg-type]  # as much of a socket as is needed
            await become(lambda: full.tries > 1)
            assert Guest.count == 0
            full.room = True
            await become(lambda: Guest.count)
            assert Guest.count == 1


class Busy:
    """Limits of a listener, where 127.0.0.1 has had more than its share, and others want some."""

    def __init__(self, *trusted: str) -> None:
        self.now = 100.0
        self.met: list[str] = []
        self.fairness = Fairness(0.5, lambda: self.now)
        self.limits = ListenerLimits(
            fairness=self.fairness, refused=self.met.append, max_address_connections=2, proxies=Proxies(trusted)
        )
        self.account = self.fairness.account("127.0.0.1")
        self.account.charge(0.02)
        self.fairness.wants(self.fairness.account("192.0.2.1"))


async def test_who_has_had_a_share_is_let_in_when_it_is_the_turn(listening: socket.socket) -> None:
    """One after the other, and not before."""
    busy, Guest.count = Busy(), 0
    clients = [socket.create_connection(listening.getsockname()) for _ in range(2)]
    async with accepting_on(listening, busy.limits):
        await become(lambda: busy.account.waiting == 2)
        assert Guest.count == 0
        busy.now += 60.0
        await become(lambda: Guest.count == 2)
    for each in clients:
        each.close()
    assert busy.met == []


async def test_those_who_wait_for_their_turn_are_few(listening: socket.socket) -> None:
    """Whoever is one too many for an address is cut off; there is room again when one of them is in."""
    busy, Guest.count = Busy(), 0
    place = listening.getsockname()
    async with accepting_on(listening, busy.limits), asyncio.timeout(10):
        clients = [await asyncio.open_connection(*place) for _ in range(3)]
        await become(lambda: busy.account.waiting == 2 and busy.met)
        assert await clients[2][0].read() == b""
        busy.now += 60.0
        assert [await reader.read() for reader, _ in clients[:2]] == [b"welcome"] * 2
        clients.append(await asyncio.open_connection(*place))
        assert await clients[3][0].read() == b"welcome"
        for _, writer in clients:
            writer.close()
            await writer.wait_closed()
    assert busy.met == ["connections_address"]


async def test_nobody_who_waits_is_let_in_after_the_close(listening: socket.socket) -> None:
    """They are told at once, and may try another instance."""
    busy, Guest.count = Busy(), 0
    async with asyncio.timeout(10), accepting_on(listening, busy.limits) as found:
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        await become(lambda: busy.account.waiting)
        found.close()
        assert await reader.read() == b""
        await found.wait_closed()
        writer.close()
        await writer.wait_closed()
    assert Guest.count == 0


async def test_connections_of_a_proxy_wait_for_nobodys_turn(listening: socket.socket) -> None:
    """Whose they are only their requests say."""
    busy, Guest.count = Busy("127.0.0.1"), 0
    clients = [socket.create_connection(listening.getsockname()) for _ in range(3)]
    async with accepting_on(listening, busy.limits):
        await become(lambda: Guest.count == 3)
    for each in clients:
        each.close()
    assert busy.met == []
