"""Plain WebSockets, in both languages."""

from dataclasses import replace

from palaver_codegen.docs.snippets.websocket import connecting, receiving, sending
from palaver_codegen.docs.wire import Seat, Transport, Wire

WIRE = Wire(Transport.WEBSOCKET, "chat.example", False, "/", "/ws", Seat.QUERY, "token", "kind", ())


def test_connecting() -> None:
    """The token is in the query, or in a header where there is no other place."""
    assert "`ws://chat.example/ws?token=${token}`" in connecting(WIRE, "").typescript
    headers = connecting(replace(WIRE, seat=Seat.HEADERS, token="Authorization"), "toy")
    assert 'additional_headers={"Authorization": f"Bearer {token}"}' in headers.python
    assert 'from "./toy.js"' in headers.typescript


def test_frames_are_told_apart_by_their_tag() -> None:
    """An answer is waited for by its tag; with types, frames are checked against them."""
    sent = sending(WIRE, {"kind": "a"}, "b", typed=True)
    assert 'if (frame.kind === "b")' in sent.typescript
    assert "satisfies ClientFrame" in sent.typescript
    assert 'if frame["kind"] == "b":' in sent.python
    assert sent.python.endswith("break\n")
    assert "message" not in sending(WIRE, {}, "", typed=False).typescript
    assert "break" not in receiving(WIRE, "b", "Note", typed=False).python
