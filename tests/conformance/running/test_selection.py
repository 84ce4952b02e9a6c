"""Which scenarios are run."""

import pytest
from samples import scenario

from palaver_conformance.errors import UsageError
from palaver_conformance.running.selection import choose, named

KNOWN = [
    scenario("a.b.c", case="G1", tags=("a", "slow")),
    scenario("a.b.d", tags=("a",)),
    scenario("x.y.z", tags=("x", "slow")),
]


@pytest.mark.parametrize(
    ("only", "skip", "tags", "chosen"),
    [
        ([], [], [], ["a.b.c", "a.b.d", "x.y.z"]),
        (["a.*"], [], [], ["a.b.c", "a.b.d"]),
        (["G1", "x.*"], [], [], ["a.b.c", "x.y.z"]),
        ([], ["a.b.d"], [], ["a.b.c", "x.y.z"]),
        (["a.b.c"], ["a.*"], [], []),
        ([], [], ["slow"], ["a.b.c", "x.y.z"]),
        ([], [], ["slow", "a"], ["a.b.c", "a.b.d", "x.y.z"]),
        (["a.*"], ["a.b.c"], ["slow", "a"], ["a.b.d"]),
    ],
)
def test_choosing(only: list[str], skip: list[str], tags: list[str], chosen: list[str]) -> None:
    """Patterns fit ids and cases, any one of the tags will do, and skipping wins."""
    assert [each.id for each in choose(KNOWN, only, skip, tags)] == chosen


def test_what_fits_nothing_is_refused() -> None:
    """A misspelt pattern or tag is told, the known tags with it."""
    with pytest.raises(UsageError, match="nope"):
        choose(KNOWN, [], ["nope"])
    with pytest.raises(UsageError, match=r"'slwo'; the tags are: a, slow, x"):
        choose(KNOWN, tags=["slwo"])


def test_one_by_its_name() -> None:
    """A scenario is found by its id and by its case; a name that is nearly right is guessed."""
    assert named(KNOWN, "G1") is named(KNOWN, "a.b.c") is KNOWN[0]
    with pytest.raises(UsageError, match=r"did you mean a\.b\.c\?"):
        named(KNOWN, "a.b.cc")
    with pytest.raises(UsageError, match="--list"):
        named(KNOWN, "zzz")
