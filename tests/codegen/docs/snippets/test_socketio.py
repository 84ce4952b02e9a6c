"""Socket.IO, in both languages; tests/journeys runs the Python, tests/foreign compiles the TypeScript."""

from dataclasses import replace

from palaver_codegen.docs.snippets.socketio import connecting, receiving, sending
from palaver_codegen.docs.wire import Seat, Transport, Wire

WIRE = Wire(Transport.SOCKETIO, "chat.example", True, "/", "/socket.io/", Seat.AUTH, "token", "type", ())


def test_connecting() -> None:
    """The token goes where it is looked for; namespaces and paths are named if they are not the usual ones."""
    usual = connecting(WIRE, "ready", "")
    assert "auth: { token }" in usual.typescript
    assert 'auth={"token": token}' in usual.python
    assert "path" not in usual.typescript + usual.python
    other = connecting(replace(WIRE, namespace="/a", path="/io/", seat=Seat.HEADERS, token="Authorization"), "", "toy")
    assert 'io("https://chat.example/a"' in other.typescript
    assert 'path: "/io/"' in other.typescript
    assert "extraHeaders: { Authorization: `Bearer ${token}` }" in other.typescript
    assert 'from "./toy.js"' in other.typescript
    assert 'namespaces=["/a"]' in other.python
    assert 'socketio_path="/io/"' in other.python
    query = connecting(replace(WIRE, seat=Seat.QUERY, token="pass"), "", "")
    assert "query: { pass: token }" in query.typescript
    assert 'f"https://chat.example?pass={token}"' in query.python


def test_sending_and_receiving() -> None:
    """An event is emitted, called if it is acknowledged, and listened to under the name of what it holds."""
    assert sending(WIRE, "a", {}, acknowledged=True).python.startswith('answer = await sio.call("a", {})')
    assert sending(WIRE, "a", {}, acknowledged=False).typescript == 'socket.emit("a", {});\n'
    heard = receiving(replace(WIRE, namespace="/n"), "note:new", "NewNote")
    assert heard.typescript.startswith('socket.on("note:new", (newNote) =>')
    assert heard.python.startswith('@sio.on("note:new", namespace="/n")\nasync def on_note_new(new_note)')
