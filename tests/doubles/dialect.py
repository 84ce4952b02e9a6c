"""A dialect that records what a transport of sockets asks of it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from palaver_runtime.transports.sockets import NO_ACK, NOT_NOW, Acknowledgement, Handshake, NotNow, Pending

PATIENCE = 30.0
"""Seconds after which a test that waits for something gives up."""


class Line(Protocol):
    """A connection of any transport."""

    id: str
    state: str | None

    def emit(self, event: str, payload: object) -> None:
        """Send an event."""

    def close(self, reason: str, error: str | None = None) -> None:
        """Disconnect."""


@dataclass
class RecordingDialect:
    """Answers by event name and records every call; `gates` hold handlers back, `failures` make hooks raise."""

    namespace: str = "/"
    calls: list[tuple[object, ...]] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    failures: set[str] = field(default_factory=set)
    refuse: bool = False
    connections: list[Line] = field(default_factory=list)
    handshakes: list[Handshake] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, *call: object) -> None:
        """Record a call."""
        self.calls.append(call)
        self.changed.set()

    async def seen(self, *call: object) -> None:
        """Wait until `call` was recorded."""
        async with asyncio.timeout(PATIENCE):
            while call not in self.calls:
                self.changed.clear()
                await self.changed.wait()

    async def connect(self, connection: Line, handshake: Handshake) -> bool:
        """Accept, or refuse with an error event."""
        self.note("connect")
        self.connections.append(connection)
        self.handshakes.append(handshake)
        await self._gate("connect")
        if self.refuse:
            connection.emit("error", {"code": "UNAUTHORIZED"})
            return False
        connection.state = "session"
        return True

    def disconnect(self, connection: Line, reason: str) -> None:
        """Record the reason."""
        self.note("disconnect", reason)
        self._may_fail("disconnect")

    def keeps_order(self, event: str) -> bool:
        """Tell so of those that say it by their name."""
        return "in order" in event

    def receive_at_once(
        self, connection: Line, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement | NotNow | Pending:
        """Answer those that say so by their name; of some the answer is pending until the gate of that name."""
        if event.startswith("pending"):
            self.note("begun", event)
            return _Gated(self, event)
        if not event.startswith("at once"):
            return NOT_NOW
        self.note("at once", event)
        if event in self.failures:
            raise RuntimeError(event)
        return object() if event == "at once unencodable" else {"event": event}

    async def receive(
        self, connection: Line, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement:
        """Answer by the name of the event."""
        self.note("receive", event)
        await self._gate(event)
        self.note("handled", event)
        if event in ("", "silent"):
            return NO_ACK
        if event == "empty":
            return None
        if event == "unencodable":
            return object()
        if event == "kick":
            connection.emit("last", {})
            connection.close("kicked")
            connection.emit("after", {})
            return {}
        if event == "emit":
            connection.emit("before", {})
        if event == "repeat":
            connection.emit(event, json.loads(arguments[0]))
        return {"event": event, "arguments": [json.loads(argument) for argument in arguments]}

    def oversized(self, connection: Line, event: str | None, size: int, acknowledge: bool) -> Acknowledgement:
        """Tell which."""
        self.note("oversized", event, size, acknowledge)
        return {"oversized": event}

    def binary(self, connection: Line, event: str, acknowledge: bool) -> Acknowledgement:
        """Tell which."""
        self.note("binary", event, acknowledge)
        return {"binary": event}

    def failed(self, connection: Line, event: str | None, acknowledge: bool) -> Acknowledgement:
        """Emit an error and tell which."""
        self.note("failed", event, acknowledge)
        if "failed" in self.failures:
            raise RuntimeError("failed failed")
        connection.emit("error", {"code": "INTERNAL_ERROR"})
        return {"failed": event}

    async def _gate(self, name: str) -> None:
        if name in self.gates:
            await self.gates[name].wait()
        self._may_fail(name)

    def _may_fail(self, name: str) -> None:
        if name in self.failures:
            raise RuntimeError(f"{name} failed")


class _Gated(Pending):
    """An answer that comes when a gate is opened."""

    def __init__(self, dialect: RecordingDialect, event: str) -> None:
        self._dialect = dialect
        self._event = event
        self._opened = asyncio.ensure_future(dialect.gates[event].wait())

    @property
    def alone(self) -> bool:
        return "alone" in self._event

    @property
    def done(self) -> bool:
        return self._opened.done()

    def when_done(self, told: Callable[[], None]) -> None:
        self._opened.add_done_callback(lambda _: told())

    def result(self) -> Acknowledgement:
        self._opened.result()
        self._dialect.note("handled", self._event)
        if self._event in self._dialect.failures:
            raise RuntimeError(self._event)
        return {"event": self._event}

    def cancel(self) -> None:
        self._opened.cancel()
