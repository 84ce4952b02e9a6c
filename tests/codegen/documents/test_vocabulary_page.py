"""The reference page of `x-chat`."""

import re
from pathlib import Path

from palaver_codegen.documents.rules.meanings import OPERATION_KEYS, SCHEMA_KEYS
from palaver_codegen.documents.vocabulary import vocabulary
from palaver_codegen.documents.vocabulary_page import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "x-chat.md"


def test_page_is_what_the_vocabulary_says() -> None:
    """Who changes the vocabulary has the page written anew: make reference."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_word_has_its_section() -> None:
    """Each meaning is in the table, which leads to its section; so do entities have one, and keys a row."""
    told = page()
    headings = re.findall(r"^### (.+)$", told, re.MULTILINE)
    assert headings == [*vocabulary().meanings, *(f"Entity {name}" for name in vocabulary().entities)]
    links = re.findall(r"^\| \[([a-z.]+)\]\(#([a-z]+)\)", told, re.MULTILINE)
    assert links == [(name, name.replace(".", "")) for name in vocabulary().meanings]
    for key in (*OPERATION_KEYS, *SCHEMA_KEYS):
        assert f"\n| `{key}` | " in told


def test_fields_and_results_are_told_apart() -> None:
    """A section has what a meaning is asked with, what comes back, and which of it is needed."""
    section = page().partition("### message.send\n")[2].partition("\n###")[0]
    fields, _, results = section.partition("| result | ")
    assert "| `content` | scalar | required | " in fields
    assert "| `message` |" in results
    assert "It may come without an operation" in page().partition("### session.ready\n")[2].partition("\n###")[0]
