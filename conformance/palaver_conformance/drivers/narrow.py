"""A TCP connection that takes little before its reader does, so that what is not read is soon too much."""

import asyncio
import contextlib
import socket
from urllib.parse import urlsplit

_BUFFER = 2_048
_SEGMENT = 536
"""Bytes. A server's kernel keeps some segments for each connection, and those of the loopback are large."""


async def narrow(url: str) -> socket.socket:
    """Connect to the server of an address, of HTTP or WebSocket; raises OSError when there is none."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    loop = asyncio.get_running_loop()
    (family, kind, protocol, _, address), *_ = await loop.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    found = socket.socket(family, kind, protocol)
    try:
        found.setblocking(False)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        # Not every system lets a client choose.
        with contextlib.suppress(OSError, AttributeError):
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
        await loop.sock_connect(found, address)
    except BaseException:
        found.close()
        raise
    return found
