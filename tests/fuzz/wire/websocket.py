"""A websocket without manners: whatever bytes it is told to send, it sends."""

import asyncio
import base64
import secrets
import struct
from dataclasses import dataclass, field

_MASK = b"\x00\x00\x00\x00"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_NO_CODE = 1005


class Refused(Exception):
    """The server does not accept the websocket; the message is the first line of its answer."""


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a well-formed frame of a client, the mask of which changes nothing."""
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | opcode, 0x80 | size])
    elif size < 65_536:
        head = bytes([0x80 | opcode, 0xFE]) + struct.pack("!H", size)
    else:
        head = bytes([0x80 | opcode, 0xFF]) + struct.pack("!Q", size)
    return head + _MASK + payload


@dataclass
class RawWebSocket:
    """An accepted websocket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    #: Set once the server has closed.
    code: int | None = field(default=None, init=False)

    @staticmethod
    async def open(host: str, port: int, target: str) -> "RawWebSocket":
        """Connect; raises Refused, or OSError without a server."""
        reader, writer = await asyncio.open_connection(host, port)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = (
            *(f"GET {target} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade"),
            *(f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""),
        )
        writer.write("\r\n".join(lines).encode())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            raise Refused(repr(error.partial)) from None
        if not head.startswith(b"HTTP/1.1 101"):
            writer.close()
            raise Refused(head.split(b"\r\n")[0].decode("latin-1"))
        return RawWebSocket(reader, writer)

    def send(self, data: bytes) -> None:
        """Send bytes as they are; after the end nothing happens."""
        if not self.writer.is_closing():
            self.writer.write(data)

    async def next(self) -> str | bytes | None:
        """Return the next message, None at the end; pings are passed over."""
        while True:
            try:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size == 126:
                    (size,) = struct.unpack("!H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
                payload = await self.reader.readexactly(size)
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
            opcode = first & 0x0F
            if opcode == CLOSE:
                self.code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else _NO_CODE
                self.send(frame(CLOSE, payload[:2]))
            elif opcode in (TEXT, BINARY):
                return payload.decode() if opcode == TEXT else payload

    def close(self) -> None:
        """Be gone."""
        self.writer.transport.abort()
