"""What the judge reads of a server, which is foreign and may send anything."""

import json
from types import SimpleNamespace
from typing import Any

from fuzz.target import Broken, Target
from fuzz.targets.playground import run

from palaver_conformance.contract import sources
from palaver_conformance.drivers import http as http_driver
from palaver_conformance.drivers.socketio import Listener, SocketConnection
from palaver_conformance.drivers.websocket import WebSocketConnection
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.trace import Trace, Wire

_WATCH = ("palaver_conformance/",)
_TOKENS = (b"0", b"1", b"2[", b'2["message:new",{', b"30[{", b"4{", b"51-[", b"/x,", b'"type":"', b'"payload":{')


class _Heard:
    def __init__(self) -> None:
        self.events: list[tuple[str, list[object]]] = []
        self.violations: list[str] = []

    def listener(self) -> Listener:
        return Listener(
            event=lambda name, arguments: self.events.append((name, list(arguments))),
            violation=self.violations.append,
            closed=lambda _: None,
        )

    @property
    def outcome(self) -> str:
        if self.violations:
            return f"refused: {self.violations[0][:16]}"
        return "accepted: events" if self.events else "accepted"


def socketio(data: bytes) -> str:
    """Take the messages of a Socket.IO server, one on each line."""
    return run(_socketio(data))


async def _socketio(data: bytes) -> str:
    heard = _Heard()
    connection = SocketConnection("/", Wire(Trace(), "c"), heard.listener())
    asked = await connection.request("a", {})
    for line in data.split(b"\n")[:50]:
        connection._receive(line.decode(errors="replace"))
    connection._close("over")
    if not asked.done():
        raise Broken("an acknowledgement that nobody waits for any more")
    connection._accepted.exception()
    return heard.outcome


def websocket(data: bytes) -> str:
    """Take a frame of a server; with a NUL before it, a binary one."""
    return run(_websocket(data))


async def _websocket(data: bytes) -> str:
    heard = _Heard()
    connection = WebSocketConnection("/type", Wire(Trace(), "c"), heard.listener())
    connection._receive(data[1:] if data[:1] == b"\0" else data.decode(errors="replace"))
    if len(heard.events) + len(heard.violations) != 1:
        raise Broken("a frame is to be an event or a violation")
    return heard.outcome


def answer(data: bytes) -> str:
    """Take the body of an answer to a request."""
    response: Any = SimpleNamespace(headers={"content-type": "application/json"}, status=200)
    try:
        http_driver._body(response, data.decode(errors="replace"))
    except Failure:
        return "refused"
    return "accepted"


_CONTRACT = sources.load("gateway")


def judged(data: bytes) -> str:
    """Take the name of an event and its payload, on two lines, and judge it by the documents."""
    name, _, raw = data.partition(b"\n")
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError):
        return "refused: no JSON"
    oracle = Oracle(_CONTRACT, Coverage(_CONTRACT))
    oracle.event(name.decode(errors="replace"), [payload])
    return "refused" if oracle.violations else "accepted"


TARGETS = (
    Target("conformance.socketio", socketio, _WATCH, "judge-socketio", 0.7, _TOKENS),
    Target("conformance.websocket", websocket, _WATCH, "envelopes", 0.7, _TOKENS),
    Target("conformance.answer", answer, _WATCH, "judge-answers", 0.5, _TOKENS),
    Target("conformance.oracle", judged, _WATCH, "judge-events", 0.5, _TOKENS),
)
