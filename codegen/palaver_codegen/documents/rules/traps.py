"""Rules about schema keywords: only what JSON Schema draft-07 (AsyncAPI) and 2020-12 (OpenAPI 3.1) both mean alike.

A keyword that one of them does not know is silently ignored there, so that a schema which both documents use would
allow different things in each.
"""

from __future__ import annotations

from collections.abc import Iterator

import jsonschema_rs

from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.rules.subject import Located, Subject

_TRAPS = {
    "nullable": "it is OpenAPI 3.0, and ignored; write `type: [<type>, 'null']`",
    "prefixItems": "draft-07 does not know it; make it an object, or a list of one type",
    "additionalItems": "2020-12 does not know it",
    "dependencies": "2020-12 does not know it; require the fields together in a schema of their own",
    "dependentRequired": "draft-07 does not know it",
    "dependentSchemas": "draft-07 does not know it",
    "unevaluatedProperties": "draft-07 does not know it; use additionalProperties: false on one flat schema",
    "unevaluatedItems": "draft-07 does not know it",
    "minContains": "draft-07 does not know it",
    "maxContains": "draft-07 does not know it",
    "$dynamicRef": "draft-07 does not know it",
    "$recursiveRef": "it is neither draft-07 nor 2020-12",
    "$anchor": "draft-07 does not know it",
    "$id": "it changes what references mean; name the schema by its key",
}
# What may stand beside a reference: both drafts ignore them.
_HARMLESS = frozenset({"$ref", "$comment"})


def keywords(subject: Subject) -> Iterator[Problem]:
    """Refuse keywords that the two drafts do not share, or understand differently."""
    for located in subject.schemas:
        schema = located.schema
        for keyword, remedy in _TRAPS.items():
            if keyword in schema:
                yield _trap(located, keyword, f"{keyword!r} is not shared by draft-07 and 2020-12", remedy)
        if isinstance(schema.get("items"), list):
            reason = "the array form of 'items' means a tuple in draft-07 and nothing in 2020-12"
            yield _trap(located, "items", reason, "make it an object, or a list of one type")
        for bound in ("exclusiveMinimum", "exclusiveMaximum"):
            if isinstance(schema.get(bound), bool):
                yield _trap(located, bound, f"a boolean {bound!r} is draft-04", "write the bound itself")


def siblings(subject: Subject) -> Iterator[Problem]:
    """Refuse keywords beside `$ref` in AsyncAPI: draft-07 ignores them."""
    for located in subject.schemas:
        if located.document is not subject.bundle.asyncapi or "$ref" not in located.schema:
            continue
        for keyword in located.schema:
            if keyword not in _HARMLESS:
                reason = f"{keyword!r} beside '$ref' is ignored in draft-07"
                remedy = "put it into the schema that is referred to, or into one of its own"
                yield Problem(located.place(keyword), "ref-siblings", reason, remedy)


def patterns(subject: Subject) -> Iterator[Problem]:
    """Refuse a pattern that does not compile without look-around and back references.

    Generated models use Rust's regular expressions, which match in linear time whatever a client sends.
    """
    options = jsonschema_rs.RegexOptions()
    for located in subject.schemas:
        pattern = located.schema.get("pattern")
        if isinstance(pattern, str):
            try:
                jsonschema_rs.validator_for({"pattern": pattern}, pattern_options=options)
            except ValueError:
                reason = f"{pattern!r} is not a regular expression that every validator understands"
                yield Problem(located.place("pattern"), "pattern-invalid", reason, "use neither look-around nor \\1")


def _trap(located: Located, keyword: str, reason: str, remedy: str) -> Problem:
    return Problem(located.place(keyword), "schema-keyword", reason, remedy)
