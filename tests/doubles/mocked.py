"""A mock that runs, and clients of it that know the documents as data: no code of the mock judges what it says."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import socketio
import websockets
from doubles.python_client import hang_up

from palaver_runtime.mock import Mock, Wishes, read_contract
from palaver_runtime.transports.listener import Stop, bind, serving

BUNDLES = {
    path.parent.name: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "generated/palaver_wire").glob("*/bundle.json"))
}
PATIENCE = 30.0
"""Seconds after which an event that does not come has not come: the machine may be busy."""


@asynccontextmanager
async def mocking(bundle: Mapping[str, Any], wishes: Wishes | None = None) -> AsyncIterator[str]:
    """Serve the mock of a bundle on a free port, and give its URL."""
    mock = Mock(read_contract(bundle), wishes)
    (listener,) = bind([(mock.app, "127.0.0.1", 0)])
    async with serving([listener], Stop(drain=mock.close)):
        yield f"http://127.0.0.1:{listener.port}"


def resolved(document: Mapping[str, Any], node: Any) -> Any:
    """Return what a reference leads to."""
    while isinstance(node, dict) and "$ref" in node:
        value: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            value = value[step.replace("~1", "/").replace("~0", "~")]
        node = value
    return node


def problems(document: Mapping[str, Any], schema: Any, value: Any) -> list[str]:
    """Return what is wrong with a value."""
    whole = {**schema, "components": document["components"]}
    return [error.message for error in jsonschema_rs.validator_for(whole, validate_formats=True).iter_errors(value)]


def sample(document: Mapping[str, Any], schema: Any) -> Any:
    """Return the first example of a schema."""
    return copy.deepcopy(resolved(document, schema)["examples"][0])


def at(value: Any, pointer: str) -> Any:
    """Return what is at a pointer."""
    for step in pointer.split("/")[1:]:
        value = value[step]
    return value


@dataclass
class Sockets:
    """One connection of either kind. What comes is put into `inbox`, each checked by its schema."""

    document: Mapping[str, Any]
    inbox: asyncio.Queue[tuple[str, Any]] = field(default_factory=asyncio.Queue)
    wrong: list[str] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    client: Any = None
    namespace: str | None = None

    @property
    def operations(self) -> dict[str, Any]:
        """The operations of the document."""
        return dict(self.document["operations"])

    def names(self, means: str) -> set[str]:
        """Return the names of the server's events that have a meaning."""
        return {
            resolved(self.document, message)["name"]
            for operation in self.operations.values()
            if operation["action"] == "send" and operation["x-chat"]["means"] == means
            for message in operation["messages"]
        }

    def received(self, name: str, payload: Any) -> None:
        """Check an event of the server and put it into the inbox."""
        schemas = {
            message["name"]: message["payload"]
            for operation in self.operations.values()
            if operation["action"] == "send"
            for message in (resolved(self.document, each) for each in operation["messages"])
        }
        if name not in schemas:
            self.wrong.append(f"{name} is no event of the server")
        else:
            self.wrong += [f"{name}: {problem}" for problem in problems(self.document, schemas[name], payload)]
        self.inbox.put_nowait((name, payload))

    async def heard(self, names: set[str]) -> Any:
        """Return the payload of the next event of one of these names."""
        async with asyncio.timeout(PATIENCE):
            while True:
                name, payload = await self.inbox.get()
                if name in names:
                    return payload

    async def ask(self, event: str, payload: Any, acknowledged: bool) -> Any:
        """Send an event, and return its acknowledgement if it has one."""
        if self.namespace is None:
            await self.client.send(json.dumps(payload))
            return None
        if acknowledged:
            return await self.client.call(event, payload, namespace=self.namespace, timeout=PATIENCE)
        await self.client.emit(event, payload, namespace=self.namespace)
        return None


@asynccontextmanager
async def connected(url: str, document: Mapping[str, Any], token: str | None = "alice") -> AsyncIterator[Sockets]:
    """Connect to the one channel of a document."""
    (channel,) = document["channels"].values()
    sockets = Sockets(document)
    if "x-socketio" not in channel:
        query = "" if token is None else f"?token={token}"
        async with websockets.connect(f"{url.replace('http', 'ws')}{channel['address']}{query}") as client:
            sockets.client = client
            reading = asyncio.create_task(_read(sockets, client))
            yield sockets
        await reading
        return
    sockets.namespace = channel["x-socketio"]["namespace"]
    client = socketio.AsyncClient(reconnection=False)
    client.on("*", sockets.received, namespace=sockets.namespace)
    client.on("disconnect", lambda *_: sockets.closed.set(), namespace=sockets.namespace)
    sockets.client = client
    auth = {} if token is None else {"token": token}
    await client.connect(url, auth=auth, namespaces=[sockets.namespace], transports=["websocket"])
    try:
        yield sockets
    finally:
        await hang_up(client)


async def _read(sockets: Sockets, client: Any) -> None:
    with contextlib.suppress(websockets.ConnectionClosedError):
        async for frame in client:
            payload = json.loads(frame)
            sockets.received(payload["type"], payload)
    sockets.closed.set()


def requests(document: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return method, path with example values, and operation of every endpoint."""
    found = []
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method not in ("get", "put", "post", "delete", "patch"):
                continue
            filled = path
            for parameter in (resolved(document, each) for each in operation.get("parameters", [])):
                if parameter["in"] == "path":
                    schema = resolved(document, parameter["schema"])
                    value = (schema.get("examples") or parameter.get("examples"))[0]
                    filled = filled.replace("{" + parameter["name"] + "}", str(value))
            found.append((method.upper(), filled, operation))
    return found


def body_of(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Any:
    """Return the example of a request's body; None if it has none."""
    if "requestBody" not in operation:
        return None
    return sample(document, resolved(document, operation["requestBody"])["content"]["application/json"]["schema"])


def response_schema(document: Mapping[str, Any], operation: Mapping[str, Any], status: int) -> Any:
    """Return the schema of the body for a status; None if it has none."""
    response = resolved(document, operation["responses"][str(status)])
    return response.get("content", {}).get("application/json", {}).get("schema")


def http(url: str, token: str | None = "alice") -> httpx.AsyncClient:
    """Return a client of the endpoints."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE)
