"""Bundling: every reference becomes internal, under a name that was already there."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from palaver_codegen.documents import load_bundle
from palaver_codegen.documents.bundle import bundle
from palaver_codegen.documents.folder import Folder
from palaver_codegen.documents.tree import Json

RULES = ("dangling-reference",)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def test_all_references_are_internal(spec: Path) -> None:
    """Nothing in a bundle refers to a file."""
    references = list(_references(load_bundle(spec / "toy").document))
    assert len(references) > 20
    assert [reference for reference in references if not reference.startswith("#/")] == []


def test_alias_takes_the_definition(spec: Path) -> None:
    """A component that is only a reference to another file becomes what that file defines."""
    asyncapi = load_bundle(spec / "toy").asyncapi
    assert asyncapi is not None
    assert asyncapi["components"]["schemas"]["NoteFile"]["description"] == "A file."  # type: ignore[index,call-overload]


def test_data_is_not_a_reference(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """A `$ref` within an example is data, and a property may be called `default`."""
    edit("toy/asyncapi.yaml", "examples: [{text: hello}]", "examples: [{text: hello, $ref: nowhere}]")
    edit(
        "toy/asyncapi.yaml",
        "        room: {type: string, maxLength: 40}",
        "        room: {type: string, maxLength: 40}\n        default: {$ref: nowhere.yaml}",
    )
    _, problems = bundle(Folder(spec / "toy"))
    assert [(problem.rule, problem.reason) for problem in problems] == [
        ("dangling-reference", "file 'nowhere.yaml' does not exist or is not readable")
    ]


def test_only_named_codes_are_bundled(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """The bundle's catalogue holds the codes that the dialect names, in the catalogue's order."""
    edit("toy/asyncapi.yaml", "errors: [INTERNAL]", "errors: [INVALID]")
    result, _ = bundle(Folder(spec / "toy"))
    assert list(result.errors) == ["UNAUTHORIZED", "INVALID", "NOT_FOUND"]
    assert "INTERNAL" in result.catalogue


def test_bundle_is_plain_json(spec: Path) -> None:
    """The document is made of plain values, the same ones each time."""
    document = load_bundle(spec / "toy").document
    text = json.dumps(document)
    assert text == json.dumps(load_bundle(spec / "toy").document)
    assert type(document["asyncapi"]) is dict


def test_one_document_is_enough(spec: Path) -> None:
    """A dialect without REST has no OpenAPI document, and its bundle says so."""
    (spec / "toy" / "openapi.yaml").unlink()
    result, problems = bundle(Folder(spec / "toy"))
    assert problems == []
    assert result.document["openapi"] is None


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            if key == "$ref" and isinstance(entry, str):
                yield entry
            yield from _references(entry)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
