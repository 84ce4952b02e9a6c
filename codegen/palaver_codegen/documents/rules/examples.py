"""The rule that examples are true: every example and default is valid against its own schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import jsonschema_rs

from palaver_codegen.documents import pointer
from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.schemas import Path, schema_roots, within
from palaver_codegen.documents.tree import Json, entries, mapping, plain, sequence


@dataclass(frozen=True)
class _Example:
    """A value and its path, and the path of the schema that it is to satisfy."""

    path: Path
    value: Json
    schema: Path


def examples(subject: Subject) -> Iterator[Problem]:
    """Check every example of schemas, messages, parameters and bodies."""
    for document in subject.bundle.documents:
        asyncapi = document is subject.bundle.asyncapi
        draft = jsonschema_rs.Draft7 if asyncapi else jsonschema_rs.Draft202012
        # A name for the document, so that its own internal references resolve.
        registry = jsonschema_rs.Registry([(_NAME, plain(document))], draft=draft)
        validators: dict[Path, jsonschema_rs.Validator | None] = {}
        for example in _found(document):
            if example.schema not in validators:
                validators[example.schema] = _validator(example.schema, registry, _DIALECT[asyncapi])
            validator = validators[example.schema]
            if validator is not None:
                yield from _errors(document, example, validator)


_NAME = "bundle:document"
_DIALECT = {True: "http://json-schema.org/draft-07/schema#", False: "https://json-schema.org/draft/2020-12/schema"}


def _validator(schema: Path, registry: jsonschema_rs.Registry, dialect: str) -> jsonschema_rs.Validator | None:
    """Return a validator for a schema of the registered document, None if that is itself no schema."""
    fragment = quote(pointer.join(schema), safe="/~")
    try:
        return jsonschema_rs.validator_for(
            {"$schema": dialect, "$ref": f"{_NAME}#{fragment}"}, registry=registry, validate_formats=True
        )
    except ValueError:
        return None  # a dangling reference or a keyword with a wrong value: the finding of another rule


def _errors(document: dict[str, Json], example: _Example, validator: jsonschema_rs.Validator) -> Iterator[Problem]:
    for error in validator.iter_errors(plain(example.value)):
        where = pointer.join(error.instance_path)
        reason = f"the example is not valid{f' at {where}' if where else ''}: {error.message}"
        place = pointer.place_at(document, (*example.path, *error.instance_path))
        yield Problem(place, "example-invalid", reason, "correct the example, or the schema")


def _found(document: dict[str, Json]) -> Iterator[_Example]:
    for root in schema_roots(document):
        for path, schema in within(root.schema, root.path):
            for index, value in enumerate(sequence(schema.get("examples"))):
                yield _Example((*path, "examples", index), value, path)
            for key in ("example", "default"):
                if key in schema:
                    yield _Example((*path, key), schema[key], path)
        yield from _beside(root.holder, root.path)
    for key, message in entries(mapping(document.get("components")).get("messages")):
        at: Path = ("components", "messages", key)
        for index, example in enumerate(sequence(message.get("examples"))):
            for part in ("payload", "headers"):
                if part in mapping(example) and part in message:
                    yield _Example((*at, "examples", index, part), mapping(example)[part], (*at, part))


def _beside(holder: dict[str, Json], schema: Path) -> Iterator[_Example]:
    """Yield the examples beside a schema, as parameters, headers and media types of OpenAPI have them."""
    if schema[-1] != "schema":
        return
    above = schema[:-1]
    if "example" in holder:
        yield _Example((*above, "example"), holder["example"], schema)
    for name, example in entries(holder.get("examples")):
        if "value" in example:
            yield _Example((*above, "examples", name, "value"), example["value"], schema)
