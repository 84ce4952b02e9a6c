"""Results come back as they were written, and lines are drawn through points."""

from pathlib import Path

import pytest
from scaling.history import Waits
from scaling.results import Results, line, read, write


def test_results_come_back(tmp_path: Path) -> None:
    """Numbers are numbers again, and digits that say nothing are left off."""
    found = Results(
        {"python": "3.11"},
        {"sqlite": {10: {"newest": Waits(1.0, 2.0, 1.0)}}},
        {"members": {2: [{"microseconds": 123.4567}], 10: [{"microseconds": 2.0}, {"microseconds": 4.0}]}},
    )
    write(found, tmp_path / "found.json")
    again = read(tmp_path / "found.json")
    assert again.history == found.history
    assert again.series["members"][2] == [{"microseconds": 123.5}]
    assert again.medians("members", "microseconds") == {2: 123.5, 10: 3.0}


@pytest.mark.parametrize("content", ["[]", "{}", "nothing"])
def test_what_has_no_results_is_refused(tmp_path: Path, content: str) -> None:
    """Another file is not taken for one, and not written over."""
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(ValueError, match=r"has no results|Expecting value"):
        read(tmp_path / "other.json")


def test_a_line_is_found_again() -> None:
    """What lies on a line gives the line; what lies beside it counts by the part by which it is missed."""
    found = line({1: 12.0, 10: 30.0, 1000: 2010.0})
    assert (found.start, found.each) == (pytest.approx(10), pytest.approx(2))
    assert line({1: 10.0, 100: 10.0, 10_000: 20.0}).start == pytest.approx(10, rel=0.01)
