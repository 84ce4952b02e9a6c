"""What a descriptor set holds, by full name, each thing with the place where it is written and what is said of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)

from palaver_codegen.documents.problems import Place

# Numbers of fields in descriptor.proto, of which the paths of source locations are made.
_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_FIELDS, _NESTED_MESSAGES, _NESTED_ENUMS = 2, 3, 4
_METHODS = 2

_Path = tuple[int, ...]

# What a comment says to the linter describes nothing.
_SUPPRESSION = re.compile(r"^\s*palaver:.*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Noted:
    """A place in a .proto file, and the comment there, empty if there is none."""

    place: Place
    comment: str


@dataclass(frozen=True)
class Message:
    """A message; `notes` has one for each of its fields, by name."""

    full_name: str
    descriptor: DescriptorProto
    note: Noted
    notes: dict[str, Noted]


@dataclass(frozen=True)
class Enumeration:
    """An enumeration."""

    full_name: str
    descriptor: EnumDescriptorProto
    note: Noted


@dataclass(frozen=True)
class Rpc:
    """A method of a service; `key` is as in `package.Service/Method`."""

    key: str
    descriptor: MethodDescriptorProto
    note: Noted


class Index:
    """The messages, enumerations and methods of a set; `listed` names the files whose methods count."""

    def __init__(self, folder: Path, compiled: FileDescriptorSet, listed: frozenset[str]) -> None:
        self.files: tuple[FileDescriptorProto, ...] = tuple(compiled.file)
        self._folder = folder
        self._listed = listed

    @cached_property
    def labels(self) -> list[str]:
        """The files that are the dialect's own, those of the standard left out."""
        return [self._label(file) for file in self.files if (self._folder / file.name).is_file()]

    @cached_property
    def messages(self) -> dict[str, Message]:
        """Every message by its full name; the synthetic ones of maps are not among them."""
        return {
            message.full_name: message
            for file in self.files
            for message in self._messages(file)
            if not message.descriptor.options.map_entry
        }

    @cached_property
    def entries(self) -> dict[str, DescriptorProto]:
        """The synthetic messages that stand for the entries of maps, by full name."""
        return {
            message.full_name: message.descriptor
            for file in self.files
            for message in self._messages(file)
            if message.descriptor.options.map_entry
        }

    @cached_property
    def enumerations(self) -> dict[str, Enumeration]:
        """Every enumeration by its full name."""
        found = {}
        for file in self.files:
            holders: list[tuple[str, _Path, list[EnumDescriptorProto]]] = [
                (file.package, (_ENUMS,), list(file.enum_type))
            ]
            for path, name, descriptor in _nested(file.package, file.message_type, (_MESSAGES,)):
                holders.append((name, (*path, _NESTED_ENUMS), list(descriptor.enum_type)))
            for scope, path, listed in holders:
                for index, each in enumerate(listed):
                    name = _qualified(scope, each.name)
                    found[name] = Enumeration(name, each, self._noted(file, (*path, index)))
        return found

    @cached_property
    def rpcs(self) -> dict[str, Rpc]:
        """Every method of a service in one of the listed files, by key."""
        return {rpc.key: rpc for file in self.files if file.name in self._listed for rpc in self._methods(file)}

    def start(self, file: FileDescriptorProto) -> Place:
        """Return the place of a file as a whole."""
        return Place(self._label(file))

    def _methods(self, file: FileDescriptorProto) -> Iterator[Rpc]:
        for number, service in enumerate(file.service):
            name = _qualified(file.package, service.name)
            for index, method in enumerate(service.method):
                note = self._noted(file, (_SERVICES, number, _METHODS, index))
                yield Rpc(f"{name}/{method.name}", method, note)

    def _messages(self, file: FileDescriptorProto) -> Iterator[Message]:
        for at, name, descriptor in _nested(file.package, file.message_type, (_MESSAGES,)):
            notes = {
                field.name: self._noted(file, (*at, _FIELDS, index)) for index, field in enumerate(descriptor.field)
            }
            yield Message(name, descriptor, self._noted(file, at), notes)

    def _noted(self, file: FileDescriptorProto, path: _Path) -> Noted:
        return self._notes[file.name].get(path) or Noted(self.start(file), "")

    @cached_property
    def _notes(self) -> dict[str, dict[_Path, Noted]]:
        """The place and comment of everything in each file, by path."""
        return {file.name: dict(self._located(file)) for file in self.files}

    def _located(self, file: FileDescriptorProto) -> Iterator[tuple[_Path, Noted]]:
        label = self._label(file)
        # Of several locations of one path the first one counts.
        for location in reversed(file.source_code_info.location):
            line, column = location.span[0], location.span[1]
            comment = _SUPPRESSION.sub("", location.leading_comments) or location.trailing_comments
            said = " ".join(_SUPPRESSION.sub("", comment).split())
            yield tuple(location.path), Noted(Place(label, line + 1, column + 1), said)

    def _label(self, file: FileDescriptorProto) -> str:
        return os.path.normpath(self._folder / file.name)


def has_presence(field: FieldDescriptorProto) -> bool:
    """Whether a field can be absent; without presence it always has a value, if only the default."""
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return False
    return field.type == FieldDescriptorProto.TYPE_MESSAGE or field.HasField("oneof_index")


def _nested(scope: str, listed: Iterable[DescriptorProto], path: _Path) -> Iterator[tuple[_Path, str, DescriptorProto]]:
    """Return messages and those within them, with paths and full names."""
    for index, descriptor in enumerate(listed):
        at, name = (*path, index), _qualified(scope, descriptor.name)
        yield at, name, descriptor
        yield from _nested(name, descriptor.nested_type, (*at, _NESTED_MESSAGES))


def _qualified(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name
