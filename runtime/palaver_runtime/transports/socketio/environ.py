"""A request of ASGI in the form in which python-engineio reads it, which is that of WSGI."""

from typing import Any

from starlette.types import Message, Receive, Scope, Send


class Body:
    """The body of a request, read when it is asked for."""

    __slots__ = ("_latest", "_receive")

    def __init__(self, first: Message, receive: Receive) -> None:
        self._latest = first
        self._receive = receive

    async def read(self, length: int) -> bytes:
        """Return so many bytes, less when there are no more; what comes behind them is thrown away. Once."""
        found = bytearray(self._latest.get("body", b""))
        while self._latest.get("more_body"):
            self._latest = await self._receive()
            if len(found) < length:
                found += self._latest.get("body", b"")
        del found[length:]
        return bytes(found)


async def environ_of(scope: Scope, receive: Receive, send: Send) -> dict[str, Any] | None:
    """Return what python-engineio 4.15 reads of a request; None if its client has gone already.

    The library's own makes a class for each request, which keeps the whole of it until the collector of garbage comes,
    and what it makes of a client that has gone raises in the library.
    """
    first = await receive()
    if first["type"] not in ("http.request", "websocket.connect"):
        return None
    made = {
        "wsgi.input": Body(first, receive),
        "REQUEST_METHOD": scope.get("method", "GET"),
        "QUERY_STRING": _decoded(scope.get("query_string", b"")) or "",
        "asgi.receive": receive,
        "asgi.send": send,
        "asgi.scope": scope,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = _decoded(raw_name.upper()), _decoded(raw_value)
        if name is None or value is None:
            continue
        key = name.replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
            if key in made:
                value = f"{made[key]},{value}"
        made[key] = value
    return made


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
