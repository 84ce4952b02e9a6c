"""JSON values that remember where they were written.

A `Block` is a dict and an `Items` a list, so every JSON library takes them. They carry the place of each entry,
and keep it when a part of a tree is moved to another parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from palaver_codegen.documents.problems import Place

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Block(dict[str, Json]):
    """A mapping, with its own place and that of each of its keys."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}

    def put(self, key: str, value: Json, place: Place) -> None:
        """Set an entry and its place."""
        self[key] = value
        self.places[key] = place

    def drop(self, key: str) -> None:
        """Take out an entry and its place."""
        del self[key]
        del self.places[key]


class Items(list[Json]):
    """A sequence, with its own place and that of each of its items."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []

    def put(self, value: Json, place: Place) -> None:
        """Append an item and its place."""
        self.append(value)
        self.places.append(place)

    def drop(self, index: int) -> None:
        """Take out an item and its place."""
        del self[index]
        del self.places[index]


def mapping(value: Json) -> dict[str, Json]:
    """Return the value if it is a mapping, else an empty one: what is malformed is reported by validation, not here."""
    return value if isinstance(value, dict) else {}


def sequence(value: Json) -> list[Json]:
    """Return the value if it is a sequence, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Json) -> str:
    """Return the value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def entries(value: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """Return the entries of a mapping whose values are mappings."""
    for key, entry in mapping(value).items():
        if isinstance(entry, dict):
            yield key, entry


def place_in(container: Json, key: str | int, otherwise: Place | None = None) -> Place:
    """Return the place of an entry of a container; of the container itself if it has no such entry."""
    if isinstance(container, Block) and isinstance(key, str):
        return container.places.get(key, container.place)
    if isinstance(container, Items) and isinstance(key, int) and key < len(container.places):
        return container.places[key]
    if isinstance(container, (Block, Items)):
        return container.place
    return otherwise or Place("?")


def plain(value: Json) -> Json:
    """Return a deep copy without places, made of dict and list alone."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
