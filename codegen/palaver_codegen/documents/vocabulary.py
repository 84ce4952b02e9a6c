"""The vocabulary of `x-chat`: what operations and events can mean, and the fields that go with each meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import as_file, files
from types import MappingProxyType

from palaver_codegen.documents.source import read_source
from palaver_codegen.documents.tree import Json, entries, mapping, text


class Kind(StrEnum):
    """What a meaning can be of: an operation that a client asks for, or an event that the server sends."""

    OPERATION = "operation"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Field:
    """A canonical field. `types` are its allowed forms: `scalar`, `list`, an entity, or `list of` an entity."""

    name: str
    types: tuple[str, ...]
    required: bool
    summary: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """One meaning. A spontaneous event needs no operation that triggers it."""

    name: str
    kind: Kind
    summary: str
    spontaneous: bool
    fields: Mapping[str, Field]
    result: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that several meanings hold, with canonical fields of its own."""

    name: str
    summary: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every meaning and every entity, by name."""

    meanings: Mapping[str, Meaning]
    entities: Mapping[str, Entity]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary, read once."""
    data = vocabulary_data()
    return Vocabulary(
        MappingProxyType({name: _meaning(name, entry) for name, entry in entries(data["meanings"])}),
        MappingProxyType({name: _entity(name, entry) for name, entry in entries(data["entities"])}),
    )


def vocabulary_data() -> dict[str, Json]:
    """Return what vocabulary.yaml says, as it is written."""
    with as_file(files(__package__) / "vocabulary.yaml") as path:
        source, problems = read_source(path, path.name)
    assert source is not None, problems
    assert not problems, problems
    return mapping(source.data)


def _meaning(name: str, entry: dict[str, Json]) -> Meaning:
    return Meaning(
        name=name,
        kind=Kind(text(entry["kind"])),
        summary=text(entry["summary"]),
        spontaneous=entry.get("spontaneous") is True,
        fields=_fields(entry.get("fields")),
        result=_fields(entry.get("result")),
    )


def _entity(name: str, entry: dict[str, Json]) -> Entity:
    return Entity(name, text(entry["summary"]), _fields(entry["fields"]))


def _fields(value: Json) -> Mapping[str, Field]:
    return MappingProxyType(
        {
            name: Field(
                name, tuple(text(entry["type"]).split(" or ")), entry.get("required") is True, text(entry["summary"])
            )
            for name, entry in entries(value)
        }
    )
