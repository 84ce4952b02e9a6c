"""How values are declared."""

from dataclasses import replace
from pathlib import Path

import pytest
from mypy import api

from palaver_runtime.domain.value import value

DECLARED = """
from palaver_runtime.domain.value import value
from palaver_runtime.domain.values import Message

@value(kw_only=True)
class Place:
    row: int

place = Place(row=1)
"""
CHANGES = "def change(message: Message) -> None:\n    message.content = 'other'"


@value(kw_only=True)
class _Place:
    row: int
    seat: str = "a"


@value()
class _Pair:
    first: int
    second: int


def test_values_are_their_fields() -> None:
    """They are equal and hashed by what they hold, and have room for nothing else."""
    assert _Place(row=1) == _Place(row=1, seat="a") != _Place(row=2)
    assert len({_Place(row=1), _Place(row=1), replace(_Place(row=1), seat="b")}) == 2
    assert (_Pair(1, 2).first, _Pair(1, 2).second) == (1, 2)
    assert not hasattr(_Pair(1, 2), "__dict__")
    with pytest.raises(TypeError, match="positional"):
        _Place(1)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", None),
        ("place.row = 2", "read-only"),
        (CHANGES, "read-only"),
        ("Place(row='one')", "incompatible type"),
        ("Place(1)", "positional"),
    ],
)
def test_checker_lets_nobody_change_them(tmp_path: Path, line: str, complaint: str | None) -> None:
    """Which is all that keeps them as they are."""
    written = tmp_path / "written.py"
    written.write_text(DECLARED + line + "\n")
    said, _, status = api.run([str(written), "--strict", "--no-incremental", "--cache-dir", str(tmp_path)])
    assert (status, complaint is None or complaint in said) == (int(complaint is not None), True), said
