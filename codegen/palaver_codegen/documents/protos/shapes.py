"""The JSON Schema of a message: the shape that it has as JSON, with the names that the .proto file gives its fields.

A field without presence is always there, with its default if need be, and a repeated one as an array; `optional`
fields, members of a oneof and messages may be absent. A 64-bit integer is a string, as in JSON of protobuf.
"""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.protos.index import Enumeration, Index, Message, has_presence
from palaver_codegen.documents.tree import Block, Items, Json
from palaver_codegen.names import pascal

_SIGNED: dict[str, Json] = {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}
_UNSIGNED: dict[str, Json] = {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
_LONG: dict[str, Json] = {"type": "string", "pattern": "^-?[0-9]{1,20}$"}
_SCALARS: dict[int, dict[str, Json]] = {
    Field.TYPE_STRING: {"type": "string"},
    Field.TYPE_BYTES: {"type": "string"},
    Field.TYPE_BOOL: {"type": "boolean"},
    Field.TYPE_DOUBLE: {"type": "number"},
    Field.TYPE_FLOAT: {"type": "number"},
    Field.TYPE_INT32: {**_SIGNED},
    Field.TYPE_SINT32: {**_SIGNED},
    Field.TYPE_SFIXED32: {**_SIGNED},
    Field.TYPE_UINT32: {**_UNSIGNED},
    Field.TYPE_FIXED32: {**_UNSIGNED},
    Field.TYPE_INT64: {**_LONG},
    Field.TYPE_SINT64: {**_LONG},
    Field.TYPE_SFIXED64: {**_LONG},
    Field.TYPE_UINT64: {**_LONG},
    Field.TYPE_FIXED64: {**_LONG},
}
_STANDARD = "google.protobuf."
# Of the standard's messages these two have a form of their own in JSON, or none that matters.
_KNOWN: dict[str, dict[str, Json]] = {f"{_STANDARD}Timestamp": {"type": "string", "format": "date-time"}}
_PLAIN = frozenset({f"{_STANDARD}Empty"})


def schema_name(index: Index, full_name: str) -> str:
    """Return what the schema of a message or enumeration is called: its name without the package."""
    packages = [file.package for file in index.files if full_name.startswith(f"{file.package}.")]
    package = max(packages, key=len, default="")
    return pascal(full_name.removeprefix(package))


def reference(name: str, place: Place) -> Block:
    """Return a reference to a schema in components."""
    block = Block(place)
    block.put("$ref", f"#/components/schemas/{name}", place)
    return block


class Shapes:
    """The schemas of messages and of all that they hold, gathered by name; `problems` tells what has no shape."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._owners: dict[str, str] = {}
        self.schemas: dict[str, Block] = {}
        self.problems: list[Problem] = []

    def add(self, full_name: str) -> str:
        """Make the schema of a message or enumeration, if it is not there yet, and return its name."""
        name = schema_name(self._index, full_name)
        if self._owners.get(name) == full_name:
            return name
        thing = self._index.messages.get(full_name) or self._index.enumerations[full_name]
        if name in self._owners:
            reason = f"{full_name!r} and {self._owners[name]!r} would both be {name!r}"
            self.problems.append(Problem(thing.note.place, "name-collision", reason, "rename one of them"))
            return name
        self._owners[name] = full_name
        if isinstance(thing, Message):
            self.schemas[name] = self._message(thing)
        else:
            self.schemas[name] = _enumeration(thing)
        return name

    def _message(self, message: Message) -> Block:
        place = message.note.place
        schema = _block({"type": "object"}, place)
        if message.note.comment:
            schema.put("description", message.note.comment, place)
        schema.put("additionalProperties", False, place)
        required, properties = Items(place), Block(place)
        for field in message.descriptor.field:
            at = message.notes[field.name].place
            if not has_presence(field):
                required.put(field.name, at)
            properties.put(field.name, self._field(field, message.notes[field.name].comment, at), at)
        schema.put("required", required, place)
        schema.put("properties", properties, place)
        return schema

    def _field(self, field: Field, comment: str, place: Place) -> Block:
        entry = self._index.entries.get(field.type_name.removeprefix("."))
        if entry is not None:
            schema = _block({"type": "object"}, place)
            schema.put("additionalProperties", self._value(entry.field[1], place), place)
        elif field.label == Field.LABEL_REPEATED:
            schema = _block({"type": "array"}, place)
            schema.put("items", self._value(field, place), place)
        else:
            schema = self._value(field, place)
        if comment:
            schema.put("description", comment, place)
        return schema

    def _value(self, field: Field, place: Place) -> Block:
        full_name = field.type_name.removeprefix(".")
        if field.type in _SCALARS:
            return _block(_SCALARS[field.type], place)
        if full_name in _KNOWN:
            return _block(_KNOWN[full_name], place)
        if full_name.startswith(_STANDARD) and full_name not in _PLAIN:
            reason = f"{full_name} has a form in JSON that is not supported"
            remedy = "write a message of your own, or google.protobuf.Timestamp"
            self.problems.append(Problem(place, "proto-unsupported", reason, remedy))
            return Block(place)
        return reference(self.add(full_name), place)


def unsupported(index: Index) -> Iterator[Problem]:
    """Yield a problem for whatever else of the language is not supported: old syntax, streams."""
    for file in index.files:
        if file.syntax != "proto3":
            reason = f"its syntax is {file.syntax or 'proto2'}"
            yield Problem(index.start(file), "proto-unsupported", reason, 'write `syntax = "proto3";`')
    for rpc in index.rpcs.values():
        if rpc.descriptor.client_streaming or rpc.descriptor.server_streaming:
            reason = f"{rpc.key!r} is a stream"
            yield Problem(rpc.note.place, "proto-unsupported", reason, "take one message and return one")


def _enumeration(enumeration: Enumeration) -> Block:
    place = enumeration.note.place
    schema = _block({"type": "string"}, place)
    if enumeration.note.comment:
        schema.put("description", enumeration.note.comment, place)
    names = Items(place)
    for value in enumeration.descriptor.value:
        names.put(value.name, place)
    schema.put("enum", names, place)
    return schema


def _block(entries: dict[str, Json], place: Place) -> Block:
    block = Block(place)
    for key, value in entries.items():
        block.put(key, value, place)
    return block
