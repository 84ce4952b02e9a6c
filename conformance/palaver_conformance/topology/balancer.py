"""One port before several instances: a small HTTP proxy that keeps a polling session on the instance that made it.

Which instance made a session is read from the answer that opens it, and remembered. A hash would not do: the instance
invents the sid after it was chosen, and clients of one machine share an address and need not keep cookies.
"""

import asyncio
import re
import socket
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from palaver_conformance.topology.process import hang_up

_MEMORY = 100_000
_CHUNK = 65_536
_OPENING = 4_096
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e]+) HTTP/1\.([01])")
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: .*)?")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[ \t]*(.*?)[ \t]*")
_SID = re.compile(rb'"sid\\?" *: *\\?"([^"\\]+)\\?"')

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unanswerable(Exception):
    """A request that no instance gets to see, or none answered; the connection ends with this status."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Head:
    """The start of a request or answer: its first line, and its fields with their names as they came."""

    line: bytes
    fields: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def parse(cls, raw: bytes) -> "Head":
        """Read a head up to and without its empty line; raises ValueError for a malformed field."""
        line, *rest = raw.split(b"\r\n")
        matches = [_FIELD.fullmatch(each) for each in rest]
        if None in matches:
            raise ValueError("a header field cannot be read")
        return cls(line, tuple((match[1], match[2]) for match in matches if match))

    def values(self, name: bytes) -> list[bytes]:
        """Return the members of a field, in lower case."""
        found = b",".join(value for key, value in self.fields if key.lower() == name)
        return [each.strip().lower() for each in found.split(b",") if each.strip()]

    def with_connection(self, wanted: bytes | None, *dropped: bytes) -> bytes:
        """Return the bytes to pass on: a connection is a matter of two parties, so each side gets its own field."""
        hidden = {b"connection", b"keep-alive", *dropped}
        lines = [self.line, *(name + b": " + value for name, value in self.fields if name.lower() not in hidden)]
        return b"\r\n".join([*lines, *([b"Connection: " + wanted] if wanted else []), b"", b""])

    def __bytes__(self) -> bytes:
        """Return the bytes as they came, but for white space."""
        return b"\r\n".join([self.line, *(name + b": " + value for name, value in self.fields), b"", b""])


@dataclass(frozen=True)
class Request:
    """What has to be known of a request to pass it on."""

    head: Head
    bodiless: bool
    persistent: bool
    upgrade: bool
    length: int
    sid: str | None
    opens: bool

    @classmethod
    def parse(cls, raw: bytes) -> "Request":
        """Read the head of a request; raises Unanswerable for one that cannot be passed on."""
        try:
            head = Head.parse(raw)
            line = _REQUEST.fullmatch(head.line)
            lengths = {int(value) for value in head.values(b"content-length")}
            query = parse_qs(urlsplit(line[2].decode("ascii")).query) if line else {}
        except ValueError as error:
            raise Unanswerable("400 Bad Request", f"the head is malformed: {error}") from error
        if line is None or len(lengths) > 1 or min(lengths, default=0) < 0:
            raise Unanswerable("400 Bad Request", "the head is malformed")
        if head.values(b"transfer-encoding"):
            raise Unanswerable("411 Length Required", "a request has to say how long its body is")
        return cls(
            head=head,
            bodiless=line[1] == b"HEAD",
            persistent=line[3] == b"1" and b"close" not in head.values(b"connection"),
            upgrade=b"websocket" in head.values(b"upgrade") and b"upgrade" in head.values(b"connection"),
            length=lengths.pop() if lengths else 0,
            sid=query["sid"][0] if "sid" in query else None,
            opens="EIO" in query and "sid" not in query,
        )


class Balancer:
    """Listens on one port and passes on to instances: by turns, and a session's requests to the one that made it.

    An instance that refuses connections is skipped. Sessions that were not used for long are forgotten when there are
    very many; whoever asks for one of those, or of an instance that is gone, is told by another that it is unknown.
    """

    def __init__(self, ports: Sequence[int], host: str = "127.0.0.1") -> None:
        self._host = host
        self._ports = tuple(ports)
        self._turn = 0
        self._made: OrderedDict[str, int] = OrderedDict()
        self._conversations: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self, bound: socket.socket) -> None:
        """Begin to listen on a socket, which is bound already and closed with the balancer."""
        self._server = await asyncio.start_server(self._serve, sock=bound, limit=_CHUNK)

    async def close(self) -> None:
        """Stop listening and end all connections."""
        if self._server is not None:
            self._server.close()
            for each in self._conversations:
                each.cancel()
            await asyncio.gather(*self._conversations, return_exceptions=True)
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        try:
            await self._converse((reader, writer))
        except Unanswerable as error:
            text = f"{error.reason}\n".encode()
            head = f"HTTP/1.1 {error.status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
            with suppress(ConnectionError):
                writer.write(head.encode() + b"Connection: close\r\n\r\n" + text)
                await writer.drain()
        except ConnectionError:
            writer.transport.abort()
        except asyncio.CancelledError:
            # Only `close` cancels; a task of the streams' own that ends cancelled would be reported as an error.
            writer.transport.abort()
        finally:
            self._conversations.discard(task)
            await hang_up(writer)

    async def _converse(self, client: Streams) -> None:
        request = await _request(client[0])
        while request is not None:
            port, instance = await self._connect(request.sid)
            try:
                if request.upgrade:
                    instance[1].write(bytes(request.head))
                    await _tunnel(client, instance)
                    return
                request = await self._exchange(request, client, port, instance)
            finally:
                instance[1].transport.abort()

    async def _connect(self, sid: str | None) -> tuple[int, Streams]:
        for port in self._candidates(sid):
            with suppress(OSError):
                return port, await asyncio.open_connection(self._host, port, limit=_CHUNK)
        raise Unanswerable("503 Service Unavailable", "no instance accepts connections")

    def _candidates(self, sid: str | None) -> Iterator[int]:
        maker = self._made.get(sid) if sid is not None else None
        if sid is not None and maker is not None:
            self._made.move_to_end(sid)
            yield maker
        for _ in self._ports:
            self._turn = (self._turn + 1) % len(self._ports)
            yield self._ports[self._turn]

    async def _exchange(self, request: Request, client: Streams, port: int, instance: Streams) -> Request | None:
        """Pass a request on and its answer back; return the next one, None when the connection is to end.

        The next one is awaited meanwhile: that is how a client is seen to leave while its poll is held open.
        """
        # An answer that is compressed would hide the sid; the instance's connection ends with its answer.
        dropped = (b"expect", b"accept-encoding") if request.opens else (b"expect",)
        instance[1].write(request.head.with_connection(b"close", *dropped))
        if request.head.values(b"expect"):
            client[1].write(b"HTTP/1.1 100 Continue\r\n\r\n")
        upload = asyncio.create_task(_upload(request, client[0], instance[1]))
        answer = asyncio.create_task(self._answer(request, client[1], port, instance[0]))
        try:
            await asyncio.wait({upload, answer}, return_when=asyncio.FIRST_COMPLETED)
            if upload.done() and not answer.done() and upload.exception() is None and upload.result() is None:
                return None
            return await upload if await answer else None
        finally:
            upload.cancel()
            answer.cancel()
            await asyncio.gather(upload, answer, return_exceptions=True)

    async def _answer(
        self, request: Request, client: asyncio.StreamWriter, port: int, instance: asyncio.StreamReader
    ) -> bool:
        """Pass an answer back; return whether the client's connection can go on."""
        try:
            head = Head.parse((await instance.readuntil(b"\r\n\r\n"))[:-4])
            status = _STATUS.fullmatch(head.line)
        except (ValueError, OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise Unanswerable("502 Bad Gateway", "the instance broke off") from error
        empty = request.bodiless or (status is not None and status[1] in (b"204", b"304"))
        lengths = head.values(b"content-length")
        chunked = b"chunked" in head.values(b"transfer-encoding")
        persistent = request.persistent and (empty or chunked or bool(lengths))
        client.write(head.with_connection(None if persistent else b"close"))
        size, opening, tail = 0, b"", b""
        while data := await instance.read(_CHUNK):
            size, tail = size + len(data), (tail + data)[-5:]
            if request.opens and len(opening) < _OPENING:
                opening += data
                self._learn(opening, port)
            client.write(data)
            await client.drain()
        await client.drain()
        if not empty and ((chunked and tail != b"0\r\n\r\n") or (lengths and size != int(lengths[0]))):
            raise ConnectionAbortedError("the instance broke off; so must we, or the client would wait for the rest")
        return persistent

    def _learn(self, opening: bytes, port: int) -> None:
        found = _SID.search(opening)
        if found:
            self._made[found[1].decode(errors="replace")] = port
            while len(self._made) > _MEMORY:
                self._made.popitem(last=False)


async def _request(reader: asyncio.StreamReader) -> Request | None:
    """Read the head of the next request; None when the client has left."""
    try:
        return Request.parse((await reader.readuntil(b"\r\n\r\n"))[:-4])
    except asyncio.LimitOverrunError as error:
        raise Unanswerable("431 Request Header Fields Too Large", "the head is too long") from error
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise Unanswerable("400 Bad Request", "the head is not complete") from error
        return None


async def _upload(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """Pass a body on, and read the next request's head; None when the client has left."""
    left = request.length
    while left:
        data = await reader.read(min(left, _CHUNK))
        if not data:
            return None
        left -= len(data)
        # An instance may answer early and hang up; what comes after that is read and dropped.
        with suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
    return await _request(reader)


async def _tunnel(client: Streams, instance: Streams) -> None:
    """Pass bytes both ways until one side ends."""
    ways = [asyncio.create_task(_pump(client[0], instance[1])), asyncio.create_task(_pump(instance[0], client[1]))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in ways:
            each.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
