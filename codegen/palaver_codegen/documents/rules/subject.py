"""What a lint rule looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from palaver_codegen.documents import pointer
from palaver_codegen.documents.bundle import Bundle
from palaver_codegen.documents.operations import Direction, Operation, operations
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.schemas import Path, schema_roots, within
from palaver_codegen.documents.tree import Json
from palaver_codegen.documents.vocabulary import Vocabulary, vocabulary


@dataclass(frozen=True)
class Located:
    """A schema, the document that it is in, and where."""

    document: dict[str, Json]
    path: Path
    schema: dict[str, Json]

    def place(self, *tokens: str | int) -> Place:
        """Return the place of the schema, or of something in it."""
        return pointer.place_at(self.document, (*self.path, *tokens))


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

    @cached_property
    def schemas(self) -> tuple[Located, ...]:
        """Return every schema of all documents, nested ones included."""
        return tuple(
            Located(document, root.path + path, schema)
            for document in self.bundle.documents
            for root in schema_roots(document)
            for path, schema in within(root.schema)
        )
