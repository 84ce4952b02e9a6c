"""Findings that are kept on purpose, by comments."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.documents import Problem
from palaver_codegen.documents.suppressions import read_comments

RULES = ("suppression-invalid", "suppression-unused")

ROOM = "        room: {type: string, maxLength: 40}\n"
BARE = "        room: {type: string}"

Edit = Callable[[str, str, str], None]
Found = Callable[[], list[Problem]]


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


@pytest.mark.parametrize(
    "put",
    [
        f"{BARE}  # palaver: ignore[string-unbounded] it is short\n",
        f"        # palaver: ignore[string-unbounded] it is short\n{BARE}\n",
        f"        # palaver: ignore[string-unbounded] it is short\n\n        # Where.\n{BARE}\n",
        f"        # palaver: ignore-file[string-unbounded] they are short\n{BARE}\n",
        f"{BARE}\n        # palaver: ignore-file[string-unbounded] they are short\n",
    ],
    ids=["same-line", "line-above", "comments-between", "file-above", "file-below"],
)
def test_comment_suppresses(edit: Edit, found: Found, put: str) -> None:
    """A comment speaks of its line, or of the next one where it stands alone, or of its whole file."""
    edit("toy/asyncapi.yaml", ROOM, put)
    assert found() == []


def test_other_lines_and_rules_are_reported(edit: Edit, found: Found) -> None:
    """A comment speaks of no other line, and of no other rule; what it was for is told to be missing."""
    edit("toy/asyncapi.yaml", ROOM, f"{BARE}\n        # palaver: ignore[string-unbounded] it is short\n")
    assert sorted(problem.rule for problem in found()) == ["string-unbounded", "suppression-unused"]
    edit("toy/asyncapi.yaml", f"{BARE}\n", f"{BARE}  # palaver: ignore[array-unbounded] it is short\n")
    assert sorted({problem.rule for problem in found()}) == ["string-unbounded", "suppression-unused"]


def test_without_a_reason_nothing_is_suppressed(edit: Edit, found: Found) -> None:
    """Both are told: the finding, and the suppression that gives no reason."""
    edit("toy/asyncapi.yaml", ROOM, f"{BARE}  # palaver: ignore[string-unbounded]\n")
    assert sorted(problem.rule for problem in found()) == ["string-unbounded", "suppression-invalid"]


def test_one_comment_for_several_rules(edit: Edit, found: Found) -> None:
    """Rules are separated by commas, and each has to be needed."""
    rules = "string-unbounded, property-style"
    edit("toy/asyncapi.yaml", ROOM, f"{ROOM}        where_to: {{type: string}}  # palaver: ignore[{rules}] old\n")
    assert found() == []
    edit("toy/asyncapi.yaml", "where_to: {type: string}", "where_to: {type: string, maxLength: 9}")
    (problem,) = found()
    assert problem.rule == "suppression-unused"
    assert "'string-unbounded'" in problem.reason


def test_a_rule_that_is_off_needs_its_suppressions(spec: Path, edit: Edit, found: Found) -> None:
    """Whether a suppression is needed is not asked while nobody looks for what it suppresses."""
    edit("toy/asyncapi.yaml", ROOM, f"{ROOM.rstrip()}  # palaver: ignore[string-unbounded] it is short\n")
    (spec / ".palaver-lint.yaml").write_text("levels: {string-unbounded: off}\n")
    assert found() == []
    (spec / ".palaver-lint.yaml").write_text("style: foreign\n")
    assert found() == []
    (spec / ".palaver-lint.yaml").unlink()
    assert [problem.rule for problem in found()] == ["suppression-unused"]


def test_text_is_no_comment(tmp_path: Path) -> None:
    """What a description quotes is no suppression, in whichever form the text is written."""
    comment = "# palaver: ignore[string-unbounded] it is short"
    lines = ["a: |", f"  {comment}", "b: >", f"  x {comment}", 'c: "x', f"  {comment}", '  y"', f"d: 1  {comment}"]
    file = tmp_path / "a.yaml"
    file.write_text("\n".join(lines))
    suppressions, problems = read_comments(str(file))
    assert ([each.place.line for each in suppressions], problems) == ([8], [])


def test_proto_files_have_comments_of_their_own(edit: Edit, found: Found) -> None:
    """In a .proto file a suppression follows two slashes."""
    edit(
        "toy/bell.proto",
        "  int32 times = 3;",
        "  optional string tone_name = 5; // palaver: ignore[string-unbounded, property-style] old\n  int32 times = 3;",
    )
    assert found() == []


def test_shared_files_are_judged_when_all_dialects_are(spec: Path, edit: Edit, found: Found) -> None:
    """A suppression in a shared file may be for another dialect, which was not looked at."""
    edit(
        "common/schemas.yaml", "pattern: ^[a-z0-9]+$", "pattern: ^[a-z0-9]+$  # palaver: ignore[pattern-unanchored] old"
    )
    assert [problem.rule for problem in found()] == ["suppression-unused"]
    (spec / "other").mkdir()
    (spec / "other" / "asyncapi.yaml").write_text("asyncapi: 3.0.0\ninfo: {title: Other, version: 1.0.0}\n")
    assert found() == []
