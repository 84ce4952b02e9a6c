"""What a JSON Schema says against a document, told well."""

import jsonschema_rs

from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.tree import Block
from palaver_codegen.documents.violations import shorten, violations, where


def test_superfluous_key_is_placed() -> None:
    """A key that is not allowed is told where it stands, not where its mapping does."""
    document = Block(Place("a.yaml", 1, 1))
    document.put("extra", 1, Place("a.yaml", 7, 3))
    validator = jsonschema_rs.validator_for({"properties": {"fine": {}}, "additionalProperties": False})
    (problem,) = violations(document, validator.iter_errors({"extra": 1}), "toy")
    assert (str(problem.place), problem.rule) == ("a.yaml:7:3", "toy-invalid")
    assert "additionalProperties" in problem.remedy


def test_branch_that_was_meant_is_told() -> None:
    """Of the alternatives of a union the complaint is that which lies deepest."""
    union = {
        "oneOf": [
            {"type": "string"},
            {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "integer"}}}}},
        ]
    }
    document = Block(Place("a.yaml"))
    errors = jsonschema_rs.validator_for(union).iter_errors({"a": {"b": "x"}})
    (problem,) = violations(document, errors, "toy")
    assert problem.reason.startswith("/a/b: ")


def test_whole_documents_are_not_quoted() -> None:
    """A long value is cut in the middle; the path comes first."""
    assert len(shorten("x" * 1000)) < 200
    assert where(["a", 1]) == "/a/1: "
    assert where([]) == ""
