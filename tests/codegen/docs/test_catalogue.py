"""The reference page of the error catalogue."""

from pathlib import Path

import pytest

from palaver_codegen.docs.catalogue import page
from palaver_codegen.documents import Bundle, load_bundle
from palaver_codegen.documents.folder import selected

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "errors.md"


@pytest.fixture(scope="module")
def bundles() -> list[Bundle]:
    """Return the documents of every dialect here."""
    return [load_bundle(folder) for folder in selected(ROOT / "spec", ())]


def test_page_is_what_the_documents_say(bundles: list[Bundle]) -> None:
    """Who changes a code or who may be told it has the page written anew: make reference."""
    assert PAGE.read_text(encoding="utf-8") == page(bundles)


def test_every_code_has_its_section(bundles: list[Bundle]) -> None:
    """Each code of the catalogue is in the table, which leads to its section."""
    lines = page(bundles).splitlines()
    for code in bundles[0].catalogue:
        assert lines.count(f"## {code}") == 1
        assert sum(line.startswith(f"| [{code}](#{code.lower()}) | ") for line in lines) == 1


def test_a_dialect_says_a_code_in_its_own_words() -> None:
    """A section has by which words a dialect says the code, and in answer to what."""
    campfire = page([load_bundle(ROOT / "examples" / "overlay")])
    section = campfire.partition("## FORBIDDEN\n")[2].partition("\n## ")[0]
    (row,) = [line for line in section.splitlines() if line.startswith("| overlay |")]
    assert "| `keep-out` |" in row
    assert "`utter`" in row
