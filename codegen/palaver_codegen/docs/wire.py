"""How clients reach what a document describes: addresses, namespaces, and where the token goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from palaver_codegen.documents import pointer
from palaver_codegen.documents.tree import Json, entries, mapping, sequence, text

TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.signature"  # noqa: S105 - a token to show, good for nothing
_NOWHERE = "chat.example.com"
_SECURE = ("wss", "https")


class Transport(StrEnum):
    """What carries events."""

    SOCKETIO = "Socket.IO"
    WEBSOCKET = "WebSocket"


class Seat(StrEnum):
    """Where in a handshake the token is looked for first."""

    AUTH = "auth"
    QUERY = "query"
    HEADERS = "headers"
    NOWHERE = ""


@dataclass(frozen=True)
class Wire:
    """A channel of an AsyncAPI document. `host` has the port; `tag` names the field by which frames are told apart."""

    transport: Transport
    host: str
    secure: bool
    namespace: str
    path: str
    seat: Seat
    token: str
    tag: str
    limits: tuple[tuple[str, str], ...]

    @property
    def http(self) -> str:
        """The origin, for Socket.IO clients."""
        return f"{'https' if self.secure else 'http'}://{self.host}"

    @property
    def socket(self) -> str:
        """The address of a plain WebSocket, without its query."""
        return f"{'wss' if self.secure else 'ws'}://{self.host}{self.path}"


def wire(document: dict[str, Json], channel: dict[str, Json]) -> Wire:
    """Return how a channel of an AsyncAPI document is reached. One without `x-socketio` is a plain WebSocket."""
    socketio, websocket = mapping(channel.get("x-socketio")), mapping(channel.get("x-websocket"))
    server = _server(document, channel)
    address = text(channel.get("address")) or "/"
    seat, token = _token(channel, socketio)
    return Wire(
        transport=Transport.SOCKETIO if socketio else Transport.WEBSOCKET,
        host=text(server.get("host")) or _NOWHERE,
        secure=text(server.get("protocol")) in _SECURE or not server,
        namespace=text(socketio.get("namespace")) or "/",
        path=text(socketio.get("path")) or "/socket.io/" if socketio else text(websocket.get("path")) or address,
        seat=seat,
        token=token,
        tag=(pointer.split(text(websocket.get("tag"))) or ["type"])[-1],
        limits=tuple(_limits(socketio or websocket)),
    )


def wires(document: dict[str, Json]) -> dict[str, Wire]:
    """Return how each channel of an AsyncAPI document is reached, by its key."""
    return {key: wire(document, channel) for key, channel in entries(document.get("channels"))}


def origin(document: dict[str, Json]) -> str:
    """Return the first server of an OpenAPI document, without a slash at its end."""
    for server in sequence(document.get("servers")):
        url = text(mapping(server).get("url"))
        if "://" in url:
            return url.rstrip("/")
        if url:
            return f"https://{_NOWHERE}/{url.strip('/')}".rstrip("/")
    return f"https://{_NOWHERE}"


def _server(document: dict[str, Json], channel: dict[str, Json]) -> dict[str, Json]:
    servers = mapping(document.get("servers"))
    named = [text(mapping(each).get("$ref")).rpartition("/")[2] for each in sequence(channel.get("servers"))]
    return mapping(next((servers[name] for name in (*named, *servers) if name in servers), None))


def _token(channel: dict[str, Json], socketio: dict[str, Json]) -> tuple[Seat, str]:
    binding = mapping(mapping(channel.get("bindings")).get("ws"))
    for seat, schema in (
        (Seat.AUTH, socketio.get("auth")),
        (Seat.QUERY, binding.get("query")),
        (Seat.HEADERS, binding.get("headers")),
    ):
        name = next(iter(mapping(mapping(schema).get("properties"))), "")
        if name:
            return seat, name
    return Seat.NOWHERE, ""


def _limits(extension: dict[str, Json]) -> list[tuple[str, str]]:
    """Return what a client has to know of the transport, in words."""
    named = (
        ("Ping every", "pingIntervalMs", 1000, "s"),
        ("Ping timeout", "pingTimeoutMs", 1000, "s"),
        ("Largest event", "maxEventBytes", 1024, "KiB"),
    )
    found = []
    for label, key, unit, name in named:
        value = extension.get(key)
        if isinstance(value, int):
            found.append((label, f"{value / unit:g} {name}"))
    transports = [text(each) for each in sequence(extension.get("transports"))]
    if transports:
        found.insert(0, ("Transports", ", ".join(transports)))
    return found
