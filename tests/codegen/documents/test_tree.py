"""Values that know their places."""

from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.tree import Block, Items, entries, mapping, place_in, plain, sequence, text

HERE, THERE = Place("f", 1, 1), Place("f", 2, 2)


def test_places_of_entries_and_of_what_is_missing() -> None:
    """An entry has its own place, what is missing that of its container."""
    block, items = Block(HERE), Items(HERE)
    block.put("key", 1, THERE)
    items.put(1, THERE)
    assert (place_in(block, "key"), place_in(block, "other")) == (THERE, HERE)
    assert (place_in(items, 0), place_in(items, 1)) == (THERE, HERE)
    assert place_in("scalar", "key", THERE) == THERE


def test_dropping_takes_the_place_along() -> None:
    """What follows an item that was taken out keeps its own place."""
    block, items = Block(HERE), Items(HERE)
    block.put("key", 1, THERE)
    block.drop("key")
    assert (block, block.places) == ({}, {})
    items.put("a", HERE)
    items.put("b", THERE)
    items.drop(0)
    assert (list(items), place_in(items, 0)) == (["b"], THERE)


def test_plain_copies_all() -> None:
    """A plain copy is equal, made of dict and list alone, and independent."""
    block, items = Block(HERE), Items(HERE)
    items.put("x", THERE)
    block.put("items", items, THERE)
    copy = mapping(plain(block))
    assert copy == block
    assert (type(copy), type(copy["items"])) == (dict, list)
    items.append("y")
    assert copy["items"] == ["x"]


def test_what_has_the_wrong_form_is_empty() -> None:
    """A malformed document makes no reader fail."""
    assert (mapping([1]), sequence({"a": 1}), text(1)) == ({}, [], "")
    assert list(entries({"a": 1, "b": {"c": 2}})) == [("b", {"c": 2})]
