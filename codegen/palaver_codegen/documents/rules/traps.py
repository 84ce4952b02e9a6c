"""Rules about schema keywords: only what JSON Schema draft-07 (AsyncAPI) and 2020-12 (OpenAPI 3.1) both mean alike.

A keyword that one of them does not know is silently ignored there, so that a schema which both documents use would
allow different things in each.
"""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Located, Subject
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, mapping, sequence, text

SCHEMA_KEYWORD = Rule(
    "schema-keyword",
    Level.ERROR,
    Scope.HOUSE,
    title="A schema uses only keywords that draft-07 and 2020-12 share",
    reason="AsyncAPI reads schemas as draft-07, OpenAPI 3.1 as 2020-12. A keyword that one of them does not know is "
    "silently ignored there, so that a schema that both use would allow different things in each.",
    remedy="Say the same with keywords that both know; the message names them.",
)
REF_SIBLINGS = Rule(
    "ref-siblings",
    Level.ERROR,
    Scope.STANDARD,
    title="In AsyncAPI nothing stands beside $ref",
    reason="Draft-07 ignores whatever is beside a reference.",
    remedy="Put it into the schema that is referred to, or into one of its own.",
)
DISCRIMINATOR_FORM = Rule(
    "discriminator-form",
    Level.ERROR,
    Scope.HOUSE,
    title="The members of a union are told apart by const tags, not by a discriminator",
    reason="AsyncAPI writes `discriminator` as a string and OpenAPI as an object, so that a shared schema is wrong in "
    "one of them; and no validator looks at it in either.",
    remedy="Give each member of the `oneOf` one required property with a `const` of its own, and remove the word.",
)
UNION_UNTAGGED = Rule(
    "union-untagged",
    Level.WARNING,
    Scope.HOUSE,
    title="The objects of a union can be told apart",
    reason="Without a tag a reader has to try one form after the other, and an error names each of them.",
    remedy="Give every member one required property of the same name, with a `const` of its own.",
)
KEYWORD_UNENFORCED = Rule(
    "keyword-unenforced",
    Level.WARNING,
    Scope.HOUSE,
    title="In requests stand only keywords that generated models enforce",
    reason="What the document promises and the generated model does not check is let in, until a handler checks it.",
    remedy="Say it by other keywords, or suppress the finding with the reason why the handler checks it.",
)

_TRAPS = {
    "definitions": "2020-12 does not know it; define the schema in components.schemas",
    "$defs": "draft-07 does not know it; define the schema in components.schemas",
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


@check(SCHEMA_KEYWORD)
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


@check(REF_SIBLINGS)
def siblings(subject: Subject) -> Iterator[Problem]:
    """Refuse keywords beside `$ref` in AsyncAPI: draft-07 ignores them."""
    for located in subject.schemas:
        if located.document is not subject.bundle.asyncapi or "$ref" not in located.schema:
            continue
        for keyword in located.schema:
            if keyword not in _HARMLESS:
                reason = f"{keyword!r} beside '$ref' is ignored in draft-07"
                remedy = "put it into the schema that is referred to, or into one of its own"
                yield REF_SIBLINGS.at(located.place(keyword), reason, remedy)


@check(DISCRIMINATOR_FORM)
def discriminators(subject: Subject) -> Iterator[Problem]:
    """Refuse the word that each format writes in another form."""
    for located in subject.schemas:
        if "discriminator" in located.schema:
            form = "a string" if located.document is subject.bundle.asyncapi else "an object"
            reason = f"'discriminator' is {form} here, and not in the other format"
            yield DISCRIMINATOR_FORM.at(located.place("discriminator"), reason, "use `const` tags, and remove it")


@check(UNION_UNTAGGED)
def unions(subject: Subject) -> Iterator[Problem]:
    """Check that the members of a union that are objects have a tag in common."""
    for located in subject.schemas:
        for word in ("oneOf", "anyOf"):
            members = [mapping(resolve(located.document, item)) for item in sequence(located.schema.get(word))]
            objects = [member for member in members if member.get("type") == "object"]
            if len(objects) > 1 and not _tags(located.document, objects):
                reason = f"the {len(objects)} objects of this union have no tag in common"
                remedy = "give each a required property of the same name, with a `const` of its own"
                yield UNION_UNTAGGED.at(located.place(word), reason, remedy)


def _tags(document: Json, members: list[dict[str, Json]]) -> set[str]:
    """Return the properties that are required in every member, and a constant of its own in each."""
    found: set[str] = set()
    for name in set.intersection(*({text(item) for item in sequence(each.get("required"))} for each in members)):
        properties = [resolve(document, mapping(each.get("properties")).get(name)) for each in members]
        constants = [repr(mapping(schema).get("const")) for schema in properties if "const" in mapping(schema)]
        if len(set(constants)) == len(members):
            found.add(name)
    return found


_UNENFORCED = ("uniqueItems", "contains", "not", "if", "contentEncoding", "contentMediaType")
# A dict has these bounds; a model of known properties does not.
_UNENFORCED_OF_MODELS = ("minProperties", "maxProperties")


@check(KEYWORD_UNENFORCED)
def unenforced(subject: Subject) -> Iterator[Problem]:
    """Find keywords of requests that the generated models leave out."""
    for located in subject.requested:
        words = _UNENFORCED + (_UNENFORCED_OF_MODELS if located.schema.get("properties") else ())
        for keyword in words:
            if located.schema.get(keyword, False) is not False:
                reason = f"generated models do not enforce {keyword!r}"
                remedy = "say it by other keywords, or suppress this with the reason why the handler checks it"
                yield KEYWORD_UNENFORCED.at(located.place(keyword), reason, remedy)


def _trap(located: Located, keyword: str, reason: str, remedy: str) -> Problem:
    return SCHEMA_KEYWORD.at(located.place(keyword), reason, remedy)
