"""Schemas are compared by what is valid for them, not by how they are written."""

from typing import Any

import jsonschema_rs
import pytest
from doubles.versions import differences, kinds
from hypothesis import given
from hypothesis import strategies as st

from palaver_codegen.diff import rules
from palaver_codegen.diff.kinds import Kind

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
CLOSED = {**OBJECT, "additionalProperties": False}
MORE = {"a": {"type": "string"}, "b": {"type": "string"}}

# Every kind of difference, once: two schemas, and what is different between the first and the second.
TABLE: list[tuple[Any, Any, list[str]]] = [
    (CLOSED, {**CLOSED, "properties": MORE}, ["property-added"]),
    (CLOSED, {**CLOSED, "properties": MORE, "required": ["b"]}, ["required-property-added"]),
    (OBJECT, {**OBJECT, "properties": MORE}, ["open-property-added"]),
    (OBJECT, {**OBJECT, "properties": MORE, "required": ["b"]}, ["open-required-property-added"]),
    (CLOSED, {**CLOSED, "required": ["a"]}, ["property-required"]),
    (OBJECT, {**OBJECT, "required": ["b"]}, ["property-required"]),
    ({"type": "number"}, {"type": "integer"}, ["type-narrowed"]),
    ({}, {"type": "integer"}, ["type-narrowed"]),
    ({"type": ["string", "integer"]}, {"type": "string"}, ["type-narrowed"]),
    ({"type": "string", "maxLength": 3}, {"type": "boolean"}, ["type-changed"]),
    ({"type": ["string", "null"]}, {"type": "string"}, ["null-removed"]),
    ({"type": "string", "nullable": True}, {"type": "string"}, ["null-removed"]),
    ({"type": "string", "enum": ["a", "b", "c"]}, {"type": "string", "enum": ["a", "b"]}, ["value-removed"]),
    ({"enum": ["a", "b"]}, {"enum": ["a", "c"]}, ["value-removed", "value-added"]),
    ({"type": "string"}, {"type": "string", "enum": ["a"]}, ["values-limited"]),
    ({"const": "a"}, {"const": "b"}, ["constant-changed"]),
    ({"const": "a"}, {"enum": ["b"]}, ["constant-changed"]),
    ({"maxLength": 5}, {"maxLength": 4}, ["limit-narrowed"]),
    ({"type": "array"}, {"type": "array", "uniqueItems": True}, ["limit-narrowed"]),
    ({"type": "string"}, {"type": "string", "pattern": "^a"}, ["pattern-added"]),
    ({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}, ["pattern-changed"]),
    ({"type": "string"}, {"type": "string", "format": "uuid"}, ["format-added"]),
    ({"type": "integer", "format": "int64"}, {"type": "integer", "format": "int32"}, ["format-added"]),
    ({"type": "string", "format": "uuid"}, {"type": "string", "format": "date"}, ["format-changed"]),
    (OBJECT, CLOSED, ["object-closed"]),
    ({"oneOf": [{"type": "string"}, {"type": "boolean"}]}, {"type": "string"}, ["alternative-removed"]),
    ({"type": "string", "not": {"const": "a"}}, {"type": "string"}, ["condition-changed"]),
    ({"type": "string"}, {"type": "string", "default": "a"}, ["default-changed"]),
    ({"type": "string", "x-chat": {"entity": "a"}}, {"type": "string", "x-chat": {"entity": "b"}}, ["entity-changed"]),
    ({"type": "array", "items": {"maxLength": 5}}, {"type": "array", "items": {"maxLength": 4}}, ["limit-narrowed"]),
    (
        {"type": "object", "additionalProperties": {"maxLength": 5}},
        {"type": "object", "additionalProperties": {"maxLength": 4}},
        ["limit-narrowed"],
    ),
]

# Two ways to write one schema.
SAME: list[tuple[Any, Any]] = [
    ({"const": "a"}, {"enum": ["a"]}),
    ({"type": ["string", "null"]}, {"anyOf": [{"type": "null"}, {"type": "string"}]}),
    ({"type": "string", "nullable": True}, {"type": ["null", "string"]}),
    ({"type": "string", "maxLength": 4}, {"allOf": [{"type": "string"}, {"maxLength": 4}]}),
    ({"oneOf": [{"type": "string"}, {"type": "boolean"}]}, {"anyOf": [{"type": "boolean"}, {"type": "string"}]}),
    ({"type": "string"}, {"$ref": "#/defs/Text", "defs": {"Text": {"type": "string", "description": "A text."}}}),
    ({"type": "string", "minLength": 0}, {"type": "string"}),
    ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
    ({"type": "object"}, {"type": "object", "additionalProperties": True}),
    ({"enum": ["a", "b"]}, {"type": "string", "enum": ["b", "a"]}),
    ({"oneOf": [{"const": "a"}, {"const": "a"}]}, {"const": "a"}),
    ({}, True),
]


@pytest.mark.parametrize(("old", "new", "expected"), TABLE)
def test_kind(old: Any, new: Any, expected: list[str]) -> None:
    """Each difference is of its kind, and of the opposite kind when it is read the other way."""
    assert sorted(kinds(old, new)) == sorted(expected)
    assert sorted(kinds(new, old)) == sorted(Kind(name).mirror for name in expected)


@pytest.mark.parametrize(("old", "new"), SAME)
def test_same(old: Any, new: Any) -> None:
    """What is written in another way is no difference."""
    assert kinds(old, new) == []
    assert kinds(new, old) == []


def test_every_kind_is_in_the_table_and_has_its_rules() -> None:
    """No kind has not been seen, and none is told of without a reason; what a server sends has no default."""
    seen = {Kind(name) for _, _, expected in TABLE for name in expected}
    assert seen | {kind.mirror for kind in seen} | {Kind.DEPRECATED} == set(Kind)
    assert kinds({}, {"deprecated": True}) == [Kind.DEPRECATED]
    wanted = {f"{side}-{kind}" for kind in Kind for side in ("request", "response")}
    named = {rule.id for rule in rules().values() if rule.group == "schemas"}
    assert named == wanted - {"response-default-changed"}


def test_recursion_ends() -> None:
    """A schema within itself is compared once, and what differs in it is found."""

    def tree(limit: int) -> dict[str, Any]:
        node = {
            "type": "object",
            "properties": {"text": {"maxLength": limit}, "below": {"items": {"$ref": "#/defs/Node"}}},
        }
        return {"defs": {"Node": node}, "$ref": "#/defs/Node"}

    assert kinds(tree(5), tree(5)) == []
    assert [(each.kind, each.pointer) for each in differences(tree(5), tree(6))] == [
        (Kind.LIMIT_WIDENED, ("text",)),
    ]


def test_alternatives_are_told_apart_by_their_tag() -> None:
    """A change within one alternative is found there, whatever the order."""
    one = {"type": "object", "properties": {"type": {"const": "a"}, "n": {"maximum": 1}}}
    other = {"type": "object", "properties": {"type": {"const": "b"}, "n": {"maximum": 1}}}
    wider = {"type": "object", "properties": {"type": {"const": "a"}, "n": {"maximum": 2}}}
    found = differences({"oneOf": [one, other]}, {"oneOf": [other, wider]})
    assert [(each.kind, each.pointer) for each in found] == [(Kind.LIMIT_WIDENED, ("n",))]


def test_an_alternative_that_another_one_takes_in_is_no_loss() -> None:
    """Dropping what is valid for another alternative too is no difference for anybody."""
    union = {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "string"}, {"type": "boolean"}]}
    assert kinds(union, {"anyOf": [{"type": "string"}, {"type": "boolean"}]}) == []


VALUES = [
    *(
        None,
        True,
        0,
        1,
        2,
        3,
        1.5,
        "",
        "a",
        "b",
        "ab",
        "abcd",
        [],
        ["a"],
        ["ab", "ab"],
        [1],
        [{}],
        {},
        {"a": "a"},
        {"a": 1},
    ),
    *(
        {"b": "a"},
        {"a": "a", "b": 2},
        {"a": None},
        {"c": []},
        {"a": "abcd", "b": "b"},
        {"b": {"a": 1}},
        {"a": {}, "c": 0},
    ),
]


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda properties, required, closed: {
            "type": "object",
            "properties": properties,
            "required": [name for name in required if name in properties],
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        st.booleans(),
    )


LEAVES = st.one_of(
    st.builds(
        lambda low, high: {
            "type": "string",
            **({} if low is None else {"minLength": low}),
            **({} if high is None else {"maxLength": high}),
        },
        st.none() | st.integers(0, 2),
        st.none() | st.integers(0, 4),
    ),
    st.builds(
        lambda kind, bound: {"type": kind, **({} if bound is None else {"maximum": bound})},
        st.sampled_from(["integer", "number"]),
        st.none() | st.integers(0, 3),
    ),
    st.lists(st.sampled_from(["string", "null", "boolean", "integer"]), min_size=1, max_size=3, unique=True).map(
        lambda names: {"type": names}
    ),
    st.lists(st.sampled_from(["a", "b", 1, None]), min_size=1, max_size=3, unique=True).map(
        lambda values: {"enum": values}
    ),
    st.just({}),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        _objects(inner),
        inner.map(lambda items: {"type": "array", "items": items}),
        st.lists(inner, min_size=2, max_size=3).map(lambda members: {"anyOf": members}),
    ),
    max_leaves=4,
)


def _object_pairs(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return pairs of objects that have most of their properties in common."""
    names = st.sets(st.sampled_from("abc"), max_size=3)
    return st.builds(
        lambda properties, gone, required, closed: tuple(
            {
                "type": "object",
                "properties": {name: pair[side] for name, pair in properties.items() if (side, name) not in gone},
                "required": sorted(required[side]),
                **({"additionalProperties": False} if closed[side] else {}),
            }
            for side in (0, 1)
        ),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        st.sets(st.tuples(st.integers(0, 1), st.sampled_from("abc")), max_size=1),
        st.tuples(names, names) | names.map(lambda each: (each, each)),
        st.tuples(st.booleans(), st.booleans()),
    )


# Two schemas that are much alike: what is different between them is somewhere within.
PAIRS = st.recursive(
    st.one_of(LEAVES.map(lambda leaf: (leaf, leaf)), st.tuples(LEAVES, LEAVES)),
    lambda inner: st.one_of(
        _object_pairs(inner),
        inner.map(lambda pair: tuple({"type": "array", "items": each} for each in pair)),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda pairs: tuple({"anyOf": [pair[side] for pair in pairs]} for side in (0, 1))
        ),
        st.tuples(inner, LEAVES).map(lambda both: (both[0][0], {"anyOf": [both[0][1], both[1]]})),
        st.tuples(inner, LEAVES).map(lambda both: tuple({"allOf": [each, both[1]]} for each in both[0])),
    ),
    max_leaves=5,
)


@given(SCHEMAS)
def test_a_schema_is_no_different_from_itself(schema: Any) -> None:
    """Whatever the schema: identical is nothing."""
    assert kinds(schema, schema) == []


@given(PAIRS)
def test_what_is_told_is_true(pair: Any) -> None:
    """A value that only one of two schemas takes is never overlooked.

    Where nothing narrows, each value that was valid is valid; where nothing widens, no other value is.
    """
    old, new = pair
    effects = [kind.effect for kind in kinds(old, new)]
    before, after = jsonschema_rs.validator_for(old), jsonschema_rs.validator_for(new)
    for value in VALUES:
        was, now = before.is_valid(value), after.is_valid(value)
        if was and not now:
            assert any(effect.narrows for effect in effects), value
        if now and not was:
            assert any(effect.widens for effect in effects), value


@given(PAIRS)
def test_there_and_back_are_opposites(pair: Any) -> None:
    """What widens on the way there narrows on the way back, and the reverse."""
    old, new = pair
    there, back = ([each.kind.effect for each in differences(*way)] for way in ((old, new), (new, old)))
    assert any(effect.widens for effect in there) == any(effect.narrows for effect in back)
    assert any(effect.narrows for effect in there) == any(effect.widens for effect in back)
