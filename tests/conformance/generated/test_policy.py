"""Who may do what, by meaning."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from samples import contract as sample_contract

import palaver_codegen.documents
from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.generated.policy import ALLOWED, Person, names_something, refusal

VOCABULARY = Path(palaver_codegen.documents.__path__[0]) / "vocabulary.yaml"


def codes(known: Contract, means: str) -> dict[str, str | None]:
    """Return what each person gets to hear who is not simply carried out for."""
    operation = known.operation(means)
    found = {str(person): refusal(known, operation, person) for person in Person}
    return {person: code for person, code in found.items() if code is not None}


def test_policy_has_every_operation_that_names_something() -> None:
    """An operation that is new in the vocabulary does not go without a policy."""
    meanings = yaml.safe_load(VOCABULARY.read_text(encoding="utf-8"))["meanings"]
    operations = {name: entry.get("fields", {}) for name, entry in meanings.items() if entry["kind"] == "operation"}
    # Whoever reads documents finds the two operations that this stands for.
    del operations["typing.set"]
    naming = {name for name, fields in operations.items() if "conversation" in fields or "id" in fields}
    assert naming == ALLOWED.keys()


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ("message.send", {"ex-member": "FORBIDDEN", "stranger": "FORBIDDEN", "anonymous": "UNAUTHORIZED"}),
        (
            "conversation.update",
            {"member": "FORBIDDEN", "ex-member": "FORBIDDEN", "stranger": "FORBIDDEN", "anonymous": "UNAUTHORIZED"},
        ),
        (
            "message.edit",
            {"owner": "FORBIDDEN", "ex-member": "NOT_FOUND", "stranger": "NOT_FOUND", "anonymous": "UNAUTHORIZED"},
        ),
    ],
)
def test_refusals(shipped: Contract, means: str, expected: dict[str, str]) -> None:
    """Outsiders learn nothing, insiders what they lack; a message is its sender's, a conversation its owner's."""
    assert codes(shipped, means) == expected


def test_what_is_open_is_joined_by_strangers(shipped: Contract) -> None:
    """Where people join by themselves it is open to those outside; where others add them it is not."""
    rooms = sources.load("aether")
    assert codes(rooms, "participant.join") == codes(rooms, "room.join") == {"anonymous": "UNAUTHORIZED"}
    assert codes(rooms, "message.send")["stranger"] == "FORBIDDEN"
    assert codes(shipped, "room.join")["stranger"] == "FORBIDDEN"


def test_naming_something() -> None:
    """An operation is of interest when its document has a place for a conversation or a message."""
    send = sample_contract().operation("message.send", "socket")
    assert not names_something(send)
    assert names_something(replace(send, fields={"conversation": "/in"}))
    assert names_something(replace(send, fields={"id": "/id"}))
