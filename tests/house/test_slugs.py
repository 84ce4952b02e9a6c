"""No room knows a dialect by name: what holds for one is in its documents and in its own folder."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from palaver_codegen.documents import known_dialects

ROOT = Path(__file__).parents[2]
ROOMS = (
    "cli/palaver",
    "client/palaver_client",
    "codegen/palaver_codegen",
    "conformance/palaver_conformance",
    "runtime/palaver_runtime",
)
HOME = ROOT / "runtime/palaver_runtime/dialects"

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def mentions(source: str, slugs: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and the slug of every literal, identifier and import that has a slug for a word.

    Docstrings are for people and are left out; the words of a literal are compared as they are written, those of an
    identifier without regard to case.
    """
    tree = ast.parse(source)
    prose = {id(node.value) for each in ast.walk(tree) for node in _docstring(each)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            text = node.value if isinstance(node.value, str) and id(node) not in prose else ""
            found = set(re.findall(r"[A-Za-z]+", text)) & slugs
        else:
            words = (word.lower() for name in _names(node) for word in _WORD.findall(name))
            found = set(words) & slugs
        for slug in found:
            yield getattr(node, "lineno", 0), slug


def _docstring(node: ast.AST) -> Iterator[ast.Expr]:
    body = getattr(node, "body", None)
    if isinstance(body, list):
        # Also what stands below an assignment, which documents that.
        yield from (each for each in body if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names):
            yield from (each.name for each in names)
        case ast.ImportFrom(module=module, names=names):
            yield from (module or "", *(each.name for each in names))


def test_no_room_names_a_dialect() -> None:
    """Outside its documents, its generated code and its own folder no dialect is named, in a file's name neither."""
    slugs = frozenset(known_dialects(ROOT / "spec"))
    assert len(slugs) >= 5
    found = []
    for file in (file for room in ROOMS for file in (ROOT / room).rglob("*.py")):
        if any(file.is_relative_to(HOME / slug) for slug in slugs):
            continue
        place = file.relative_to(ROOT)
        found += [f"{place}: {slug} in its name" for slug in slugs & set(place.with_suffix("").parts)]
        found += [f"{place}:{line}: {slug}" for line, slug in mentions(file.read_text(encoding="utf-8"), slugs)]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        'if contract.name == "toy":\n    pass',
        "from palaver_runtime.dialects import toy",
        "import palaver_wire.toy.models",
        "toy_room = 1",
        "class ToyThing:\n    pass",
        "def serve_toy():\n    pass",
        "serve(toy=1)",
        "self.toy.build()",
        "path = 'spec/toy/asyncapi.yaml'",
        "print(f'serving toy at {url}')",
    ],
)
def test_planted_names_are_found(planted: str) -> None:
    """A comparison, an import, a name and a path are found, each with its line."""
    assert {slug for _, slug in mentions(planted, frozenset({"toy"}))} == {"toy"}


def test_other_words_and_prose_are_left_alone() -> None:
    """A longer word, another spelling in a text, and a docstring are no mention."""
    source = '"""Unlike the toy."""\nx = "Toy toys"\n"""What the toy does."""\ndef f(toys):\n    """Toy."""\n'
    assert list(mentions(source, frozenset({"toy"}))) == []
