"""Decisions about the Python clients."""

from collections.abc import Callable
from pathlib import Path

from palaver_codegen import ir
from palaver_codegen.build import build as build_dialect
from palaver_codegen.client.build import build
from palaver_codegen.client.ir import Socket
from palaver_codegen.documents import load_bundle


def dialect(spec: Path) -> ir.Dialect:
    """Return the toy as it now is."""
    return build_dialect(load_bundle(spec / "toy"), ())


def test_answer_is_the_acknowledgement(spec: Path) -> None:
    """An acknowledged event returns its acknowledgement, another one nothing."""
    send, hush = build(dialect(spec)).sent
    assert (send.ack, send.refusal, send.reply, send.answer, send.meaning.error) == (
        "Sent",
        "Refused",
        None,
        "Sent",
        "_REFUSED",
    )
    assert (hush.ack, hush.reply, hush.answer) == (None, None, None)


def test_answer_may_come_as_an_event(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """A reply that the server sends as an event is what the method returns, by the name of that event."""
    edit("toy/asyncapi.yaml", "- $ref: '#/channels/main/messages/sent'", "- $ref: '#/channels/main/messages/noteNew'")
    edit("toy/asyncapi.yaml", "result: {message: /note}", "result: {message: ''}")
    send, _ = build(dialect(spec)).sent
    assert (send.ack, send.reply, send.answer) == (None, "noteNew", "Note")


def test_socket_says_where_the_token_goes(spec: Path) -> None:
    """The one property of the handshake, whatever it is called; `token` if there are several."""
    assert build(dialect(spec)).socket == Socket("/socket.io/", "/", None, "token", None)


def test_frames_are_unwrapped(spec: Path) -> None:
    """A frame of a tag and one object has that object for its payload; any other frame is the payload itself."""
    root = Path(__file__).parents[3]
    frames = build(build_dialect(load_bundle(root / "spec" / "envelope"), ()))
    assert {(each.body, each.payload.endswith("Frame")) for each in frames.sent} == {("payload", False)}
    asyncapi = spec / "toy" / "asyncapi.yaml"
    asyncapi.write_text(asyncapi.read_text().replace("x-socketio:", "x-websocket:"))
    toy = build(dialect(spec))
    assert toy.socket is not None
    assert toy.socket.tag == "type"
    assert [(each.payload, each.body) for each in toy.sent] == [("Send", None), ("Hush", None)]


def test_methods_have_names_of_their_own(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """What every client has comes first, then events, then requests; who comes later gives way."""
    edit("toy/asyncapi.yaml", "name: 'hush!'", "name: close")
    edit("toy/openapi.yaml", "operationId: putNote", "operationId: noteSend")
    module = build(dialect(spec))
    assert [each.method for each in module.sent] == ["note_send", "close_"]
    assert [each.method for each in module.requests] == ["list_notes", "note_send_", "logout"]


def test_what_need_not_be_given_is_optional(spec: Path) -> None:
    """Parameters are needed where one of them is."""
    listed, put, logout = build(dialect(spec)).requests
    assert (listed.parameters, listed.parameters_required, listed.body) == ("ListNotesParameters", True, None)
    assert (put.body, put.body_required, put.returns) == ("PutNoteBody", True, "models.Note")
    assert (logout.parameters, logout.returns) == (None, None)
