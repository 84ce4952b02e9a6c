"""Validation against what AsyncAPI and OpenAPI say of their documents, and of the catalogue against our own schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import jsonschema_rs

from palaver_codegen.documents import pointer
from palaver_codegen.documents.bundle import Bundle
from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.tree import Json, mapping, place_in, plain, text
from palaver_codegen.documents.violations import shorten, violations, where

ASYNCAPI_VERSIONS = ("3.0.0", "3.1.0")

_CATALOGUE_SCHEMA = {
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "required": ["status", "retryable", "description", "raised"],
        "properties": {
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "retryable": {"type": "boolean"},
            "description": {"type": "string", "minLength": 1},
            "raised": {"type": "string", "minLength": 1},
        },
    },
    "propertyNames": {"pattern": "^[A-Z][A-Z0-9_]*$"},
}


def validate(bundle: Bundle) -> list[Problem]:
    """Check the shape of everything in a bundle; the lint rules rely on it."""
    problems: list[Problem] = []
    if bundle.asyncapi is not None:
        problems += _asyncapi(bundle.asyncapi)
    if bundle.openapi is not None:
        problems += _openapi(bundle.openapi)
    catalogue = jsonschema_rs.validator_for(_CATALOGUE_SCHEMA)
    problems += violations(bundle.catalogue, catalogue.iter_errors(plain(bundle.catalogue)), "catalogue")
    return problems


def _asyncapi(document: dict[str, Json]) -> list[Problem]:
    version = text(document.get("asyncapi"))
    if version not in ASYNCAPI_VERSIONS:
        reason = f"AsyncAPI {version or 'of no version'} is not supported"
        remedy = f"write `asyncapi: {ASYNCAPI_VERSIONS[0]}`"
        return [Problem(place_in(document, "asyncapi"), "asyncapi-invalid", reason, remedy)]
    return violations(document, _asyncapi_validator(version).iter_errors(plain(document)), "asyncapi")


@cache
def _asyncapi_validator(version: str) -> jsonschema_rs.Validator:
    schema = json.loads((files(__package__) / "vendor" / f"asyncapi-{version}.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema)


def _openapi(document: dict[str, Json]) -> list[Problem]:
    # Imported here: it takes a third of a second, and a dialect may have no REST side.
    from openapi_spec_validator import OpenAPIV31SpecValidator

    version = text(document.get("openapi"))
    if not version.startswith("3.1."):
        reason = f"OpenAPI {version or 'of no version'} is not supported"
        return [Problem(place_in(document, "openapi"), "openapi-invalid", reason, "write `openapi: 3.1.0`")]
    problems = []
    try:
        for error in OpenAPIV31SpecValidator(mapping(plain(document))).iter_errors():
            path = _openapi_path(document, list(error.absolute_path), error.instance, error.message)
            reason = f"{where(path)}{shorten(error.message.splitlines()[0])}"
            place = pointer.place_at(document, path)
            problems.append(Problem(place, "openapi-invalid", reason, "see the OpenAPI 3.1 specification"))
    except Exception as error:
        # It raises several kinds on references, PointerToNowhere among them.
        reason = f"the validator gave up: {type(error).__name__}: {error}"
        problems.append(Problem(place_in(document, ""), "openapi-invalid", reason, "correct the references first"))
    return problems


_OPERATION = re.compile(r"'(?P<method>[a-z]+)'(?: operation)? in '(?P<url>[^']+)'")


def _openapi_path(document: dict[str, Json], path: list[str | int], instance: object, message: str) -> list[str | int]:
    """Return the path of an error in the document.

    The validator gives the paths of errors in schemas from the schema on, and none for what it says of a whole
    operation: it has to be found again by the value, or by the operation that the message names.
    """
    operation = _OPERATION.search(message)
    if operation is not None:
        return ["paths", operation["url"], operation["method"]]
    if _is_at(document, path, instance):
        return path
    return next((found for found in _holders(document, path, instance, [])), path)


def _holders(value: Json, path: list[str | int], instance: object, above: list[str | int]) -> Iterator[list[str | int]]:
    if _is_at(value, path, instance):
        yield above + path
    below: list[tuple[str | int, Json]] = []
    if isinstance(value, dict):
        below += value.items()
    elif isinstance(value, list):
        below += enumerate(value)
    for key, entry in below:
        yield from _holders(entry, path, instance, [*above, key])


def _is_at(value: Json, path: list[str | int], instance: object) -> bool:
    try:
        return pointer.find(value, pointer.join(path)) == instance
    except KeyError:
        return False
