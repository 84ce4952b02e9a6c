"""Which alternative of a new union is which of the old one."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from palaver_codegen.diff.shapes import Shape

# An alternative that has less than so much of its properties in common with another is not that one, changed.
_ALIKE = 0.5

_Pairs = list[tuple[Shape, Shape]]


def matched(old: list[Shape], new: list[Shape]) -> tuple[_Pairs, list[Shape], list[Shape]]:
    """Return the pairs, and what is left of either side: by tag, then by name, then by likeness."""
    pairs: _Pairs = []
    gone, come = list(old), list(new)
    for key in (_tag, _name, _scalar):
        pairs += _paired(gone, come, key)
    for one in list(gone):
        likeness = [(_likeness(one, other), -number) for number, other in enumerate(come)]
        best, number = max(likeness, default=(0.0, 0))
        if best >= _ALIKE:
            gone[:] = [each for each in gone if each is not one]
            pairs.append((one, come.pop(-number)))
    return pairs, gone, come


def _paired(gone: list[Shape], come: list[Shape], key: Callable[[Shape], Hashable]) -> _Pairs:
    """Take out those that have a key in common which nobody else on their side has."""
    pairs: _Pairs = []
    for one in list(gone):
        wanted = key(one)
        here = [each for each in gone if key(each) == wanted]
        there = [each for each in come if key(each) == wanted]
        if wanted and len(here) == len(there) == 1:
            gone[:] = [each for each in gone if each is not one]
            come[:] = [each for each in come if each is not there[0]]
            pairs.append((one, there[0]))
    return pairs


def _tag(shape: Shape) -> Hashable:
    return tuple(sorted(shape.constants.items()))


def _name(shape: Shape) -> Hashable:
    return shape.name


def _scalar(shape: Shape) -> Hashable:
    return tuple(sorted(shape.types or ())) if not shape.properties else ()


def _likeness(one: Shape, other: Shape) -> float:
    names, others = set(one.properties) | one.required, set(other.properties) | other.required
    if one.types != other.types or not names | others:
        return 0.0
    if any(one.constants[name] != other.constants[name] for name in one.constants.keys() & other.constants.keys()):
        return 0.0
    return len(names & others) / len(names | others)
