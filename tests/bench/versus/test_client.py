"""The load client counts what really happened, and a server that does wrong ends it with a reason."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from versus.client import Answer, LoadClient, LoadError, load_client, parse
from versus.contestants import PEERS
from versus.crowd import Crowd
from versus.programs import program

People = Callable[[Crowd], Path]
STOCK = (sys.executable, PEERS / "stock.py")


@asynccontextmanager
async def against(compiled: Path, people: Path, *peer: str | Path) -> AsyncIterator[LoadClient]:
    """Run a load client against a peer."""
    async with program(*peer) as running, load_client(compiled / "load", [running.port], [running.pid], people) as load:
        yield load


@pytest.mark.parametrize("peer", [("limit",), ("limit", "--together"), STOCK], ids=["limit", "together", "stock"])
async def test_every_workload_is_driven(compiled: Path, people: People, peer: tuple[str | Path, ...]) -> None:
    """Everybody comes, enters a room, and has what is sent there; acknowledgements and deliveries are counted."""
    command = (compiled / peer[0], *peer[1:]) if peer[0] == "limit" else peer
    async with against(compiled, people(Crowd(5, 5)), *command) as load:
        assert (await load.tell("open 2")).count == 5
        assert (await load.tell("join")).acknowledged == 5
        pings = await load.tell("ping 0.1")
        assert pings.count == pings.acknowledged == pings.sent >= 5
        assert 0 < pings.p50_us <= pings.p99_us
        assert pings.server_seconds >= 0
        fan = await load.tell("fan 0.1 2 4")
        # What is under way when the time is up is waited for.
        assert fan.count == 5 * fan.sent >= 5
        rate = await load.tell("rate 0.2 5 100")
        assert 5 * 19 <= rate.count <= 5 * 21
        assert (await load.tell("sync")).acknowledged == 5
        assert (await load.tell("send 0.1")).count >= 5
        assert (await load.tell("close")).count == 5
        assert (await load.tell("open 5")).count == 5


async def test_remote_deliveries_alone_are_timed(compiled: Path, people: People) -> None:
    """With two ports the senders use the first, and those who are there are not listened to."""
    async with program(compiled / "limit") as one:
        file = people(Crowd(4, 4))
        async with load_client(compiled / "load", [one.port, one.port], [one.pid], file) as load:
            await load.tell("open 4")
            await load.tell("join")
            rate = await load.tell("rate 0.2 2 100")
    assert 2 * 19 <= rate.count <= 2 * 21


async def test_a_message_is_waited_for_in_its_room_alone(compiled: Path, people: People) -> None:
    """Who is in another room is owed nothing."""
    crowd = Crowd(4, 2, apart=True)
    async with program(compiled / "limit") as one, program(compiled / "limit") as other:
        file = people(crowd)
        async with load_client(compiled / "load", [one.port, other.port], [one.pid], file) as load:
            await load.tell("open 4")
            await load.tell("join")
            fan = await load.tell("fan 0.1 1 1")
    assert fan.count == 2 * fan.sent >= 2


async def test_a_server_that_is_gone_ends_it_with_a_reason(compiled: Path, people: People) -> None:
    """A bench does not wait for what does not come."""
    async with program(compiled / "limit") as running:
        port, pid = running.port, running.pid
    async with load_client(compiled / "load", [port], [pid], people(Crowd(1, 1))) as load:
        with pytest.raises(LoadError, match=r"at 'open 1': process \d+ has ended"):
            await load.tell("open 1")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "no websocket: HTTP/1.1 403 Forbidden"),
        (b'HTTP/1.1 101 Go\r\n\r\n\x81\x03{0}\x81\x1842["error",{"code":"X"}]', 'said 42\\["error",{"code":"X"}\\]'),
        (b"HTTP/1.1 101 Go\r\n\r\n\x88\x02\x03\xe8", "the server closed it"),
    ],
    ids=["refused", "error", "closed"],
)
async def test_what_a_server_does_wrong_is_told(compiled: Path, people: People, said: bytes, reason: str) -> None:
    """A server that refuses, sends an error or closes the connection has not done the work."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        gone.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with load_client(compiled / "load", [port], [], people(Crowd(1, 1))) as load:
            with pytest.raises(LoadError, match=reason):
                await load.tell("open 1")
        await gone.wait()


async def test_an_unknown_command_is_refused(compiled: Path, people: People) -> None:
    """A command that is misspelt measures nothing."""
    async with load_client(compiled / "load", [1], [], people(Crowd(1, 1))) as load:
        with pytest.raises(LoadError, match="no command: dance"):
            await load.tell("dance")


def test_an_answer_is_read() -> None:
    """Each figure has its name."""
    line = (
        '{"command":"fan","seconds":0.5,"count":10,"sent":2,"acknowledged":2,"p50_us":1.5,"p99_us":2.5,"most_us":3.0,'
        '"server_seconds":0.1,"client_seconds":0.2}'
    )
    assert parse(line) == Answer("fan", 0.5, 10, 2, 2, 1.5, 2.5, 3.0, 0.1, 0.2)


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"command": "fan"}'])
def test_what_is_no_answer_is_refused(line: str) -> None:
    """Half a line is not taken for figures."""
    with pytest.raises(LoadError, match="the load client answered"):
        parse(line)
