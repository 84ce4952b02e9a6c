"""The text of the Python clients; the golden tree has all of it."""

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from palaver_codegen.generate import generate


def test_client_can_be_imported_and_used(wire: Callable[[str], ModuleType]) -> None:
    """Each operation is a coroutine method with the models of its documents."""
    client = wire("toy.client")
    assert inspect.iscoroutinefunction(client.Client.note_send)
    assert client.Client.note_send.__annotations__["return"] == "models.Sent"
    assert client.DIALECT.received["noteNew"].event is client.NoteNewEvent


def test_refusals_have_the_codes_of_the_documents(wire: Callable[[str], ModuleType]) -> None:
    """A code becomes a member of the dialect's enumeration, and one that is not there is refused."""
    client = wire("toy.client")
    refused = client.DIALECT.refused("note:send", "INTERNAL", "Try again.", {})
    assert isinstance(refused, client.Refused)
    assert (refused.code, refused.status, refused.retryable) == (client.ErrorCode.INTERNAL, 500, True)
    assert str(refused) == "note:send was refused: INTERNAL: Try again."
    with pytest.raises(ValueError, match="NO_SUCH"):
        client.DIALECT.refused("note:send", "NO_SUCH", "", {})


def test_dialect_of_calls_alone_has_no_client(spec: Path) -> None:
    """What speaks only gRPC has neither events nor requests."""
    (spec / "toy" / "openapi.yaml").unlink()
    (spec / "toy" / "asyncapi.yaml").unlink()
    errors = spec / "common" / "errors.yaml"
    lines = errors.read_text().splitlines()
    errors.write_text("\n".join(line for line in lines if "NOT_FOUND" not in line and "INTERNAL" not in line))
    files = generate(spec).files
    assert "palaver_wire/toy/calls.py" in files
    assert "palaver_wire/toy/client.py" not in files
