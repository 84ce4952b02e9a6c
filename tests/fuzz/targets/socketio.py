"""Socket.IO packets, sessions of them, and the Engine.IO requests that carry them."""

import asyncio
import json
import re
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes

from doubles.sharing import Sharing
from engineio.exceptions import EngineIOError
from fuzz.target import Broken, Target
from fuzz.targets.playground import Echo, json_of, loop, over, run, settled

from palaver_runtime.metrics import Meter
from palaver_runtime.transports.door import Door
from palaver_runtime.transports.socketio import SocketIOTransport, SocketLimits, packets
from palaver_runtime.transports.socketio.engine_socket import EngineSocket
from palaver_runtime.transports.socketio.packets import MalformedPacket
from palaver_runtime.transports.socketio.session import Opening, Session, SessionCarrier
from palaver_runtime.transports.text_frame import TextFrame
from palaver_runtime.transports.values import too_many

_WATCH = ("palaver_runtime/transports/", "engineio/async_server.py", "engineio/base_server.py")
_TOKENS = (
    *(b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"40", b"41", b"42", b"43", b"44", b"450-", b"451-", b"460-", b"5-"),
    *(b"/nowhere,", b"/?token=x,", b"/a,", b"2probe", b"3probe", b"5", b"b4", b"bAAEC", b'["a",{}]', b'["a"]', b"\n"),
    *(
        b'{"_placeholder":true,"num":0}',
        b'{"_placeholder":true,"num":-1}',
        b"\x1e",
        b"4:42[]",
        b"96:0{",
        b"1-",
        b"9999-",
    ),
)
_LIMITS = SocketLimits(max_event_bytes=4096, max_frame_bytes=20_000, drain_timeout=0.001)
_DOOR = Door()
_ANSWER = re.compile(r"4(?:0|1|2|3|4)")


def packet(data: bytes) -> str:
    """Read one packet; what is read says what was written."""
    text = data.decode(errors="replace")
    try:
        head = packets.read_head(text)
        if "," in head.namespace or "?" in head.namespace or not head.namespace.startswith("/"):
            raise Broken(f"a namespace {head.namespace!r}")
        if head.kind == packets.CONNECT:
            auth = packets.read_auth(text, head.body)
            if not isinstance(auth, dict):
                raise Broken("an auth that is no object")
            return "accepted: connect"
        if head.kind not in (packets.EVENT, packets.BINARY_EVENT):
            return f"accepted: head {head.kind}"
        name = packets.read_event_name(text, head.body)
        event = packets.read_event(text, head.body)
    except MalformedPacket as error:
        return f"refused: {re.sub(r'^-?[A-Z]?[a-z]*I?[a-z]* is', 'it is', str(error))}"
    if name != event.name:
        raise Broken(f"two names of one event: {name!r}, {event.name!r}")
    if too_many(text.encode()):
        return "refused: too many values, and not read"
    _whole(text[head.body :], event)
    again = packets.ack_packet(head.namespace, head.ack or "0", [event.name])
    if head.ack is not None and f"{head.ack}[" not in again:
        raise Broken("an acknowledgement with another id")
    return "accepted: event"


def _whole(body: str, event: packets.EventBody) -> None:
    """Compare an event with what a reader of all of it finds; numbers that Python cannot read apart."""
    try:
        whole = json.loads(body, parse_int=float)
        parts = [json.loads(each, parse_int=float) for each in event.arguments]
    except RecursionError:
        return
    except ValueError as error:
        raise Broken(f"accepted as an event, and is not JSON: {error}") from error
    if json.dumps(whole) != json.dumps([event.name, *parts]):
        raise Broken("the arguments of an event are not those of its JSON")


class _Carrier(Sharing):
    def __init__(self) -> None:
        self.frames: list[str] = []
        self.finished = False

    def enqueue(self, frame: TextFrame) -> None:
        if not self.finished:
            self.frames.append(frame.text)

    def finish(self, reason: str) -> None:
        self.finished = True

    def abort(self, reason: str) -> None:
        self.finished = True

    def expect_handshake(self) -> None:
        """Wait for nothing here."""

    def handshake_done(self) -> None:
        """Wait for nothing here."""


def opened(dialect: Echo, carrier: SessionCarrier) -> Session[None]:
    """Return a session as a transport opens it, which counts for nobody."""
    numbers = iter(range(10_000))
    return Session(
        *(dialect, carrier, Opening({}, {}, ""), _LIMITS, lambda: f"id{next(numbers)}", _DOOR, Meter()),
        gone=lambda _: None,
    )


def session(data: bytes) -> str:
    """Take a line for each frame, one that begins with a NUL as a binary one."""
    return run(_session(data.split(b"\n")))


async def _session(lines: list[bytes]) -> str:
    dialect, carrier = Echo(), _Carrier()
    held = opened(dialect, carrier)
    outcome, asked = "accepted", 0
    for line in lines[:200]:
        frame = line[1:] if line[:1] == b"\0" else line.decode(errors="replace")
        asked += isinstance(frame, str) and frame[:1] in "25"
        try:
            room = held.message(frame)
        except MalformedPacket:
            outcome = "refused"
            break
        await asyncio.sleep(0)
        if room is not None:
            await settled(asyncio.ensure_future(asyncio.wait({room})))
        if carrier.finished:
            outcome = "closed"
            break
    held.ended("over", by_server=outcome != "accepted")
    await over(held)
    _judge(carrier.frames, dialect, asked)
    return f"{outcome}{' after events' if dialect.received else ''}"


def _judge(frames: list[str], dialect: Echo, asked: int) -> None:
    acknowledged = 0
    for frame in frames:
        if not _ANSWER.match(frame):
            raise Broken(f"the server sends {frame[:2]!r}")
        acknowledged += frame[1:2] == "3"
        start = min((place for place in (frame.find("["), frame.find("{")) if place >= 0), default=None)
        if start is not None and frame[1] != "1" and frame[1:3] != "4/":
            json_of(frame[frame.index("[" if frame[1] in "23" else "{") :])
    if acknowledged > asked:
        raise Broken(f"{acknowledged} acknowledgements of {asked} events")
    if dialect.disconnects > dialect.connects:
        raise Broken("more connections are left than made")


def requests(data: bytes) -> str:
    """Take a line for each HTTP request to the Engine.IO server: its method, query, and body, with SID for the session.

    A line is `GET query`, or `POST query body`, in which `%` and two digits stand for a byte.
    """
    return run(_requests(data.split(b"\n")))


async def _requests(lines: list[bytes]) -> str:
    transport: SocketIOTransport[None] = SocketIOTransport(Echo(), limits=_LIMITS)
    tasks: list[asyncio.Task[int]] = []
    sid = b""
    for line in lines[:24]:
        method, _, rest = line.partition(b" ")
        query, _, body = rest.partition(b" ")
        scope = _scope(method, query.replace(b"SID", sid), body)
        task = asyncio.create_task(_answered(transport, scope, unquote_to_bytes(body)), name="request")
        tasks.append(task)
        for _ in range(8):
            await asyncio.sleep(0)
        sid = next(iter(transport._engine.sockets), "").encode() or sid
    transport._engine.sessions.refusing = True
    transport._engine.sessions.abort_all("over")
    await settled(*tasks)
    await over(*transport._sessions)
    statuses = {each.result() for each in tasks}
    if transport._engine.sockets or transport._engine.sessions._live:
        raise Broken("sessions are left over")
    if odd := statuses - {0, 200, 400, 404, 405, 503}:
        raise Broken(f"the status {min(odd)}")
    return f"accepted: {max(statuses)}" if statuses <= {0, 200} else f"refused: {max(statuses - {200})}"


def _scope(method: bytes, query: bytes, body: bytes) -> dict[str, object]:
    name = method.decode("latin-1").strip() or "GET"
    headers = [(b"content-length", str(len(unquote_to_bytes(body))).encode())]
    if method.endswith(b"*"):
        headers = [(b"content-length", b"9" * 5000), (b"origin", query[:200])]
    return {
        "type": "http",
        "method": name.rstrip("*"),
        "path": "/socket.io/",
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
    }


async def _answered(transport: SocketIOTransport[None], scope: dict[str, object], body: bytes) -> int:
    statuses: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            assert isinstance(status, int)
            statuses.append(status)

    await transport.app(scope, receive, send)  # type: ignore[arg-type]
    if len(statuses) != 1:
        raise Broken(f"{len(statuses)} answers to one request")
    return statuses[0]


def payload(data: bytes) -> str:
    """Take a body of the polling transport, and whatever of its frames a session takes."""
    return run(_payload(data))


async def _payload(body: bytes) -> str:
    gone: list[EngineSocket] = []
    socket = EngineSocket(SimpleNamespace(sockets={}), "sid", _LIMITS, gone.append, Meter())
    dialect = Echo()
    held = opened(dialect, socket)
    socket.open(held)
    socket.connected = True

    async def read(size: int) -> bytes:
        return body[:size]

    environ = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": SimpleNamespace(read=read)}
    posting = asyncio.create_task(socket.handle_post_request(environ), name="post")
    await settled(posting)
    error = posting.exception()
    if error is not None and not isinstance(error, EngineIOError):
        raise error
    socket.abort("over")
    await over(held)
    if len(gone) != 1:
        raise Broken(f"a session that is gone {len(gone)} times")
    return f"{'refused' if error else 'accepted'}{' after events' if dialect.received else ''}"


loop()
TARGETS = (
    Target("socketio.packet", packet, _WATCH, "socketio", 6.0, _TOKENS),
    Target("socketio.session", session, _WATCH, "socketio-sessions", 1.0, _TOKENS),
    Target("engineio.payload", payload, _WATCH, "engineio", 1.5, _TOKENS),
    Target("engineio.requests", requests, _WATCH, "engineio-requests", 0.2, (*_TOKENS, b"&sid=SID", b"EIO=4", b"&j=0")),
)
