"""A man in the middle, who makes a liar of an honest server by changing what it says."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Tamper = Callable[[str], Sequence[str]]
"""From a frame of the server to those that the client gets instead."""

_DROPPED = ("connection", "host", "content-length", "transfer-encoding")


def honest(frame: str) -> Sequence[str]:
    """Pass everything on."""
    return [frame]


def events(name: str, change: Callable[[dict], Sequence[dict]]) -> Tamper:
    """Replace the payload of each event of this name by those that `change` returns."""

    def tamper(frame: str) -> Sequence[str]:
        if not frame.startswith(f'42["{name}"'):
            return [frame]
        return ["42" + json.dumps([name, payload]) for payload in change(json.loads(frame[2:])[1])]

    return tamper


def acknowledgements(change: Callable[[dict], Sequence[dict]]) -> Tamper:
    """Replace each acknowledgement by those that `change` returns."""

    def tamper(frame: str) -> Sequence[str]:
        if not frame.startswith("43"):
            return [frame]
        start = frame.index("[")
        return [frame[:start] + json.dumps([payload]) for payload in change(json.loads(frame[start:])[0])]

    return tamper


@asynccontextmanager
async def proxied(url: str, tamper: Tamper) -> AsyncIterator[str]:
    """Serve on a free port what the server at `url` serves, and yield the address."""
    # Whoever waits has limits of their own. The server closes what was idle for 5 s: no request must meet that halfway.
    limits = httpx.Limits(keepalive_expiry=2.0)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=None, limits=limits) as client:

        async def http(request: Request) -> Response:
            headers = {name: value for name, value in request.headers.items() if name not in _DROPPED}
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            answer = await client.request(request.method, target, headers=headers, content=await request.body())
            kept = {name: value for name, value in answer.headers.items() if name not in _DROPPED}
            return Response(answer.content, answer.status_code, kept)

        async def socket(near: WebSocket) -> None:
            await near.accept()
            target = f"{url.replace('http', 'ws', 1)}{near.url.path}?{near.url.query}"
            headers = {name: near.headers[name] for name in ("authorization",) if name in near.headers}
            async with connect(target, additional_headers=headers, proxy=None, max_size=None) as far:
                inward = asyncio.create_task(_inward(near, far))
                with suppress(ConnectionClosed, RuntimeError, WebSocketDisconnect):
                    async for frame in far:
                        for changed in tamper(frame):
                            await near.send_text(changed)
                inward.cancel()
                with suppress(asyncio.CancelledError):
                    await inward
            with suppress(RuntimeError, WebSocketDisconnect):
                await near.close()

        methods = ["GET", "POST", "PATCH", "DELETE"]
        routes = [WebSocketRoute("/{path:path}", socket), Route("/{path:path}", http, methods=methods)]
        async with _serving(Starlette(routes=routes)) as address:
            yield address


async def _inward(near: WebSocket, far: ClientConnection) -> None:
    with suppress(WebSocketDisconnect, ConnectionClosed):
        while True:
            message = await near.receive()
            if message["type"] == "websocket.disconnect":
                break
            await far.send(message["text"] if message.get("text") is not None else message["bytes"])
    await far.close()


@asynccontextmanager
async def _serving(app: Starlette) -> AsyncIterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio", lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    listener = config.bind_socket()
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await task
        listener.close()
