"""The opening of a WebSocket, and what a server makes of it, before any client comes in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from palaver_conformance.contract.model import Handshake
from palaver_conformance.drivers import engineio, websocket
from palaver_conformance.errors import Failure, Unreachable
from palaver_conformance.evidence.trace import Wire

_CLOSING = 2.0


@dataclass
class Opening:
    """A WebSocket that is open, in which nobody has said anything; or the answer of a server that refused it."""

    status: int
    headers: Mapping[str, str]
    body: str
    wire: Wire
    socket: ClientConnection | None = None

    async def ended(self, patience: float) -> list[str] | None:
        """Give what arrives until the server closes; None if it does not in time. Pings of Engine.IO are answered."""
        assert self.socket is not None, "only what is open can end"
        heard: list[str] = []
        try:
            async with asyncio.timeout(patience):
                async for frame in self.socket:
                    heard.append(str(frame))
                    self.wire.received(heard[-1])
                    if frame == "2":
                        await self.socket.send("3")
        except TimeoutError:
            return None
        except ConnectionClosed:
            pass
        return heard


@asynccontextmanager
async def opening(
    url: str,
    handshake: Handshake,
    wire: Wire,
    patience: float,
    *,
    compression: bool = False,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> AsyncIterator[Opening]:
    """Open a WebSocket, with an offer of compression or without, and close it on the way out.

    Raises Unreachable when there is no server, Failure when there is no answer.
    """
    address = websocket.address if handshake.tag is not None else engineio.address
    target = address(url, handshake.path, dict(query or {}))
    wire.sent(f"GET {target}")
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(patience):
                socket = await connect(
                    target,
                    compression=None,
                    extensions=[ClientPerMessageDeflateFactory()] if compression else None,
                    additional_headers=dict(headers or {}),
                    ping_interval=None,
                    max_size=None,
                    close_timeout=_CLOSING,
                    proxy=None,
                )
        except InvalidStatus as error:
            body = (error.response.body or b"").decode(errors="replace")
            wire.received(f"{error.response.status_code} {body}")
            yield Opening(error.response.status_code, dict(error.response.headers), body, wire)
            return
        except TimeoutError:
            raise Unreachable(f"no WebSocket within {patience:g} s") from None
        except OSError as error:
            raise Unreachable(f"no connection: {error}") from error
        except (InvalidHandshake, ConnectionClosed, EOFError) as error:
            raise Failure("an answer to the opening of a WebSocket", (str(error),)) from error
        stack.push_async_callback(socket.close)
        assert socket.response is not None
        yield Opening(HTTPStatus.SWITCHING_PROTOCOLS, dict(socket.response.headers), "", wire, socket)
