"""Validation against the two standards."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from palaver_codegen.documents import Problem, known_dialects, load_bundle
from palaver_codegen.documents.tree import mapping, plain

RULES = ("asyncapi-invalid", "openapi-invalid", "catalogue-invalid")


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def test_newer_asyncapi_is_accepted(edit: Callable[[str, str, str], None], found: Callable[[], list[Problem]]) -> None:
    """AsyncAPI 3.1 is as good as 3.0."""
    edit("toy/asyncapi.yaml", "asyncapi: 3.0.0", "asyncapi: 3.1.0")
    assert found() == []


def test_deepest_complaint_is_told(edit: Callable[[str, str, str], None], found: Callable[[], list[Problem]]) -> None:
    """Where the standard's schema offers alternatives, the one that was meant explains what is wrong."""
    edit("toy/asyncapi.yaml", "  hush:\n    action: receive", "  hush:\n    action: recieve")
    reasons = [problem.reason for problem in found() if problem.rule == "asyncapi-invalid"]
    assert reasons == ['/operations/hush/action: "recieve" is not one of "send" or "receive"']


SPEC = Path(__file__).parents[3] / "spec"


@pytest.mark.parametrize("dialect", known_dialects(SPEC))
def test_another_validator_agrees(dialect: str) -> None:
    """What is valid here is valid to others: our documents pass a validator that shares no code with this one."""
    document = load_bundle(SPEC / dialect).openapi
    if document is not None:
        assert [error.message for error in OpenAPIV31SpecValidator(mapping(plain(document))).iter_errors()] == []
