"""Rules about names: what is different in the documents stays different in generated code."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from palaver_codegen.documents import pointer
from palaver_codegen.documents.operations import Direction, Operation
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import Json, mapping, plain
from palaver_codegen.names import constant, method, pascal, snake

NAME_COLLISION = Rule(
    "name-collision",
    Level.ERROR,
    Scope.HOUSE,
    title="Different things have different names in generated code",
    reason="Names of events, operations and schemas become names in Python and TypeScript, where `a-b` and `a_b` "
    "are one.",
    remedy="Rename one of the two.",
    fixed=True,
)


@check(NAME_COLLISION)
def operations(subject: Subject) -> Iterator[Problem]:
    """Check that no two events of a direction, requests or calls get one name in Python."""
    kinds: tuple[tuple[Direction, Callable[[str], str]], ...] = (
        (Direction.EVENT_IN, snake),
        (Direction.EVENT_OUT, constant),
        (Direction.REQUEST, snake),
        (Direction.CALL, method),
    )
    for direction, rename in kinds:
        first: dict[str, tuple[str, Operation]] = {}
        for operation in subject.operations:
            if operation.direction is not direction:
                continue
            given = _name(operation)
            other_name, other = first.setdefault(rename(given), (given, operation))
            # The same name twice is the finding of another rule.
            if other is not operation and other_name != given:
                reason = f"{given!r} and {other_name!r} would both be {rename(given)!r} in Python"
                yield NAME_COLLISION.at(operation.place(), reason, "rename one of them")


@check(NAME_COLLISION)
def schemas(subject: Subject) -> Iterator[Problem]:
    """Check that a model's name has one definition, in whichever documents it is."""
    first: dict[str, Json] = {}
    for document in subject.bundle.documents:
        for name, schema in mapping(mapping(document.get("components")).get("schemas")).items():
            if first.setdefault(pascal(name), plain(schema)) != plain(schema):
                reason = f"the model {pascal(name)!r} has two definitions"
                place = pointer.place_at(document, ("components", "schemas", name))
                remedy = "rename one, or define it once, in a file that the documents refer to"
                yield NAME_COLLISION.at(place, reason, remedy)
    for operation in subject.operations:
        name = f"{pascal(operation.key)}Parameters"
        if operation.direction is Direction.REQUEST and name in first:
            reason = f"the model of this operation's parameters would be called {name!r}, as a schema is"
            yield NAME_COLLISION.at(operation.place(), reason, "rename the schema or the operation")


def _name(operation: Operation) -> str:
    messages = operation.messages()
    return messages[0].name if messages else operation.key
