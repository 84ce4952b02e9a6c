"""Which alternative is which."""

from typing import Any

from palaver_codegen.diff.matching import matched
from palaver_codegen.diff.shapes import Shape, alternatives


def members(*schemas: Any, **named: Any) -> list[Shape]:
    """Return the alternatives of a union."""
    document = {"s": named}
    union = {"anyOf": [*schemas, *({"$ref": f"#/s/{name}"} for name in named)]}
    return alternatives(document, union)


def thing(tag: str | None = None, *names: str) -> dict[str, Any]:
    """Return an object with a tag and some properties."""
    tags = {} if tag is None else {"type": {"const": tag}}
    return {"type": "object", "properties": {**tags, **{name: {} for name in names}}}


def said(old: list[Shape], new: list[Shape]) -> tuple[list[tuple[str, str]], int, int]:
    """Return what was paired by the names of properties, and how much was left."""
    pairs, gone, come = matched(old, new)
    return [("".join(a.properties), "".join(b.properties)) for a, b in pairs], len(gone), len(come)


def test_by_tag_before_name() -> None:
    """A tag tells more than a name; who has another tag is another."""
    assert said(members(A=thing("a", "x"), B=thing("b", "y")), members(A=thing("b", "z"), B=thing("c", "y"))) == (
        [("typey", "typez")],
        1,
        1,
    )


def test_by_name_and_by_likeness() -> None:
    """Without a tag the name tells, and without that the properties do."""
    assert said(members(A=thing(None, "x")), members(A=thing(None, "y"), B=thing(None, "x"))) == ([("x", "y")], 0, 1)
    assert said(members(thing(None, "x", "y", "z")), members(thing(None, "q"), thing(None, "x", "y"))) == (
        [("xyz", "xy")],
        0,
        1,
    )


def test_values_by_their_type() -> None:
    """What is no object is told apart by its type, if no other has it."""
    pairs, gone, come = matched(members({"type": "string"}, {"type": "boolean"}), members({"type": "string"}))
    assert ([a.types for a, _ in pairs], len(gone), len(come)) == ([{"string"}], 1, 0)
