"""Reading YAML: what it says, where, and what is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.source import read_source
from palaver_codegen.documents.tree import Block, Items, Json

RULES = ("yaml-syntax", "duplicate-key")


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("2026-01-02", "2026-01-02"),
        ("3.0.0", "3.0.0"),
        ("'7'", "7"),
        ("7", 7),
        ("-1.5e3", -1500.0),
        ("true", True),
        ("~", None),
        ("", None),
        ("'null'", "null"),
    ],
)
def test_plain_scalars_are_json(tmp_path: Path, written: str, value: Json) -> None:
    """A plain scalar is what it is in YAML 1.2: no dates, no base 60, no `on` for true."""
    assert _read(tmp_path, f"key: {written}\n")["key"] == value


def test_places_are_those_of_the_editor(tmp_path: Path) -> None:
    """A scalar is placed at itself, a block at its key, both counted from one."""
    data = _read(tmp_path, "a:\n  b: 1\n  c:\n    - x\n    -  y\n")
    inner = data["a"]
    assert isinstance(inner, Block)
    items = inner["c"]
    assert isinstance(items, Items)
    assert data.places["a"] == Place("t.yaml", 1, 1)
    assert inner.places == {"b": Place("t.yaml", 2, 6), "c": Place("t.yaml", 3, 3)}
    assert items.places == [Place("t.yaml", 4, 7), Place("t.yaml", 5, 8)]


_LAUGHS = "a: &a [1,2,3,4,5,6,7,8,9]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a: 1\nb: \xff\n", 2, "is not UTF-8"),
        (b"a: " + b"9" * 5000, 1, "is a number of more digits"),
        (b"a: " + b"[" * 200 + b"]" * 200, 1, "is nested more than 100 levels deep"),
        (b"a: " + b"[" * 100_000, 1, "is nested more than 100 levels deep"),
        (b"a: " + b"{b: " * 3000 + b"1" + b"}" * 3000, 1, "is nested more than 100 levels deep"),
        (b"a: &a\n  b: *a\n", 1, "is nested more than 100 levels deep"),
        (_LAUGHS.encode(), 1, "has more than 50000 values that aliases repeat"),
    ],
    ids=["bytes", "digits", "deep", "deeper-than-the-stack", "deep-mappings", "itself", "laughs"],
)
def test_what_nobody_writes_is_a_problem_with_a_place(tmp_path: Path, content: bytes, line: int, reason: str) -> None:
    """A file that is no text, or is deeper or larger than it looks, is refused on its line; nothing breaks or hangs."""
    (tmp_path / "t.yaml").write_bytes(content)
    source, problems = read_source(tmp_path / "t.yaml", "t.yaml")
    assert source is None
    (problem,) = problems
    assert problem.rule == "yaml-syntax"
    assert problem.place.line == line or reason.startswith("has more")
    assert problem.reason.startswith(reason)
    assert problem.remedy


def test_aliases_may_repeat_what_is_small(tmp_path: Path) -> None:
    """An alias stands for what it names, each time."""
    assert _read(tmp_path, "a: &a {b: [1, 2]}\nc: *a\nd: [*a, *a]\n")["d"] == [{"b": [1, 2]}, {"b": [1, 2]}]


def _read(folder: Path, content: str) -> Block:
    (folder / "t.yaml").write_text(content)
    source, problems = read_source(folder / "t.yaml", "t.yaml")
    assert problems == []
    assert source is not None
    assert isinstance(source.data, Block)
    return source.data
