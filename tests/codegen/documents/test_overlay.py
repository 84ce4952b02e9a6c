"""Overlays add to documents what their authors never wrote."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.documents import DocumentsRefused, Problem, check, load_bundle
from palaver_codegen.documents.folder import Folder
from palaver_codegen.documents.pointer import find
from palaver_codegen.documents.tree import Block, Json

RULES = ("overlay-invalid", "overlay-target")
HEAD = "overlay: 1.0.0\ninfo: {title: Meaning, version: 1.0.0}\n"


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """What is wrong with an overlay is told where it is written."""
    expose(breach)


def overlaid(spec: Path, text: str, name: str = "overlay.yaml", given: tuple[Path, ...] = ()) -> Folder:
    """Return the toy with an overlay, which had better be right."""
    (spec / "toy" / name).write_text(HEAD + text)
    folder = Folder(spec / "toy", given)
    assert folder.problems == []
    return folder


def at(folder: Folder, pointer: str) -> Json:
    """Return what is somewhere in the events document."""
    assert folder.asyncapi is not None
    return find(folder.asyncapi.data, pointer)


def test_update_merges(spec: Path) -> None:
    """What is new is added, objects are gone into, arrays are appended to, and everything else is replaced."""
    text = """
actions:
  - target: $.operations.hush
    update:
      summary: Be quiet
      x-chat: {errors: [INVALID], fields: {conversation: /where}}
  - target: $.operations.sendNote['x-chat'].emits
    update: typing.changed
"""
    folder = overlaid(spec, text)
    assert at(folder, "/operations/hush/summary") == "Be quiet"
    assert at(folder, "/operations/hush/action") == "receive"
    assert at(folder, "/operations/hush/x-chat") == {
        "means": "typing.stop",
        "fields": {"conversation": "/where"},
        "errors": ["INTERNAL", "INVALID"],
    }
    assert at(folder, "/operations/sendNote/x-chat/emits") == ["message.created", "typing.changed"]


def test_removal(spec: Path) -> None:
    """What is removed is gone from its object or array, several at once too; an update beside it has no effect."""
    text = """
actions:
  - target: $.operations['hush', 'onError']
    remove: true
    update: {summary: Gone}
  - target: $.operations.sendNote.reply.messages[?@['$ref']]
    remove: true
"""
    folder = overlaid(spec, text)
    operations = at(folder, "/operations")
    assert isinstance(operations, dict)
    assert list(operations) == ["sendNote", "onNote"]
    assert at(folder, "/operations/sendNote/reply/messages") == []


def test_actions_see_what_was_done_before(spec: Path) -> None:
    """Actions are carried out in their order, and one update in several places makes copies."""
    text = """
actions:
  - target: $.operations.*
    x-palaver-document: asyncapi
    update: {x-note: {list: [1]}}
  - target: $.operations.hush['x-note'].list
    update: 2
"""
    folder = overlaid(spec, text)
    assert at(folder, "/operations/hush/x-note/list") == [1, 2]
    assert at(folder, "/operations/onNote/x-note/list") == [1]


def test_what_is_added_keeps_its_place(spec: Path, found: Callable[[], list[Problem]]) -> None:
    """Whatever is later found wrong with it is told where the overlay says it, and not where it went."""
    overlaid(spec, "actions:\n  - target: $.operations.hush\n    update:\n      x-chat: {means: typing.stopp}\n")
    (problem,) = found()
    assert (problem.rule, problem.place.file, problem.place.line) == (
        "meaning-unknown",
        str(spec / "toy" / "overlay.yaml"),
        6,
    )


@pytest.mark.parametrize(
    "which",
    ["extends: asyncapi.yaml", "extends: ./asyncapi.yaml", "x-palaver-document: asyncapi", "x-note: every document"],
)
def test_which_document(which: str, spec: Path) -> None:
    """The document is the one that the overlay extends or names; without either it is any in which something is hit."""
    folder = overlaid(spec, f"{which}\nactions:\n  - target: $.info\n    update: {{title: Changed}}\n")
    assert at(folder, "/info/title") == "Changed"
    assert folder.openapi is not None
    title = find(folder.openapi.data, "/info/title")
    assert (title == "Changed") is which.startswith("x-note")


def test_action_may_name_another_document(spec: Path) -> None:
    """An action goes before the whole overlay, and may name a file that the documents refer to."""
    (spec / "common" / "shapes.yaml").write_text("schemas: {Thing: {type: object}}\n")
    text = """
extends: asyncapi.yaml
actions:
  - target: $.schemas.Thing
    x-palaver-document: ../common/shapes.yaml
    update: {title: Thing}
"""
    folder = overlaid(spec, text)
    shapes = folder.source(spec / "common" / "shapes.yaml")
    assert shapes is not None
    assert find(shapes.data, "/schemas/Thing/title") == "Thing"


def test_overlays_from_elsewhere(spec: Path, tmp_path: Path) -> None:
    """The folder's own overlay goes first, then those that are given, in their order; one that is not there is told."""
    ways = []
    for number in (1, 2):
        ways.append(tmp_path / f"{number}.yaml")
        ways[-1].write_text(HEAD + f"actions:\n  - {{target: $.info, update: {{x-way: {number}}}}}\n")
    folder = overlaid(spec, "actions:\n  - {target: $.info, update: {x-way: 0, x-own: 0}}\n", given=tuple(ways))
    assert (at(folder, "/info/x-way"), at(folder, "/info/x-own")) == (2, 0)
    with pytest.raises(DocumentsRefused, match="there is no such overlay"):
        load_bundle(spec / "toy", [tmp_path / "none.yaml"])


def test_overlay_brings_error_codes(spec: Path) -> None:
    """Codes of the overlay are in the catalogue, and take its place where there is none."""
    entry = "{status: 403, retryable: false, description: No., raised: Often.}"
    text = f"x-palaver-errors:\n  FORBIDDEN: {entry}\nactions:\n  - target: $.info\n    update: {{}}\n"
    folder = overlaid(spec, text)
    known = folder.catalogue()
    assert isinstance(known, Block)
    assert {"FORBIDDEN", "INTERNAL"} <= set(known)
    assert known.places["FORBIDDEN"].file == str(spec / "toy" / "overlay.yaml")
    (spec / "common" / "errors.yaml").unlink()
    assert list(overlaid(spec, text).catalogue()) == ["FORBIDDEN"]


def test_overlay_is_a_source(spec: Path) -> None:
    """Whoever generates from the documents names the overlay among their sources."""
    overlaid(spec, "actions:\n  - {target: $.operations.hush, update: {summary: Hush}}\n")
    bundle, problems = check(spec / "toy")
    assert problems == []
    assert str(spec / "toy" / "overlay.yaml") in bundle.labels
