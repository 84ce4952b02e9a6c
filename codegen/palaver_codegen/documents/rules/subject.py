"""What a lint rule looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from palaver_codegen.documents import pointer
from palaver_codegen.documents.bundle import Bundle
from palaver_codegen.documents.fields import schemas_at
from palaver_codegen.documents.operations import Direction, Operation, operations
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.schemas import MAPS, Path, schema_roots, within
from palaver_codegen.documents.tree import Json, mapping, sequence, text
from palaver_codegen.documents.vocabulary import Vocabulary, vocabulary

_CONDITIONS = frozenset({"not", "if", "then", "else", "contains", "propertyNames", "allOf"})


@dataclass(frozen=True)
class Located:
    """A schema, the document that it is in, and where."""

    document: dict[str, Json]
    path: Path
    schema: dict[str, Json]

    def place(self, *tokens: str | int) -> Place:
        """Return the place of the schema, or of something in it."""
        return pointer.place_at(self.document, (*self.path, *tokens))

    @property
    def is_handshake(self) -> bool:
        """Whether it describes how a connection is opened: headers, query and `auth`."""
        return self.path[:1] == ("channels",) and ("bindings" in self.path or "x-socketio" in self.path)

    @property
    def is_condition(self) -> bool:
        """Whether it is a part of a condition, which says what a value is like and not what it is."""
        # The key of a map is a name that its author chose.
        words = (word for above, word in zip(("", *self.path), self.path, strict=False) if above not in MAPS)
        return any(word in _CONDITIONS for word in words)

    @property
    def name(self) -> str:
        """What the schema is called in a sentence; the same in whichever document a shared schema is."""
        holder, key = (self.path[-2], self.path[-1]) if len(self.path) > 1 else ("", "")
        if key == "items":
            return f"an item of {Located(self.document, self.path[:-1], {}).name}"
        if key == "schema" and holder != "properties":
            return "the value"
        return repr(key) if holder in ("properties", "schemas") else "this"


@dataclass(frozen=True)
class Subject:
    """A bundled dialect under the linter. `elsewhere` holds the error codes that other dialects name.

    With `annotated` the operations without an `x-chat` are left out.
    """

    bundle: Bundle
    elsewhere: frozenset[str] = frozenset()
    annotated: bool = False

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary of `x-chat`."""
        return vocabulary()

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Return the operations of all documents."""
        return tuple(
            found
            for document in self.bundle.documents
            for found in operations(document)
            if found.chat or not self.annotated
        )

    def events(self) -> Iterator[Operation]:
        """Yield the operations that are events, in either direction."""
        return (
            operation
            for operation in self.operations
            if operation.direction in (Direction.EVENT_IN, Direction.EVENT_OUT)
        )

    def place(self, document: dict[str, Json], *tokens: str | int) -> Place:
        """Return the place of something in one of the documents."""
        return pointer.place_at(document, tokens)

    def targets(self, operation: Operation, key: str) -> dict[str, list[dict[str, Json]]]:
        """Return what each of an operation's canonical fields points to; `key` is `fields` or `result`."""
        roots = [operation.request_schema()] if key == "fields" else operation.result_schemas()
        return {
            name: [found for root in roots for found in _pointed(operation.document, root, text(to))]
            for name, to in mapping(operation.chat.get(key)).items()
        }

    @cached_property
    def pointed(self) -> tuple[tuple[str, dict[str, Json], Place], ...]:
        """Return every canonical field that a pointer fills: its name, the schema there, the pointer's own place."""
        found = [
            (name, schema, operation.place("x-chat", key, name))
            for operation in self.operations
            for key in ("fields", "result")
            for name, schemas in self.targets(operation, key).items()
            for schema in schemas
        ]
        for located in self.schemas:
            for name, to in mapping(mapping(located.schema.get("x-chat")).get("fields")).items():
                place = located.place("x-chat", "fields", name)
                found += [(name, schema, place) for schema in _pointed(located.document, located.schema, text(to))]
        return tuple(found)

    @cached_property
    def requested(self) -> tuple[Located, ...]:
        """Return every schema that has a part in what clients send: payloads, parameters, bodies, handshakes."""
        return tuple(found for document in self.bundle.documents for found in _requested(document, self.operations))

    @cached_property
    def schemas(self) -> tuple[Located, ...]:
        """Return every schema of all documents, nested ones included."""
        return tuple(
            Located(document, root.path + path, schema)
            for document in self.bundle.documents
            for root in schema_roots(document)
            for path, schema in within(root.schema)
        )


def _pointed(document: dict[str, Json], schema: Json, to: str) -> list[dict[str, Json]]:
    try:
        return [mapping(found) for found in schemas_at(document, schema, to)]
    except ValueError:
        return []  # no pointer, which is the finding of another rule


def _requested(document: dict[str, Json], operations: tuple[Operation, ...]) -> Iterator[Located]:
    """Follow what clients send from each operation and each handshake through every reference, once."""
    waiting: list[Path] = [root.path for root in schema_roots(document) if not root.name]
    for operation in operations:
        if operation.document is document:
            waiting += _request_paths(operation)
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for below, schema in within(_at(document, path), path):
            reference = schema.get("$ref")
            if isinstance(reference, str):
                waiting.append(_tokens(reference))
            else:
                yield Located(document, below, schema)


def _request_paths(operation: Operation) -> Iterator[Path]:
    match operation.direction:
        case Direction.EVENT_IN:
            yield from (("components", "messages", message.key, "payload") for message in operation.messages())
        case Direction.CALL:
            yield (*operation.path, "request")
        case Direction.REQUEST:
            roots = [("requestBody",)] if "requestBody" in operation.node else []
            listed = [*((*operation.path, *root) for root in roots)]
            for above in (operation.path, operation.path[:-1]):
                holder = mapping(_at(operation.document, above))
                listed += [(*above, "parameters", index) for index in range(len(sequence(holder.get("parameters"))))]
            for path in listed:
                holder = mapping(_at(operation.document, path))
                if "$ref" in holder:
                    path = _tokens(text(holder["$ref"]))
                    holder = mapping(_at(operation.document, path))
                if "schema" in holder:
                    yield (*path, "schema")
                yield from ((*path, "content", kind, "schema") for kind in mapping(holder.get("content")))


def _tokens(reference: str) -> Path:
    try:
        return tuple(pointer.split(reference.removeprefix("#")))
    except ValueError:
        return ()


def _at(document: Json, path: Path) -> Json:
    for token in path:
        _, document = pointer.step(document, str(token))
    return document
