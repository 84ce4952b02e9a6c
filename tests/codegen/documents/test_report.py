"""Problems for people, programs and GitHub."""

import json
from pathlib import Path

import pytest

from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.report import as_github, as_json, as_text

PROBLEMS = [
    Problem(Place("spec/a.yaml", 2, 7), "one-rule", "is wrong", "put it right"),
    Problem(Place("spec/b.yaml", 3, 1), "two-rule", "is odd", "look at it", Level.WARNING),
]


def test_text_starts_with_the_place() -> None:
    """An editor can jump to each line, and the remedy follows."""
    assert as_text(PROBLEMS).splitlines()[:2] == [
        "spec/a.yaml:2:7: error: is wrong [one-rule]",
        "    put it right",
    ]


def test_excerpt_marks_the_column(tmp_path: Path) -> None:
    """The line is shown, with a mark below the place; a file that is gone is not."""
    file = tmp_path / "a.yaml"
    file.write_text("one: 1\ntwo:   wrong\n")
    problems = [Problem(Place(str(file), 2, 8), "one-rule", "is wrong", "put it right"), PROBLEMS[1]]
    assert as_text(problems, excerpts=True).splitlines() == [
        f"{file}:2:8: error: is wrong [one-rule]",
        "     2 | two:   wrong",
        "       |        ^",
        "    put it right",
        "spec/b.yaml:3:1: warning: is odd [two-rule]",
        "    look at it",
    ]


def test_excerpt_of_a_long_line_is_a_part_of_it(tmp_path: Path) -> None:
    """Of a line that is too long the part around the place is shown, and the mark is below it."""
    file = tmp_path / "a.yaml"
    file.write_text("x" * 300 + "!" + "x" * 300)
    problem = Problem(Place(str(file), 1, 301), "one-rule", "is wrong", "put it right")
    _, line, mark, _ = as_text([problem], excerpts=True).splitlines()
    assert len(line) < 120
    assert line[mark.index("^")] == "!"


def test_color_is_asked_for() -> None:
    """Each level has a colour of its own, and without being asked there is none."""
    assert "\033" not in as_text(PROBLEMS)
    first, _, second, _ = as_text(PROBLEMS, color=True).splitlines()
    assert "\033[31merror" in first
    assert "\033[33mwarning" in second


def test_json_has_every_part() -> None:
    """A program gets what a person gets."""
    assert json.loads(as_json(PROBLEMS))[1] == {
        "file": "spec/b.yaml",
        "line": 3,
        "column": 1,
        "level": "warning",
        "rule": "two-rule",
        "reason": "is odd",
        "remedy": "look at it",
    }


@pytest.mark.parametrize(
    ("level", "command"), [(Level.ERROR, "error"), (Level.WARNING, "warning"), (Level.NOTE, "notice")]
)
def test_github_has_a_command_for_each_level(level: Level, command: str) -> None:
    """A problem is a workflow command with its place, in which nothing can end the command early."""
    problem = Problem(Place("spec/a,b.yaml", 2, 7), "one-rule", "is\n100 % wrong", "put it right", level)
    assert as_github([problem]) == (
        f"::{command} file=spec/a%2Cb.yaml,line=2,col=7,title=one-rule::is%0A100 %25 wrong: put it right\n"
    )
