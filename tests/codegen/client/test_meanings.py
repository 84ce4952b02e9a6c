"""How x-chat is read for clients."""

from collections.abc import Callable
from pathlib import Path

from palaver_codegen.client.ir import Field
from palaver_codegen.client.meanings import Meanings
from palaver_codegen.documents import load_bundle
from palaver_codegen.documents.operations import Operation, operations


def found(spec: Path, key: str) -> Operation:
    """Return an operation of the toy by its key."""
    bundle = load_bundle(spec / "toy")
    return next(each for document in bundle.documents for each in operations(document) if each.key == key)


def test_fields_know_whose_they_are(spec: Path) -> None:
    """An entity behind a pointer, or in a list behind it, is named, and stands before what needs it."""
    meanings = Meanings()
    meaning = meanings.of(found(spec, "listNotes"), [])
    assert meaning.fields[0] == Field("conversation", "/path/roomId", None)
    assert meaning.result == (Field("messages", "/notes", "_NOTE"),)
    assert [entity.constant for entity in meanings.entities] == ["_NOTE_FILE", "_NOTE"]


def test_entity_that_holds_itself_is_read_once(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """Where a message answers a message, the inner one is a plain pointer."""
    schemas = spec / "toy" / "schemas.yaml"
    text = schemas.read_text()
    start = text.index("answers:")
    line = text[start : text.index("\n", start)]
    indent = " " * (start - text.rindex("\n", 0, start) - 1)
    rest = text[start:].splitlines()[1:]
    kept = next(number for number, each in enumerate(rest) if len(each) - len(each.lstrip()) <= len(indent))
    block = "\n".join([line, *rest[:kept]])
    schemas.write_text(text.replace(block, "answers: {$ref: '#/schemas/Note'}"))
    meanings = Meanings()
    meanings.of(found(spec, "listNotes"), [])
    note = meanings.entities[-1]
    assert note.constant == "_NOTE"
    assert Field("reply_to", "/answers", None) in note.fields
