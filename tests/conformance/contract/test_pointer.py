"""JSON Pointers."""

import pytest

from palaver_conformance.contract import pointer
from palaver_conformance.errors import HarnessError


def test_get_follows_objects_and_lists() -> None:
    """A pointer leads through objects and lists; the empty one is the whole value."""
    value = {"a": [{"b/c": 1}, {"~": None}]}
    assert pointer.get(value, "/a/0/b~1c") == 1
    assert pointer.get(value, "/a/1/~0") is None
    assert pointer.get(value, "") is value


@pytest.mark.parametrize("place", ["/x", "/a/2", "/a/-", "/a/0/b/c"])
def test_nothing_there(place: str) -> None:
    """A pointer to nothing is a LookupError, and `has` says so; null is something."""
    value = {"a": [{"b": 1}, None]}
    assert not pointer.has(value, place)
    assert pointer.has(value, "/a/1")
    with pytest.raises(LookupError):
        pointer.get(value, place)


def test_put_makes_objects_on_the_way() -> None:
    """Setting a value makes the objects above it and keeps what is there."""
    target: dict[str, object] = {"a": {"x": 1}}
    pointer.put(target, "/a/b/c", 2)
    assert target == {"a": {"x": 1, "b": {"c": 2}}}


@pytest.mark.parametrize("place", ["", "/a/b", "no slash"])
def test_put_refuses_what_it_cannot_do(place: str) -> None:
    """The empty pointer, one through a number and a text that is no pointer are harness errors."""
    with pytest.raises(HarnessError):
        pointer.put({"a": 1}, place, 2)


def test_drop_removes() -> None:
    """Dropping removes the value alone, and is a LookupError where there is none."""
    target: dict[str, object] = {"a": {"b": 1, "c": 2}}
    pointer.drop(target, "/a/b")
    assert target == {"a": {"c": 2}}
    with pytest.raises(LookupError):
        pointer.drop(target, "/a/b")
