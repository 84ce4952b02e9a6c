"""What stands around a dialect in a test: tokens of another service, a client's end, and the gateway's documents."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias

import jsonschema_rs
import jwt
from doubles import documents
from doubles.sharing import Sharing

from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Session
from palaver_runtime.transports.socketio import Connection
from palaver_runtime.transports.sockets import Handshake
from palaver_runtime.transports.text_frame import TextFrame

SECRET = "a secret that is long enough for HS256"
GatewaySockets: TypeAlias = Sockets[Connection[Session]]

PATIENCE = 30.0
"""Seconds after which a test that waits for something gives up."""


def token(user_id: str, **claims: object) -> str:
    """Sign a token as another service with the same secret would, good for an hour."""
    now = int(datetime.now(UTC).timestamp())
    return jwt.encode({"sub": user_id, "exp": now + 3600, **claims}, SECRET, "HS256")


def handshake(
    auth: Mapping[str, object] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Handshake:
    """Make a handshake."""
    return Handshake(auth=auth or {}, query=query or {}, headers=headers or {}, namespace="/", address="127.0.0.1")


class Client(Sharing):
    """A client's end of a connection: what it has received, in its dialect's words, and why it was closed."""

    def __init__(self, name: str, dialect: str = "gateway") -> None:
        self.connection: Connection[Session] = Connection(name, "/", self)
        self.events: list[tuple[str, dict[str, object]]] = []
        self.reason: str | None = None
        self._sent = documents.sent_by_server(dialect)
        self._news = asyncio.Event()

    def enqueue(self, frame: TextFrame) -> None:
        """Receive a frame."""
        if frame.text.startswith("42"):
            name, payload = json.loads(frame.text[2:])
            self._sent[name].validate(payload)
            self.events.append((name, payload))
            self._news.set()

    def finish(self, reason: str) -> None:
        """Be closed."""
        self.reason = reason
        self._news.set()

    @property
    def names(self) -> list[str]:
        """The names of the events received so far."""
        return [name for name, _ in self.events]

    @property
    def last(self) -> dict[str, object]:
        """The payload of the latest event."""
        return self.events[-1][1]

    async def hears(self, name: str) -> dict[str, object]:
        """Wait for the next event of a name that has not been taken; take all up to it and give its payload."""
        async with asyncio.timeout(PATIENCE):
            while name not in self.names:
                self._news.clear()
                await self._news.wait()
        at = self.names.index(name)
        payload = self.events[at][1]
        del self.events[: at + 1]
        return payload

    async def closed(self) -> str:
        """Wait until the server closes the connection, and give its reason."""
        async with asyncio.timeout(PATIENCE):
            while self.reason is None:
                self._news.clear()
                await self._news.wait()
        return self.reason


def sent_by_server() -> dict[str, jsonschema_rs.Validator]:
    """Give what the gateway's document says about the payload of each event that the server sends, by name."""
    return documents.sent_by_server("gateway")


def component(document: str, name: str) -> jsonschema_rs.Validator:
    """Give a named schema of the gateway's `asyncapi` or `openapi` document."""
    return documents.component("gateway", document, name)
