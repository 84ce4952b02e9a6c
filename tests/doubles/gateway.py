"""What stands around the gateway dialect in a test: tokens of another service, a client's end, the documents."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema_rs
import jwt

import palaver_wire.gateway
from palaver_runtime.dialects._sockets import Session, Sockets
from palaver_runtime.transports.socketio import Connection
from palaver_runtime.transports.sockets import Handshake

SECRET = "a secret that is long enough for HS256"
GatewaySockets: TypeAlias = Sockets[Connection[Session]]

PATIENCE = 5.0
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


class Client:
    """A client's end of a connection: what it has received, and why it was closed."""

    def __init__(self, name: str) -> None:
        self.connection: Connection[Session] = Connection(name, "/", self)
        self.events: list[tuple[str, dict[str, object]]] = []
        self.reason: str | None = None
        self._news = asyncio.Event()

    def enqueue(self, frame: str) -> None:
        """Receive a frame."""
        if frame.startswith("42"):
            name, payload = json.loads(frame[2:])
            sent_by_server()[name].validate(payload)
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


@cache
def documents() -> dict[str, Any]:
    """Give the gateway's bundle of documents."""
    bundle: dict[str, Any] = json.loads(Path(palaver_wire.gateway.__file__).with_name("bundle.json").read_text())
    return bundle


@cache
def sent_by_server() -> dict[str, jsonschema_rs.Validator]:
    """Give what the AsyncAPI document says about the payload of each event that the server sends, by name."""
    messages = documents()["asyncapi"]["components"]["messages"]
    sent = [
        messages[each["messages"][0]["$ref"].rpartition("/")[2]]
        for each in documents()["asyncapi"]["operations"].values()
        if each["action"] == "send"
    ]
    return {message["name"]: _validator("asyncapi", message["payload"]) for message in sent}


@cache
def component(document: str, name: str) -> jsonschema_rs.Validator:
    """Give a named schema of the `asyncapi` or the `openapi` document."""
    return _validator(document, {"$ref": f"#/components/schemas/{name}"})


def _validator(document: str, payload: dict[str, object]) -> jsonschema_rs.Validator:
    root = {**payload, "components": documents()[document]["components"]}
    return jsonschema_rs.Draft202012Validator(root, validate_formats=True)
