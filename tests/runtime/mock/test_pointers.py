"""JSON Pointers."""

import pytest

from palaver_runtime.mock.pointers import read, without, written

VALUE = {"a/b": [{"c~": 1}], "d": None}


def test_reading() -> None:
    """Steps are unescaped, items are numbered, and what is not there is no null."""
    assert read(VALUE, "") == VALUE
    assert read(VALUE, "/a~1b/0/c~0") == 1
    assert read(VALUE, "/d") is None
    for nowhere in ("/e", "/a~1b/1", "/a~1b/x", "/d/x"):
        with pytest.raises(KeyError):
            read(VALUE, nowhere)


def test_writing_makes_a_copy() -> None:
    """Objects on the way are made, the value that is given stays as it is."""
    assert written(VALUE, "/a~1b/0/c~0", 2) == {"a/b": [{"c~": 2}], "d": None}
    assert written(VALUE, "/d/e/f", 2) == {**VALUE, "d": {"e": {"f": 2}}}
    assert written([1, 2], "/1", 3) == [1, 3]
    assert written(VALUE, "", 5) == 5
    assert VALUE == {"a/b": [{"c~": 1}], "d": None}


def test_leaving_out() -> None:
    """A property is left out of a copy; what is not there can be left out too."""
    assert without(VALUE, "/a~1b/0/c~0") == {"a/b": [{}], "d": None}
    assert without(VALUE, "/x/y") == VALUE
