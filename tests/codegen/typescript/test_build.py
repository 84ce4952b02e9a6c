"""Decisions about the TypeScript types."""

from collections.abc import Callable
from pathlib import Path

from palaver_codegen import typescript
from palaver_codegen.build import build
from palaver_codegen.documents import load_bundle
from palaver_codegen.generate import generate
from palaver_codegen.typescript.ir import Module


def module(spec: Path) -> Module:
    """Return the types of the toy as it now is."""
    return typescript.build(build(load_bundle(spec / "toy"), ()))


def test_events_with_and_without_answer(spec: Path) -> None:
    """An acknowledgement is one of its two forms; an event without one has none."""
    send, hush = module(spec).client_events
    assert (send.key, send.payload, send.answer, send.errors) == (
        '"note:send"',
        "Send",
        "Sent | Refused",
        '"INVALID" | "UNAUTHORIZED"',
    )
    assert hush.answer is None


def test_endpoints_have_parts_and_every_answer(spec: Path) -> None:
    """Path, query and body are told apart, and refusals are listed by status as successes are."""
    notes, session = module(spec).addresses
    read, write = notes.endpoints
    assert [(each.name, each.optional) for each in read.path] == [("roomId", False)]
    assert [(each.name, each.optional) for each in read.query] == [("limit", True), ("sortBy", True)]
    assert read.query_required is False
    assert (write.body, write.body_required) == ("PutNoteBody", True)
    assert write.responses == (("200", "Note"), ("201", "Note"), ("404", "Problem"))
    assert session.endpoints[0].responses == (("204", "undefined"), ("401", "Problem"))


def test_only_what_events_and_endpoints_lead_to_is_there(spec: Path) -> None:
    """Messages of gRPC are not, what a payload holds is."""
    names = {declaration.name for declaration in module(spec).declarations}
    assert {"NoteFile", "Forever", "Problem"} <= names
    assert not {"RingRequest", "ListNotesParameters"} & names


def test_payload_keeps_its_name(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """A payload that is called as one of the types for the whole keeps its name, and the other gives way."""
    shared = spec / "toy" / "asyncapi.yaml"
    shared.write_text(shared.read_text().replace("Hush", "Paths"))
    found = module(spec)
    assert found.names.paths == "Paths_"
    assert "Paths" in {declaration.name for declaration in found.declarations}
    assert "export interface Paths_ {" in generate(spec).files["palaver_wire/typescript/toy.d.ts"]


def test_frames_are_unions(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """Where a channel is a bare WebSocket, the events are frames, and there are unions of them."""
    asyncapi = spec / "toy" / "asyncapi.yaml"
    asyncapi.write_text(asyncapi.read_text().replace("x-socketio:", "x-websocket:"))
    assert module(spec).frames
    text = generate(spec).files["palaver_wire/typescript/toy.d.ts"]
    assert "export type ServerFrame = ServerToClientEvents[keyof ServerToClientEvents];" in text
    assert "  noteNew: Note;" in text
    assert "acknowledge" not in text
