"""One document of `grpc.yaml` and the .proto files that it lists, in the shape that the other documents have.

Its `operations` refer to schemas in `components`, which are made of messages and of what `grpc.yaml` adds to them;
`descriptors` is the set of which a client or server makes its messages, in base64.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from difflib import get_close_matches

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.protos.compiler import compile_protos
from palaver_codegen.documents.protos.format import violations_of_format
from palaver_codegen.documents.protos.index import Index, Rpc
from palaver_codegen.documents.protos.overlay import overlay
from palaver_codegen.documents.protos.shapes import Shapes, reference, unsupported
from palaver_codegen.documents.source import Source
from palaver_codegen.documents.tree import Block, entries, place_in, sequence, text

# What is taken over as it is written.
_TAKEN = ("grpc", "info", "servers", "metadata")


def join(source: Source) -> tuple[Source | None, list[str], list[Problem]]:
    """Return the document, the labels of its .proto files, and problems; None where they leave nothing to look at."""
    data = source.data
    assert isinstance(data, Block)
    problems = violations_of_format(data) or _absent(source, data)
    if problems:
        return None, [], problems
    names = [text(name) for name in sequence(data["protos"])]
    compiled, problems = compile_protos(source.path.parent, names)
    if problems:
        return None, [], problems
    index = Index(source.path.parent, compiled, frozenset(names))
    problems += unsupported(index)
    document = Block(data.place)
    for key in _TAKEN:
        if key in data:
            document.put(key, data[key], data.places[key])
    shapes = Shapes(index)
    document.put("operations", _operations(data, index, shapes, problems), data.places["operations"])
    _add(data, index, shapes, problems)
    components, schemas = Block(data.place), Block(data.place)
    for name, schema in shapes.schemas.items():
        schemas.put(name, schema, schema.place)
    components.put("schemas", schemas, data.place)
    document.put("components", components, data.place)
    document.put("descriptors", _encoded(compiled), data.place)
    return Source(source.path, source.label, document), index.labels, problems + shapes.problems


def _absent(source: Source, data: Block) -> list[Problem]:
    listed = sequence(data["protos"])
    return [
        _unknown(place_in(listed, number), f"file {name!r} does not exist", "", ())
        for number, name in enumerate(listed)
        if not (source.path.parent / text(name)).is_file()
    ]


def _operations(data: Block, index: Index, shapes: Shapes, problems: list[Problem]) -> Block:
    """Return the operations with references to what they take and give, and what the .proto file says of them."""
    given = data["operations"]
    assert isinstance(given, Block)
    operations = Block(given.place)
    for key, node in given.items():
        rpc = index.rpcs.get(key)
        if rpc is None:
            problems.append(_unknown(given.places[key], f"no listed .proto file has the rpc {key!r}", key, index.rpcs))
        else:
            assert isinstance(node, Block)
            operations.put(key, _operation(node, rpc, shapes), given.places[key])
    for key, rpc in index.rpcs.items():
        if key not in given:
            reason = f"{key!r} has no operation in grpc.yaml"
            remedy = "add one with its meaning, or remove the rpc"
            problems.append(Problem(rpc.note.place, "rpc-unannotated", reason, remedy))
    return operations


def _operation(node: Block, rpc: Rpc, shapes: Shapes) -> Block:
    operation = Block(node.place)
    if rpc.note.comment and "description" not in node:
        operation.put("description", rpc.note.comment, rpc.note.place)
    for name, value in node.items():
        operation.put(name, value, node.places[name])
    for name, message in (("request", rpc.descriptor.input_type), ("response", rpc.descriptor.output_type)):
        schema = shapes.add(message.removeprefix("."))
        operation.put(name, reference(schema, rpc.note.place), rpc.note.place)
    return operation


def _add(data: Block, index: Index, shapes: Shapes, problems: list[Problem]) -> None:
    """Put what `messages` says into the schemas."""
    messages = data.get("messages")
    for full_name, addition in entries(messages):
        if full_name in index.messages:
            schema = shapes.schemas[shapes.add(full_name)]
            assert isinstance(addition, Block)
            problems += overlay(schema, addition, full_name)
        else:
            place = place_in(messages, full_name)
            reason = f"no .proto file has the message {full_name!r}"
            problems.append(_unknown(place, reason, full_name, index.messages))


def _unknown(place: Place, reason: str, name: str, known: Iterable[str]) -> Problem:
    close = get_close_matches(name, list(known), n=1)
    remedy = f"did you mean {close[0]!r}?" if close else "correct the name"
    return Problem(place, "proto-unknown", reason, remedy)


def _encoded(compiled: FileDescriptorSet) -> str:
    """Return the set without the places in files that nobody ships."""
    bare = FileDescriptorSet()
    bare.CopyFrom(compiled)
    for file in bare.file:
        file.ClearField("source_code_info")
    return base64.b64encode(bare.SerializeToString(deterministic=True)).decode()
