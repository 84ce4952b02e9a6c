"""JSON Pointers, as RFC 6901 has them."""

import pytest

from palaver_codegen.documents import pointer
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.tree import Block, Json

VALUE: Json = {"": 0, "a/b": 1, "m~n": 2, "list": [{"x": 3}]}


@pytest.mark.parametrize(("text", "value"), [("/", 0), ("/a~1b", 1), ("/m~0n", 2), ("/list/0/x", 3), ("", VALUE)])
def test_find(text: str, value: Json) -> None:
    """Escapes, indexes, and the empty pointer lead where the RFC says."""
    assert pointer.find(VALUE, text) == value
    assert pointer.join(pointer.split(text)) == text


@pytest.mark.parametrize(("text", "token"), [("/nothing/x", "nothing"), ("/list/1", "1"), ("/list/x", "x")])
def test_first_wrong_token_is_named(text: str, token: str) -> None:
    """A pointer that leads nowhere names the token where it left the way."""
    with pytest.raises(KeyError) as error:
        pointer.find(VALUE, text)
    assert error.value.args == (token,)


def test_no_pointer_without_a_slash() -> None:
    """A name is no pointer."""
    with pytest.raises(ValueError, match="no JSON Pointer"):
        pointer.split("content")


def test_place_is_that_of_the_last_that_exists() -> None:
    """What is missing is shown where it would have to be added."""
    inner = Block(Place("f", 2, 3))
    inner.put("key", "value", Place("f", 2, 8))
    outer = Block(Place("f", 1, 1))
    outer.put("inner", inner, Place("f", 1, 1))
    assert pointer.place_at(outer, ("inner", "key")) == Place("f", 2, 8)
    assert pointer.place_at(outer, ("inner", "other", "deep")) == Place("f", 1, 1)
