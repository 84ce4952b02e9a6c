"""A server for a recording dialect, and clients that speak raw frames."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pytest
import websockets
from doubles.dialect import PATIENCE, RecordingDialect
from doubles.plain_asgi import as_is, plain
from starlette.types import ASGIApp

from palaver_runtime.transports.listener import Stop, bind, serving
from palaver_runtime.transports.websocket import WebSocketLimits, WebSocketTransport


class Client:
    """One websocket, frame by frame."""

    def __init__(self, websocket: websockets.ClientConnection) -> None:
        self.websocket = websocket

    async def send(self, *frames: object) -> None:
        """Send frames: text and bytes as they are, anything else as JSON."""
        for frame in frames:
            await self.websocket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def next(self) -> object:
        """Return what the next frame holds."""
        async with asyncio.timeout(PATIENCE):
            return json.loads(await self.websocket.recv(decode=True))

    async def rest(self) -> list[object]:
        """Return what every frame holds until the server closes."""
        frames: list[object] = []
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    frames.append(json.loads(await self.websocket.recv(decode=True)))
        return frames

    @property
    def farewell(self) -> tuple[int, str] | None:
        """The code and the reason with which the server closed; None when it just dropped the connection."""
        close = self.websocket.protocol.close_rcvd
        return None if close is None else (int(close.code), close.reason)


@dataclass
class Served:
    """A transport that listens."""

    transport: WebSocketTransport[str]
    dialect: RecordingDialect
    port: int

    @contextlib.asynccontextmanager
    async def client(self, path: str = "/ws", **options: object) -> AsyncIterator[Client]:
        """Open a websocket."""
        url = f"ws://127.0.0.1:{self.port}{path}"
        async with websockets.connect(url, max_size=None, **options) as websocket:  # type: ignore[arg-type]
            yield Client(websocket)

    async def emptied(self) -> None:
        """Wait until no connection is left."""
        async with asyncio.timeout(PATIENCE):
            while self.transport.sessions:  # noqa: ASYNC110 - nothing signals the end of a task
                await asyncio.sleep(0)


Serve = Callable[..., contextlib.AbstractAsyncContextManager[Served]]


@contextlib.asynccontextmanager
async def _serve(
    dialect: RecordingDialect | None = None,
    *,
    allowed_origins: Sequence[str] = (),
    tag: str = "/type",
    fallback: ASGIApp | None = None,
    around: Callable[[ASGIApp], ASGIApp] = as_is,
    server: Callable[[ASGIApp], ASGIApp] = as_is,
    **limits: float,
) -> AsyncIterator[Served]:
    dialect = dialect or RecordingDialect()
    transport: WebSocketTransport[str] = WebSocketTransport(
        dialect,
        path="/ws",
        tag=tag,
        close_code={"GONE": 4410, "BUSY": 4503}.__getitem__,
        allowed_origins=allowed_origins,
        limits=replace(WebSocketLimits(), **limits),  # type: ignore[arg-type]
        fallback=fallback,
    )
    listeners = bind([(around(server(transport.app)), "127.0.0.1", 0)])
    stop = Stop(drain=lambda: transport.close(PATIENCE), deadline=PATIENCE)
    async with serving(listeners, stop):
        yield Served(transport, dialect, listeners[0].port)
    assert not transport.sessions


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
