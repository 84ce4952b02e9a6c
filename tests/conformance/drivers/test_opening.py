"""The opening of a WebSocket, and what a server makes of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from websockets.asyncio.server import Request, Response, ServerConnection, serve

from palaver_conformance.contract.model import Handshake
from palaver_conformance.drivers.opening import opening
from palaver_conformance.errors import Unreachable
from palaver_conformance.evidence.trace import Trace, Wire

BARE = Handshake("/ws", None, "token", None, None, tag="/type")
ENGINE = Handshake("/socket.io/", "token", None, None, None)
PATIENCE = 10.0


@pytest.fixture
def wire() -> Wire:
    """Where what happens is noted."""
    return Trace().wire("alice")


@asynccontextmanager
async def server(
    act: Callable[[ServerConnection], Awaitable[None]], *, compression: str | None = None, refuse: bool = False
) -> AsyncIterator[str]:
    """Serve on a free port; give the address."""

    def answer(connection: ServerConnection, request: Request) -> Response | None:
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "full") if refuse else None

    async with serve(act, "127.0.0.1", 0, compression=compression, process_request=answer) as running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"


async def bye(connection: ServerConnection) -> None:
    """Ping as Engine.IO does, and close when that is answered."""
    await connection.send("2")
    assert await connection.recv() == "3"
    await connection.send("bye")


async def stay(connection: ServerConnection) -> None:
    """Stay as long as the other."""
    await connection.wait_closed()


@pytest.mark.parametrize("handshake", [BARE, ENGINE])
async def test_what_is_said_until_the_end_is_heard(handshake: Handshake, wire: Wire) -> None:
    """Pings are answered meanwhile."""
    async with server(bye) as url, opening(url, handshake, wire, PATIENCE) as found:
        assert found.status == HTTPStatus.SWITCHING_PROTOCOLS
        assert await found.ended(PATIENCE) == ["2", "bye"]


async def test_what_does_not_end_is_told_apart(wire: Wire) -> None:
    """Nothing is given for what goes on."""
    async with server(stay) as url, opening(url, BARE, wire, PATIENCE) as found:
        assert await found.ended(0.01) is None


@pytest.mark.parametrize(("accepts", "offers"), [("deflate", True), ("deflate", False), (None, True)])
async def test_compression_is_there_if_both_want_it(accepts: str | None, offers: bool, wire: Wire) -> None:
    """The answer says so."""
    async with (
        server(stay, compression=accepts) as url,
        opening(url, BARE, wire, PATIENCE, compression=offers) as found,
    ):
        headers = {name.lower() for name in found.headers}
    assert ("sec-websocket-extensions" in headers) == (accepts is not None and offers)


async def test_refusal_is_an_answer(wire: Wire) -> None:
    """With its status and its body."""
    async with server(stay, refuse=True) as url, opening(url, BARE, wire, PATIENCE) as found:
        assert (found.status, found.body, found.socket) == (503, "full", None)


async def test_nobody_is_there(wire: Wire) -> None:
    """Where nothing listens there is no answer."""
    async with server(stay) as url:
        pass
    with pytest.raises(Unreachable):
        async with opening(url, BARE, wire, PATIENCE):
            pass
