"""Those who send what is malformed, over each transport: a burst on a connection, then a question that has an answer.

Each gets inputs, sends them all, and returns what became of them: `answered` or `closed`. What a server may not answer
raises Broken, and so does silence where an answer is due.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

import grpc
import grpc.aio
from fuzz.target import Broken
from fuzz.wire import judge
from fuzz.wire.websocket import BINARY, TEXT, RawWebSocket, Refused, frame

PATIENCE = 30.0
_SILENCE = 0.3
_FENCE = "918273"
_OPEN = "/socket.io/?EIO=4&transport=websocket"


@dataclass(frozen=True)
class Place:
    """Where the server is: the host and port of HTTP, and those of calls; and a token that it takes."""

    host: str
    port: int
    grpc: str
    token: str

    @staticmethod
    def of(url: str, grpc_address: str, token: str) -> "Place":
        """Read the address of a server."""
        parts = urlsplit(url)
        return Place(parts.hostname or "", parts.port or 80, grpc_address, token)


async def socketio(place: Place, inputs: Sequence[bytes], random: Random) -> str:
    """Send Socket.IO packets over a websocket, some as binary frames and some as no frame at all."""
    try:
        socket = await RawWebSocket.open(place.host, place.port, f"/gateway{_OPEN}")
    except Refused as refusal:
        raise Broken(f"a stranger who is well-behaved so far is refused: {refusal}") from None
    try:
        if random.random() < 0.9:
            socket.send(frame(TEXT, f"40{json.dumps({'token': place.token})}".encode()))
            while (message := await socket.next()) is not None and not str(message).startswith("42"):
                judge.text(str(message))
        whole = _send(socket, inputs, random)
        socket.send(frame(TEXT, f'42{_FENCE}["no such event",{{}}]'.encode()))
        return await _end(socket, f"43{_FENCE}", whole=whole)
    finally:
        socket.close()


async def websocket(place: Place, inputs: Sequence[bytes], random: Random) -> str:
    """Send frames over a bare websocket."""
    try:
        socket = await RawWebSocket.open(place.host, place.port, f"/envelope/ws?token={place.token}")
    except Refused as refusal:
        raise Broken(f"a stranger who is well-behaved so far is refused: {refusal}") from None
    try:
        whole = _send(socket, inputs, random)
        socket.send(frame(TEXT, f'{{"type":"fence {_FENCE}"}}'.encode()))
        return await _end(socket, f"fence {_FENCE}", whole=whole)
    finally:
        socket.close()


def _send(socket: RawWebSocket, inputs: Sequence[bytes], random: Random) -> bool:
    """Send inputs as texts, some as binary frames; or, in one burst of ten, as bytes that need be no frames at all.

    Tells whether all of them were whole frames, after which nothing is left to be waited for.
    """
    raw = random.random() < 0.1
    for each in inputs:
        opcode = BINARY if random.random() < 0.05 else TEXT
        socket.send(each if raw else frame(opcode, _dressed(each, random)))
    return not raw


def _dressed(data: bytes, random: Random) -> bytes:
    """Return the frame of an input; one with the name of an event on its first line is that event."""
    name, _, payload = data.partition(b"\n")
    dialect, _, event = name.partition(b" ")
    if dialect == b"gateway":
        return b'42["%s",%s]' % (event, payload)
    if dialect == b"envelope":
        return payload
    return data if random.random() < 0.3 else b"4" + data


async def _end(socket: RawWebSocket, answer: str, *, whole: bool) -> str:
    """Wait for the answer or the end. Bytes that are a part of a frame take in what follows: then silence is right."""
    try:
        async with asyncio.timeout(PATIENCE if whole else _SILENCE):
            while (message := await socket.next()) is not None:
                judge.text(message if isinstance(message, str) else message.decode("latin-1"))
                if isinstance(message, str) and answer in message:
                    return "answered"
    except TimeoutError:
        if whole:
            raise Broken(f"{answer} is neither answered nor is the connection closed") from None
        return "silence"
    if socket.code is not None:
        judge.close_code(socket.code)
    return "closed"


async def polling(place: Place, inputs: Sequence[bytes], random: Random) -> str:
    """Open a session by polling, and post each input to it until it is closed."""
    path = "/gateway/socket.io/?EIO=4&transport=polling"
    opened = await exchange(place, request("GET", path))
    start = opened.find(b'"sid":"')
    judge.responses(opened)
    if start < 0:
        raise Broken(f"a session by polling is refused: {opened[:100]!r}")
    sid = opened[start + 7 : opened.index(b'"', start + 7)].decode()
    for number, each in enumerate(inputs):
        body = b"40\x1e" + each if number == 0 and random.random() < 0.5 else each
        answer = await exchange(place, request("POST", f"{path}&sid={sid}", body))
        if (statuses := judge.responses(answer)) != [200]:
            if not statuses:
                raise Broken("no answer to a POST")
            return "closed"
    judge.responses(await exchange(place, request("POST", f"{path}&sid={sid}", b"1")))
    return "answered"


async def rest(place: Place, inputs: Sequence[bytes], random: Random) -> str:
    """Send requests, each on a connection of its own, with one that is good after it."""
    good = request("GET", "/healthz")
    answers = await asyncio.gather(*(exchange(place, _dressed_request(place, each, random) + good) for each in inputs))
    return "answered" if all(judge.responses(each) for each in answers) else "silence"


def _dressed_request(place: Place, data: bytes, random: Random) -> bytes:
    if random.random() < 0.3:
        return data
    head, _, rest = data.partition(b"\n")
    kind, _, body = rest.partition(b"\n")
    path = b"/" + head.replace(b" ", b"/").replace(b".", b"/", 1).replace(b"\r", b"").replace(b"\n", b"")[:2000]
    method = random.choice(("POST", "GET", "PATCH", "DELETE", "PUT")).encode()
    kind = kind.replace(b"\r", b"")[:200] or b"application/json"
    lines = (method + b" " + path + b" HTTP/1.1", b"Host: a", b"Content-Type: " + kind)
    bearer = b"Authorization: Bearer " + place.token.encode()
    return b"\r\n".join((*lines, bearer, b"Content-Length: %d" % len(body), b"", body))


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """Return a request that is good, the last on its connection."""
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


async def exchange(place: Place, data: bytes) -> bytes:
    """Send bytes on a connection of their own; return all that comes back until it is closed.

    A server that waits for the rest of a request is told after a while that there is none.
    """
    reader, writer = await asyncio.open_connection(place.host, place.port)
    received = bytearray()
    try:
        writer.write(data)
        for patience in (_SILENCE, PATIENCE):
            try:
                async with asyncio.timeout(patience):
                    while part := await reader.read(65_536):
                        received += part
                break
            except TimeoutError:
                if patience == PATIENCE:
                    raise Broken("a connection is neither answered nor closed") from None
                writer.write_eof()
    except ConnectionError:
        pass  # cut off: that is an answer too
    finally:
        writer.transport.abort()
    return bytes(received)


class Caller:
    """Makes calls with whatever bytes, over one channel."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._channel = grpc.aio.insecure_channel(place.grpc, options=(("grpc.use_local_subchannel_pool", 1),))

    async def calls(self, place: Place, inputs: Sequence[bytes], random: Random) -> str:
        """Make a call with each input; some of them are no call but bytes on a connection."""
        for each in inputs:
            key, _, raw = each.partition(b"\n")
            if random.random() < 0.1:
                await self._garbage(each)
                continue
            method = key.decode("ascii", "ignore").strip()
            await self._call(method if method.isprintable() and "/" in method else "a.B/C", raw, random)
        return "answered"

    async def _call(self, method: str, raw: bytes, random: Random) -> None:
        metadata: Mapping[str, str] = {"authorization": f"Bearer {self._place.token}"} if random.random() < 0.8 else {}
        ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(f"/{method}")
        try:
            await ask(raw, metadata=tuple(metadata.items()), timeout=PATIENCE)
        except grpc.aio.AioRpcError as error:
            judge.call_status(error.code().name, error.details() or "")

    async def _garbage(self, data: bytes) -> None:
        host, _, port = self._place.grpc.rpartition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(data)
        await writer.drain()
        writer.transport.abort()

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()
