"""Texts of documents become HTML, and nothing else of them does."""

import json

import pytest

from palaver_codegen.docs.prose import as_json, bare, code, phrase, prose
from palaver_codegen.documents.tree import Json


def test_descriptions_are_commonmark() -> None:
    """Paragraphs, code, lists and tables are what they are in the document."""
    assert prose("One `two`.\n\n- three") == "<p>One <code>two</code>.</p>\n<ul>\n<li>three</li>\n</ul>"
    assert '<div class="scrolls" tabindex="0"' in prose("| a |\n|---|\n| b |")
    assert prose("") == ""
    assert phrase("One\n*two*") == "One <em>two</em>"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![<b>](https://far.example/a.png)",
        "[a](javascript:alert(1))",
    ],
)
def test_nothing_of_a_document_is_run_or_fetched(text: str) -> None:
    """HTML, scripts and pictures in a description are shown as they are written."""
    for html in (prose(text), phrase(text)):
        assert "<script" not in html
        assert "<img" not in html
        assert "href=" not in html


def test_bare_is_one_line_without_marks() -> None:
    """Where no HTML can be, the words are left."""
    assert bare("The `type` is **a & b**,\nor <c>.") == "The type is a & b, or <c>."


def test_code_is_highlighted_and_escaped() -> None:
    """Words of the language are marked, and what a value holds is not HTML."""
    html = code('{"a": "<b>"}', "json")
    assert '<span class="nt">' in html
    assert "<b>" not in html
    assert '<span class="kd">const</span>' in code("const a = 1;", "typescript")


@pytest.mark.parametrize(
    "value", [{}, [], None, "é", {"a": {"b": [1, 2]}}, [{"a": 1}] * 40, {"long": "x" * 200, "list": [[]]}]
)
def test_json_is_what_it_was(value: Json) -> None:
    """Whatever lines are chosen, the value is the same."""
    assert json.loads(as_json(value)) == value


def test_json_is_easy_to_read() -> None:
    """What fits on a line stands on one, inside of what does not."""
    assert as_json({"a": {"b": 1}, "c": [1, 2]}) == '{\n  "a": { "b": 1 },\n  "c": [1, 2]\n}'
