"""Meanings: every breach is found where it is."""

from collections.abc import Callable
from pathlib import Path

from palaver_codegen.documents import Problem, load_bundle

RULES = (
    "meaning-missing",
    "meaning-unknown",
    "own-meaning",
    "entity-unknown",
    "meaning-kind",
    "annotation-key",
    "annotation-value",
)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def test_what_is_the_authors_own_needs_no_meaning(
    spec: Path, edit: Callable[[str, str, str], None], found: Callable[[], list[Problem]]
) -> None:
    """An operation and an event of their own are fine, and the one may emit the other; a reader takes them too."""
    edit(
        "toy/asyncapi.yaml",
        "means: typing.stop\n      fields: {conversation: /room}",
        "own: note.hush\n      emits: [note.told]",
    )
    edit("toy/asyncapi.yaml", "means: session.error\n      fields: {error: ''}", "own: note.told")
    assert found() == []
    assert load_bundle(spec / "toy").asyncapi
