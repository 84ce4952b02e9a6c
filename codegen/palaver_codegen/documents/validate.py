"""Validation against what AsyncAPI and OpenAPI say of their documents, and of the catalogue against our own schema."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import jsonschema_rs

from palaver_codegen.documents.bundle import Bundle
from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.schemas import schema_roots
from palaver_codegen.documents.tree import Json, place_in, plain, text
from palaver_codegen.documents.violations import violations

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
    return violations(document, _validator(f"asyncapi-{version}").iter_errors(plain(document)), "asyncapi")


def _openapi(document: dict[str, Json]) -> list[Problem]:
    version = text(document.get("openapi"))
    if not version.startswith("3.1."):
        reason = f"OpenAPI {version or 'of no version'} is not supported"
        return [Problem(place_in(document, "openapi"), "openapi-invalid", reason, "write `openapi: 3.1.0`")]
    problems = violations(document, _validator("openapi-3.1").iter_errors(plain(document)), "openapi")
    # It leaves the schemas in the document to the dialect that they are in.
    for root in schema_roots(document):
        problems += violations(document, _metaschema().iter_errors(plain(root.schema)), "openapi", root.path)
    return problems


@cache
def _validator(name: str) -> jsonschema_rs.Validator:
    schema = json.loads((files(__package__) / "vendor" / f"{name}.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema)


@cache
def _metaschema() -> jsonschema_rs.Validator:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return jsonschema_rs.validator_for({"$schema": dialect, "$ref": dialect}, validate_formats=True)
