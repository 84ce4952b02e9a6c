"""A server for a recording dialect, and clients that speak raw frames."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import httpx
import pytest
import websockets
from doubles.dialect import PATIENCE, RecordingDialect
from doubles.plain_asgi import as_is, plain
from starlette.types import ASGIApp

from palaver_runtime.transports.listener import Stop, bind, serving
from palaver_runtime.transports.socketio import SocketIOTransport, SocketLimits, engine
from palaver_runtime.transports.socketio.environ import environ_of


class RawSocket:
    """One websocket, frame by frame."""

    def __init__(self, websocket: websockets.ClientConnection) -> None:
        self.websocket = websocket

    async def send(self, *frames: str | bytes) -> None:
        """Send frames."""
        for frame in frames:
            await self.websocket.send(frame)

    async def next(self) -> str | bytes:
        """Return the next frame."""
        async with asyncio.timeout(PATIENCE):
            return await self.websocket.recv()

    async def rest(self) -> list[str | bytes]:
        """Return every frame until the server closes."""
        frames: list[str | bytes] = []
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    frames.append(await self.websocket.recv())
        return frames

    async def connect(self, packet: str = "40") -> str:
        """Send CONNECT and return the answer."""
        await self.send(packet)
        while (answer := await self.next()) == "2":
            await self.send("3")
        assert isinstance(answer, str)
        return answer


@dataclass
class Served:
    """A transport that listens."""

    transport: SocketIOTransport[str]
    dialect: RecordingDialect
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def raw(self, query: str = "", *, read_open: bool = True, **options: object) -> AsyncIterator[RawSocket]:
        """Open a raw websocket past its OPEN packet."""
        url = f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket{query}"
        async with websockets.connect(url, max_size=None, **options) as websocket:  # type: ignore[arg-type]
            socket = RawSocket(websocket)
            if read_open:
                assert str(await socket.next()).startswith("0{")
            yield socket

    @contextlib.asynccontextmanager
    async def polling(self) -> AsyncIterator["Poller"]:
        """Open a polling session past its OPEN packet; it is closed in the end, as a server that stops waits for it."""
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as client:
            poller = Poller(client)
            await poller.open()
            yield poller
            await poller.post("1")

    async def emptied(self) -> None:
        """Wait until no session is left in any of the dictionaries."""
        async with asyncio.timeout(PATIENCE):
            await self.transport._engine.sessions.emptied()
            while self.transport.sessions:  # noqa: ASYNC110 - nothing signals the end of a task
                await asyncio.sleep(0)
        assert not self.transport._engine.sockets
        assert not self.transport._engine.sessions._live


class Poller:
    """A client of the polling transport, request by request."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.sid = ""

    async def open(self) -> None:
        """Open the session."""
        response = await self.client.get("/socket.io/?EIO=4&transport=polling")
        assert response.status_code == 200
        self.sid = json.loads(response.text[1:])["sid"]

    @property
    def path(self) -> str:
        """The URL of the session."""
        return f"/socket.io/?EIO=4&transport=polling&sid={self.sid}"

    async def get(self) -> httpx.Response:
        """Poll once."""
        return await self.client.get(self.path)

    async def frames(self, until: str) -> list[str]:
        """Poll until a frame starts with `until`."""
        frames: list[str] = []
        while not any(frame.startswith(until) for frame in frames):
            response = await self.get()
            assert response.status_code == 200, response.text
            frames += response.text.split("\x1e")
        return frames

    async def post(self, *frames: str) -> httpx.Response:
        """Post frames."""
        return await self.client.post(self.path, content="\x1e".join(frames))


Serve = Callable[..., contextlib.AbstractAsyncContextManager[Served]]


@contextlib.asynccontextmanager
async def _serve(
    dialect: RecordingDialect | None = None,
    *,
    allowed_origins: Sequence[str] = (),
    drain: Callable[[], Awaitable[None]] | None = None,
    server: Callable[[ASGIApp], ASGIApp] = as_is,
    **limits: float,
) -> AsyncIterator[Served]:
    dialect = dialect or RecordingDialect()
    transport = SocketIOTransport(
        dialect,
        allowed_origins=allowed_origins,
        limits=replace(SocketLimits(), **limits),  # type: ignore[arg-type]
    )
    listeners = bind([(server(transport.app), "127.0.0.1", 0)])
    async with serving(listeners, Stop(drain=drain or (lambda: transport.close(PATIENCE)), deadline=PATIENCE)):
        yield Served(transport, dialect, listeners[0].port)
    assert not transport.sessions
    assert not transport._engine.sockets


@pytest.fixture(params=[as_is, plain], ids=["ours", "plain"])
def serve(request: pytest.FixtureRequest) -> Serve:
    """How to serve a recording dialect, on our own server and as on any other; keywords are limits."""
    return partial(_serve, server=request.param)


@pytest.fixture
def serve_here() -> Serve:
    """How to serve a recording dialect on our own server alone, for what no other can do."""
    return _serve


@pytest.fixture
def recording() -> type[RecordingDialect]:
    """The dialect that records."""
    return RecordingDialect


@pytest.fixture
def translated(monkeypatch):
    """Give the kinds of the requests that are translated for the library."""
    kinds = []

    async def noted(scope, *rest):
        kinds.append(scope["type"])
        return await environ_of(scope, *rest)

    monkeypatch.setattr(engine, "environ_of", noted)
    return kinds
