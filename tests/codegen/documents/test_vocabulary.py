"""The vocabulary."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

import palaver_codegen.documents
from palaver_codegen.documents.tree import Json, plain
from palaver_codegen.documents.vocabulary import Kind, vocabulary, vocabulary_data

SCHEMA = json.loads((Path(palaver_codegen.documents.__file__).parent / "vocabulary.schema.json").read_text())


def test_file_keeps_its_schema() -> None:
    """vocabulary.yaml is as vocabulary.schema.json says."""
    errors = jsonschema_rs.validator_for(SCHEMA).iter_errors(plain(vocabulary_data()))
    assert [error.message for error in errors] == []


@pytest.mark.parametrize(
    "meaning",
    [
        {"kind": "command", "summary": "Do."},
        {"kind": "event", "summary": "It was.", "result": {"a": {"type": "scalar", "summary": "It."}}},
        {"kind": "operation", "summary": "Do.", "spontaneous": True},
        {"kind": "operation", "summary": "no full stop"},
        {"kind": "operation", "summary": "Do.", "fields": {"Bad-Name": {"type": "scalar", "summary": "It."}}},
    ],
)
def test_schema_can_refuse(meaning: Json) -> None:
    """Each of these is one thing wrong."""
    vocabulary_like: Json = {"meanings": {"a.b": meaning}, "entities": {}}
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(vocabulary_like)


def test_types_are_known() -> None:
    """A field is a scalar, a list, an entity of the vocabulary, or a list of such."""
    words = vocabulary()
    known = {"scalar", "list", *words.entities, *(f"list of {name}" for name in words.entities)}
    owners = [*words.meanings.values(), *words.entities.values()]
    fields = [field for owner in owners for field in (*owner.fields.values(), *getattr(owner, "result", {}).values())]
    assert len(fields) > 100
    assert [field for field in fields if not set(field.types) <= known] == []


def test_only_events_come_by_themselves() -> None:
    """What the connection and presence bring needs no trigger; everything else does."""
    spontaneous = {name for name, meaning in vocabulary().meanings.items() if meaning.spontaneous}
    assert spontaneous == {
        "session.ready",
        "session.error",
        "presence.online",
        "presence.offline",
        "presence.changed",
    }
    assert {vocabulary().meanings[name].kind for name in spontaneous} == {Kind.EVENT}
