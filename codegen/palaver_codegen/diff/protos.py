"""Messages of .proto files, compared by what is on the wire: numbers and types; names are for code."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

from palaver_codegen.diff.rules import Side
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, mapping, place_in, text

# Types of one group are written alike.
_GROUPS = (
    {Field.TYPE_INT32, Field.TYPE_INT64, Field.TYPE_UINT32, Field.TYPE_UINT64, Field.TYPE_BOOL, Field.TYPE_ENUM},
    {Field.TYPE_SINT32, Field.TYPE_SINT64},
    {Field.TYPE_FIXED32, Field.TYPE_SFIXED32},
    {Field.TYPE_FIXED64, Field.TYPE_SFIXED64},
    {Field.TYPE_STRING, Field.TYPE_BYTES},
)
_NAMED = (Field.TYPE_MESSAGE, Field.TYPE_ENUM, Field.TYPE_GROUP)


@dataclass(frozen=True)
class Message:
    """A message, and the schema that was made of it, which knows the places of its fields."""

    protos: Protos
    full_name: str
    schema: Json

    @property
    def fields(self) -> Mapping[int, Field]:
        """Its fields by number."""
        return {field.number: field for field in self.protos.messages[self.full_name].field}

    def place(self, field: Field | None = None) -> Place:
        """Return the place of a field, or of the message."""
        schema = resolve(self.protos.document, self.schema)
        whole = place_in(schema, "")
        return place_in(mapping(schema).get("properties"), field.name, whole) if field is not None else whole

    def below(self, field: Field) -> Message | None:
        """Return the message that a field holds; None where it holds none, or one that is not in the files."""
        name = field.type_name.removeprefix(".")
        if field.type != Field.TYPE_MESSAGE or name not in self.protos.messages:
            return None
        schema = mapping(mapping(resolve(self.protos.document, self.schema)).get("properties")).get(field.name)
        resolved = mapping(resolve(self.protos.document, schema))
        for word in ("items", "additionalProperties"):
            schema = resolved.get(word) if isinstance(resolved.get(word), dict) else schema
        return Message(self.protos, name, schema)


class Protos:
    """The .proto files behind a document, by full name."""

    def __init__(self, document: dict[str, Json]) -> None:
        self.document = document
        self.messages: dict[str, DescriptorProto] = {}
        self.enumerations: dict[str, EnumDescriptorProto] = {}
        self._types: dict[str, dict[Side, str]] = {}
        files = FileDescriptorSet.FromString(base64.b64decode(text(document.get("descriptors"))))
        for file in files.file:
            prefix = f"{file.package}." if file.package else ""
            for enumeration in file.enum_type:
                self.enumerations[prefix + enumeration.name] = enumeration
            for message in file.message_type:
                self._add(prefix, message)
            for service in file.service:
                for rpc in service.method:
                    self._types[f"{prefix}{service.name}/{rpc.name}"] = {
                        Side.REQUEST: rpc.input_type.removeprefix("."),
                        Side.RESPONSE: rpc.output_type.removeprefix("."),
                    }

    def message_of(self, rpc: str, side: Side) -> Message:
        """Return what an rpc takes or returns."""
        operation = mapping(mapping(self.document["operations"])[rpc])
        return Message(self, self._types[rpc][side], operation[side.value])

    def _add(self, prefix: str, message: DescriptorProto) -> None:
        name = prefix + message.name
        self.messages[name] = message
        for enumeration in message.enum_type:
            self.enumerations[f"{name}.{enumeration.name}"] = enumeration
        for nested in message.nested_type:
            self._add(f"{name}.", nested)


def compare_messages(versions: Versions, called: str, old: Message, new: Message) -> None:
    """Compare two messages and all that they hold."""
    _compare(versions, called, old, new, (), set())


def _compare(versions: Versions, called: str, old: Message, new: Message, at: tuple[str, ...], seen: set[str]) -> None:
    if old.full_name in seen or old.full_name not in old.protos.messages:
        return
    seen.add(old.full_name)
    before, after = old.fields, new.fields
    for rule, what, one, other in _fields_apart(before, after):
        field = other or one
        assert field is not None
        places = old.place(one), new.place(other)
        versions.add(rule, called, what, *places, at=(*at, field.name))
    for number in before.keys() & after.keys():
        one, other = before[number], after[number]
        places = old.place(one), new.place(other)
        if one.name != other.name and one.name not in {field.name for field in after.values()}:
            what = f"number {number} is called {other.name} and was called {one.name}"
            versions.add("proto-field-renamed", called, what, *places, at=(*at, other.name))
        if one.name != other.name and one.name in {field.name for field in after.values()}:
            continue  # told as renumbered
        for rule, what in _field_changes(one, other):
            versions.add(rule, called, what, *places, at=(*at, other.name))
        if one.type == other.type == Field.TYPE_ENUM:
            for what in _moved_values(old.protos, new.protos, one, other):
                versions.add("proto-number-changed", called, what, *places, at=(*at, other.name))
        inner, outer = old.below(one), new.below(other)
        if inner is not None and outer is not None and inner.full_name == outer.full_name:
            steps = (other.name, "*") if other.label == Field.LABEL_REPEATED else (other.name,)
            _compare(versions, called, inner, outer, (*at, *steps), seen)


def _fields_apart(
    before: Mapping[int, Field], after: Mapping[int, Field]
) -> Iterator[tuple[str, str, Field | None, Field | None]]:
    """Yield what is gone, new or has another number."""
    names = {field.name: field for field in after.values()}
    known = {field.name for field in before.values()}
    for number, field in before.items():
        same = names.get(field.name)
        if same is not None and same.number != number:
            yield "proto-field-renumbered", f"has the number {same.number} and had {number}", field, same
        elif same is None and number not in after:
            yield "proto-field-removed", f"is gone: number {number}", field, None
    for number, field in after.items():
        if number not in before and field.name not in known:
            yield "proto-field-added", f"is new: number {number}", None, field


def _field_changes(old: Field, new: Field) -> Iterator[tuple[str, str]]:
    if (old.label == Field.LABEL_REPEATED) != (new.label == Field.LABEL_REPEATED):
        now = "many values" if new.label == Field.LABEL_REPEATED else "one value"
        yield "proto-cardinality-changed", f"holds {now} now"
    was, now = _typed(old), _typed(new)
    if was != now:
        alike = any(old.type in group and new.type in group for group in _GROUPS) and old.type != new.type
        rule = "proto-type-exchanged" if alike else "proto-type-changed"
        yield rule, f"is of type {now} and was {was}"
    elif _presence(old) != _presence(new):
        yield "proto-presence-changed", _presence(new)


def _typed(field: Field) -> str:
    if field.type in _NAMED:
        return field.type_name.removeprefix(".")
    return Field.Type.Name(field.type).removeprefix("TYPE_").lower()


def _presence(field: Field) -> str:
    if field.HasField("oneof_index") and not field.proto3_optional:
        return "is one of several fields of which one is set"
    return "can be absent" if field.proto3_optional else "is always there"


def _moved_values(old: Protos, new: Protos, one: Field, other: Field) -> Iterator[str]:
    if one.type_name != other.type_name:
        return
    name = one.type_name.removeprefix(".")
    before, after = (
        {value.name: value.number for value in protos.enumerations[name].value} if name in protos.enumerations else {}
        for protos in (old, new)
    )
    for value, number in before.items():
        if after.get(value, number) != number:
            yield f"{value} has the number {after[value]} and had {number}"
