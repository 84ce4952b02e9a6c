"""Finding what a thing of an old document has become in a new one: the same, renamed, or gone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True)
class Pairing(Generic[T]):
    """What stayed under its key, what was renamed, what is gone and what is new."""

    kept: list[tuple[T, T]]
    renamed: list[tuple[T, T]]
    gone: list[T]
    come: list[T]


def pair(old: Mapping[K, T], new: Mapping[K, T], likenesses: tuple[Callable[[T], Hashable], ...] = ()) -> Pairing[T]:
    """Pair by key; of the rest, those are the same renamed that alone on either side have a likeness in common.

    A likeness that is empty is none.
    """
    kept = [(thing, new[key]) for key, thing in old.items() if key in new]
    gone = [thing for key, thing in old.items() if key not in new]
    come = [thing for key, thing in new.items() if key not in old]
    renamed: list[tuple[T, T]] = []
    for likeness in likenesses:
        for thing in list(gone):
            wanted = likeness(thing)
            here = [each for each in gone if likeness(each) == wanted]
            there = [each for each in come if likeness(each) == wanted]
            if wanted and len(here) == len(there) == 1:
                gone = [each for each in gone if each is not thing]
                come = [each for each in come if each is not there[0]]
                renamed.append((thing, there[0]))
    return Pairing(kept, renamed, gone, come)
