"""Schemas: judging, and reading and writing canonical values."""

import pytest
from samples import BUNDLE, contract, facts

from palaver_conformance.contract.schema import Schema, follow
from palaver_conformance.errors import HarnessError
from palaver_conformance.facts import Facts

DOCUMENT = BUNDLE["asyncapi"]
NOTE = Schema(DOCUMENT, {"$ref": "#/components/schemas/Note"})
SAY = Schema(DOCUMENT, {"$ref": "#/components/schemas/Say"})


def test_problems_name_the_place() -> None:
    """Each problem says where it is; a valid value has none."""
    assert NOTE.problems({"id": "1", "text": "x"}) == []
    found = NOTE.problems({"id": 1, "text": "", "extra": 0})
    assert any(line.startswith("/id: ") for line in found)
    assert any(line.startswith("/text: ") for line in found)
    assert any(line.startswith("(whole): ") and "extra" in line for line in found)


def test_formats_are_judged() -> None:
    """A format is a demand, not a comment."""
    schema = Schema({}, {"type": "string", "format": "date-time"})
    assert schema.problems("yesterday")
    assert schema.problems("2026-11-20T09:30:00.000Z") == []


def test_entities_are_read_by_their_annotations() -> None:
    """An entity becomes facts under canonical names, within lists and objects too."""
    notes = SAY.at("/notes")
    assert notes is not None
    assert notes.read([{"id": "1", "text": "x"}]) == [Facts({"id": "1", "content": "x"})]
    assert NOTE.entity == "message"
    assert SAY.entity is None


def test_words_of_the_wire_stand_for_codes() -> None:
    """A server may have words of its own for the codes of the catalogue; a code without one is as it is."""
    note = {"entity": "error", "fields": {"code": "/why"}, "codes": {"keep-out": "FORBIDDEN"}}
    schema = Schema({}, {"type": "object", "x-chat": note})
    for word, code in (("keep-out", "FORBIDDEN"), ("CONFLICT", "CONFLICT")):
        read = schema.read({"why": word})
        assert isinstance(read, Facts)
        assert read.text("code") == code


def test_writing_reverses_reading() -> None:
    """Facts become the wire shape again; plain values stay as they are."""
    notes = SAY.at("/notes")
    assert notes is not None
    wire = [{"id": "1", "text": "x", "at": 3}]
    assert notes.write(notes.read(wire)) == wire
    assert SAY.write({"text": "x"}) == {"text": "x"}


def test_writing_an_unknown_field_is_refused() -> None:
    """A canonical field without a place on the wire is a harness error."""
    with pytest.raises(HarnessError, match="colour"):
        NOTE.write(facts(colour="red"))


def test_at_knows_only_what_the_schema_says() -> None:
    """A place that the schema does not describe has no schema; branches of a choice are searched."""
    assert SAY.at("/nowhere/below") is None
    choice = Schema(DOCUMENT, {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Say"}]})
    found = choice.at("/notes/0")
    assert found is not None
    assert found.entity == "message"


def test_dangling_references_are_harness_errors() -> None:
    """A reference to nothing, and one to itself, are told and do not hang."""
    with pytest.raises(HarnessError, match="nowhere"):
        follow(DOCUMENT, "#/components/schemas/Nothing")
    loop = {"components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}}
    with pytest.raises(HarnessError, match="itself"):
        _ = Schema(loop, {"$ref": "#/components/schemas/A"}).resolved


def test_contract_reads_an_event_through_a_field_pointer() -> None:
    """A field that points at an entity within the payload gives its facts."""
    event = contract().event("session.error")
    read = event.schema.facts({"oops": {"error": "FORBIDDEN"}}, event.fields, "oops")
    assert read.find("error.code") == "FORBIDDEN"


def test_what_cannot_be_judged_is_a_problem() -> None:
    """Half of a surrogate pair, and what is nested too deep for the validator, are the server's fault, not a crash."""
    deep: list[object] = []
    for _ in range(2000):
        deep = [deep]
    assert "surrogate" in NOTE.problems({"": "\ud800"})[0]
    assert "cannot be judged" in NOTE.problems(deep)[0]
