"""The rule that examples are true: every example and default is valid against its own schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import jsonschema_rs

from palaver_codegen.documents import pointer
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.schemas import Path, schema_roots, within
from palaver_codegen.documents.tree import Json, entries, mapping, plain, sequence

EXAMPLE_INVALID = Rule(
    "example-invalid",
    Level.ERROR,
    Scope.STANDARD,
    title="An example is valid against its own schema",
    reason="Readers copy examples, a mock server answers with them, and whoever wrote one meant it.",
    remedy="Correct the example, or the schema.",
)
DEFAULT_INVALID = Rule(
    "default-invalid",
    Level.ERROR,
    Scope.STANDARD,
    title="A default is valid against its own schema",
    reason="A server that fills it in would refuse the same value from a client.",
    remedy="Correct the default, or the schema.",
)


@dataclass(frozen=True)
class _Example:
    """A value and its path, and the path of the schema that it is to satisfy."""

    path: Path
    value: Json
    schema: Path


@check(EXAMPLE_INVALID, DEFAULT_INVALID)
def examples(subject: Subject) -> Iterator[Problem]:
    """Check every example of schemas, messages, parameters and bodies."""
    for document in subject.bundle.documents:
        asyncapi = document is subject.bundle.asyncapi
        draft = jsonschema_rs.Draft7 if asyncapi else jsonschema_rs.Draft202012
        # A name for the document, so that its own internal references resolve.
        registry = jsonschema_rs.Registry([(_NAME, plain(document))], draft=draft)
        found = list(_found(document))
        wrong = _all_at_once(found, registry, _DIALECT[asyncapi])
        if wrong is not None:
            # Most documents have no finding: then this is all.
            found = [example for number, example in enumerate(found) if number in wrong]
        validators: dict[Path, jsonschema_rs.Validator | None] = {}
        for example in found:
            if example.schema not in validators:
                validators[example.schema] = _validator(example.schema, registry, _DIALECT[asyncapi])
            validator = validators[example.schema]
            if validator is not None:
                yield from _errors(document, example, validator)


def _all_at_once(found: list[_Example], registry: jsonschema_rs.Registry, dialect: str) -> set[int] | None:
    """Return the numbers of the examples that are not valid, by one schema for all; None if some schema is none.

    To make a validator for each takes ten times as long.
    """
    whole = {
        "$schema": dialect,
        "properties": {f"n{number}": {"$ref": _reference(example.schema)} for number, example in enumerate(found)},
    }
    try:
        validator = jsonschema_rs.validator_for(whole, registry=registry, validate_formats=True)
    except ValueError:
        return None
    values = {f"n{number}": plain(example.value) for number, example in enumerate(found)}
    return {int(str(error.instance_path[0])[1:]) for error in validator.iter_errors(values)}


def _reference(schema: Path) -> str:
    return f"{_NAME}#{quote(pointer.join(schema), safe='/~')}"


_NAME = "bundle:document"
_DIALECT = {True: "http://json-schema.org/draft-07/schema#", False: "https://json-schema.org/draft/2020-12/schema"}


def _validator(schema: Path, registry: jsonschema_rs.Registry, dialect: str) -> jsonschema_rs.Validator | None:
    """Return a validator for a schema of the registered document, None if that is itself no schema."""
    try:
        return jsonschema_rs.validator_for(
            {"$schema": dialect, "$ref": _reference(schema)}, registry=registry, validate_formats=True
        )
    except ValueError:
        return None  # a dangling reference or a keyword with a wrong value: the finding of another rule


def _errors(document: dict[str, Json], example: _Example, validator: jsonschema_rs.Validator) -> Iterator[Problem]:
    for error in validator.iter_errors(plain(example.value)):
        where = pointer.join(error.instance_path)
        default = example.path[-1] == "default"
        what, rule = ("default", DEFAULT_INVALID) if default else ("example", EXAMPLE_INVALID)
        reason = f"the {what} is not valid{f' at {where}' if where else ''}: {error.message}"
        place = pointer.place_at(document, (*example.path, *error.instance_path))
        yield rule.at(place, reason, f"correct the {what}, or the schema")


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
