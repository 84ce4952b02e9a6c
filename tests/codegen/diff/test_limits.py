"""Bounds."""

from typing import Any

import pytest

from palaver_codegen.diff.kinds import Kind
from palaver_codegen.diff.limits import Limit, differing, limits_of, tightest

NARROWED, WIDENED = Kind.LIMIT_NARROWED, Kind.LIMIT_WIDENED


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"maxLength": 5}, {"maxLength": 4}, [NARROWED]),
        ({"minLength": 5}, {"minLength": 4}, [WIDENED]),
        ({"minimum": 1}, {"minimum": 1.5}, [NARROWED]),
        ({"maximum": 3}, {"exclusiveMaximum": 3}, [NARROWED]),
        ({"minimum": 3, "exclusiveMinimum": True}, {"minimum": 3}, [WIDENED]),
        ({"multipleOf": 2}, {"multipleOf": 4}, [NARROWED]),
        ({"multipleOf": 4}, {"multipleOf": 2}, [WIDENED]),
        ({"multipleOf": 2}, {"multipleOf": 3}, [Kind.CONDITION_CHANGED]),
        ({}, {"uniqueItems": True}, [NARROWED]),
        ({}, {"maxItems": 3, "minItems": 1}, [NARROWED, NARROWED]),
        ({"minProperties": 0}, {}, []),
        ({"maximum": True}, {}, []),
    ],
)
def test_which_allows_more(old: dict[str, Any], new: dict[str, Any], expected: list[Kind]) -> None:
    """Each bound is compared for itself; what bounds nothing is none."""
    assert [kind for _, kind, _ in differing(limits_of(old), limits_of(new))] == expected


def test_the_tighter_of_two_holds() -> None:
    """Bounds that hold together are the tighter ones of each."""
    both = tightest(limits_of({"minimum": 1, "maximum": 9}), limits_of({"minimum": 2, "maximum": 10}))
    assert both == {"minimum": Limit(2), "maximum": Limit(9)}


def test_words() -> None:
    """The words say what it is and what it was, without a fraction that is none."""
    assert [what for _, _, what in differing({"minimum": Limit(1.0)}, {"minimum": Limit(2, exclusive=True)})] == [
        "`minimum` is beyond 2 and was 1"
    ]
    assert [what for _, _, what in differing({}, {"maxLength": Limit(3)})] == ["has a `maxLength` now: 3"]
    assert [what for _, _, what in differing({"maxLength": Limit(3)}, {})] == ["has no `maxLength` any more: it was 3"]
