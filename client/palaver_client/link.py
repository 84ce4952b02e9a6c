"""What carries a generated client: its requests, its connection and its streams, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from palaver_client.credentials import TokenSource
from palaver_client.requests import Requests
from palaver_client.session import Options, Session
from palaver_client.streams import Streams
from palaver_wire.client import Client, Dialect
from palaver_wire.contract import WireModel

C = TypeVar("C", bound=Client[Any])
K = TypeVar("K")


class HttpAndSocketLink:
    """Implements `palaver_wire.client.Link` over HTTP and Socket.IO or WebSocket."""

    def __init__(self, url: str, dialect: Dialect, token: str | TokenSource | None, options: Options) -> None:
        self._requests = Requests(url, dialect, token, options.timeout)
        self._streams = Streams(options.stream_limit)
        self._session = Session(url, dialect, self._requests, self._streams, options)

    async def connect(self) -> None:
        """Connect, and stay so."""
        await self._session.open()

    async def close(self) -> None:
        """Close everything."""
        await self._session.close()
        await self._requests.close()

    async def ask(self, event: str, payload: WireModel, timeout: float | None) -> WireModel | None:
        """Send an event and return its answer."""
        return await self._session.ask(event, payload, timeout)

    async def request(
        self, operation: str, parameters: WireModel | None, body: WireModel | None, timeout: float | None
    ) -> WireModel | None:
        """Make a REST request and return its answer."""
        return await self._requests.ask(operation, parameters, body, timeout)

    def stream(self, kind: type[K] | None) -> AsyncIterator[K]:
        """Return the events of a kind, or all, from now on."""
        return self._streams.stream(kind)

    def on(self, kind: type[K], handle: Callable[[K], object]) -> Callable[[], None]:
        """Call a function with each event of a kind."""
        return self._streams.on(kind, handle)


def open_client(
    client: type[C], url: str, *, token: str | TokenSource | None = None, options: Options | None = None
) -> C:
    """Return a client of the server at `url`, as in `https://chat.example.org`; a path there comes before all others.

    `token` is shown by requests and connections: a token, or a coroutine function that gets one and is asked again when
    it is no longer taken. Without it, sign in by the documents' own operations: their tokens are kept and refreshed.

    Use it in `async with`, and `connect()` to hear events. Must be called where an event loop runs.
    """
    return client(HttpAndSocketLink(url, client.DIALECT, token, options or Options()))
