"""Where clients connect, and where they put their token."""

from palaver_codegen.docs.wire import Seat, Transport, origin, wire, wires
from palaver_codegen.documents.tree import Json

SERVERS: dict[str, Json] = {"servers": {"live": {"host": "chat.example", "protocol": "wss"}}}


def test_socketio() -> None:
    """A channel with `x-socketio` has a namespace and a path, and its limits are told."""
    channel: dict[str, Json] = {
        "address": "/hearth",
        "x-socketio": {
            "namespace": "/hearth",
            "path": "/io/",
            "pingIntervalMs": 25000,
            "maxEventBytes": 65536,
            "transports": ["websocket"],
            "auth": {"properties": {"pass": {}}},
        },
        "bindings": {"ws": {"query": {"properties": {"token": {}}}}},
    }
    found = wire(SERVERS, channel)
    assert (found.transport, found.http, found.namespace, found.path) == (
        Transport.SOCKETIO,
        "https://chat.example",
        "/hearth",
        "/io/",
    )
    assert (found.seat, found.token) == (Seat.AUTH, "pass")
    assert found.limits == (("Transports", "websocket"), ("Ping every", "25 s"), ("Largest event", "64 KiB"))


def test_websocket() -> None:
    """Any other channel is a plain WebSocket; its address may have no query."""
    channel: dict[str, Json] = {
        "address": "/ws",
        "bindings": {"ws": {"headers": {"properties": {"Authorization": {}}}}},
    }
    found = wire(SERVERS, channel)
    assert (found.transport, found.socket, found.tag) == (Transport.WEBSOCKET, "wss://chat.example/ws", "type")
    assert (found.seat, found.token) == (Seat.HEADERS, "Authorization")
    assert wire(SERVERS, {"x-websocket": {"path": "/a", "tag": "/kind"}}).tag == "kind"


def test_nothing_is_said() -> None:
    """Documents without servers and tokens are shown with an address that is an example."""
    (found,) = wires({"channels": {"one": {}}}).values()
    assert (found.socket, found.seat) == ("wss://chat.example.com/", Seat.NOWHERE)
    assert origin({}) == "https://chat.example.com"
    assert origin({"servers": [{"url": "/v1/"}]}) == "https://chat.example.com/v1"
    assert origin({"servers": [{"url": "http://127.0.0.1:1/"}]}) == "http://127.0.0.1:1"


def test_a_channel_names_its_servers() -> None:
    """A channel that names a server is reached there."""
    document: dict[str, Json] = {
        "servers": {"a": {"host": "a.example", "protocol": "ws"}, "b": {"host": "b.example", "protocol": "ws"}}
    }
    assert wire(document, {"servers": [{"$ref": "#/servers/b"}]}).http == "http://b.example"
