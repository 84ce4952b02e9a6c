"""Rules that reading the documents finds, before there is anything for a check to look at; declared here.

They are found in `source`, `folder`, `overlay`, `bundle`, `protos` and `validate`.
"""

from __future__ import annotations

from palaver_codegen.documents.problems import Level
from palaver_codegen.documents.rules.rule import Rule, Scope


def _rule(name: str, title: str, reason: str, remedy: str, scope: Scope = Scope.READING) -> Rule:
    return Rule(name, Level.ERROR, scope, title, reason, remedy, fixed=scope is Scope.READING)


RULES = (
    _rule(
        "unknown-dialect",
        "A dialect that is named has a folder with documents",
        "There is nothing to look at.",
        "Correct the name, or name the folder that holds the dialects' folders with --spec.",
    ),
    _rule(
        "missing-document",
        "A dialect has a document, and its spec folder an error catalogue",
        "Everything is derived from asyncapi.yaml, openapi.yaml or grpc.yaml, and from common/errors.yaml.",
        "Write the file that the message names.",
    ),
    _rule(
        "yaml-syntax",
        "A document is a YAML mapping",
        "Nothing else can be known of it.",
        "Correct the syntax at the place where the parser stopped.",
    ),
    _rule(
        "duplicate-key",
        "A key is written once in a mapping",
        "YAML parsers silently keep one of the two, and not all of them the same.",
        "Remove or rename one of them.",
    ),
    _rule(
        "dangling-reference",
        "A reference leads to something in the dialect's files",
        "What it stands for is not known, and no file is fetched from elsewhere.",
        "Correct the path or the pointer; copy what is on another machine into the folder.",
    ),
    _rule(
        "overlay-invalid",
        "An overlay is one by the Overlay specification 1.0",
        "An action that is misread would leave out a meaning, silently.",
        "See the OpenAPI Overlay Specification, and docs for `x-palaver-document`.",
    ),
    _rule(
        "overlay-target",
        "The target of an overlay's action hits something that it can change",
        "The document has changed since, or the path is wrong: the action would do nothing.",
        "Correct the target.",
    ),
    _rule(
        "grpc-invalid",
        "The file grpc.yaml is in its own format",
        "It is Palaver's own; the message names the clause of its JSON Schema.",
        "Write it as documents/protos/grpc.schema.json says.",
    ),
    _rule(
        "proto-syntax",
        "A .proto file compiles",
        "The compiler of Protocol Buffers refuses it.",
        "Correct what the compiler names.",
    ),
    _rule(
        "proto-unknown",
        "What grpc.yaml names is in a .proto file",
        "An operation, a message or a field that does not exist cannot be given a meaning.",
        "Correct the name.",
    ),
    _rule(
        "proto-unsupported",
        "A .proto file uses only what can be told in a schema",
        "Streams, proto2 and some types of the standard have no form that every document can have.",
        "Use proto3, calls of one request and one answer, and fields of the types that the message names.",
    ),
    _rule(
        "proto-constraint",
        "A constraint of grpc.yaml stands where it can hold",
        "On a message, or on the items of a field that is not repeated, it would be lost.",
        "Write it where the field is declared.",
    ),
    _rule(
        "rpc-unannotated",
        "A call of a listed .proto file has an operation",
        "A call without a meaning is neither served nor judged.",
        "Add the operation to grpc.yaml, or remove the rpc.",
    ),
    _rule(
        "asyncapi-invalid",
        "An AsyncAPI document is valid by AsyncAPI's own schema",
        "Other tools refuse it.",
        "See the AsyncAPI 3 specification; the message names the clause of its schema.",
        Scope.STANDARD,
    ),
    _rule(
        "openapi-invalid",
        "An OpenAPI document is valid by OpenAPI's own schema",
        "Other tools refuse it.",
        "See the OpenAPI 3.1 specification; the message names the clause of its schema.",
        Scope.STANDARD,
    ),
    _rule(
        "catalogue-invalid",
        "The error catalogue has of each code its status, meaning and cause",
        "Servers answer, clients retry and readers learn by it.",
        "Write `CODE: {status: 404, retryable: false, description: …, raised: …}`.",
        Scope.STANDARD,
    ),
    _rule(
        "settings-invalid",
        "The linter's settings name rules and levels that there are",
        "A setting that is mistyped has no effect.",
        "See docs/howto/lint-documents.md.",
    ),
    _rule(
        "suppression-invalid",
        "A suppression names a rule that can be suppressed, and gives a reason",
        "Whoever comes later has to know whether it may go.",
        "Write `# palaver: ignore[rule-id] reason`.",
    ),
    Rule(
        "suppression-unused",
        Level.WARNING,
        Scope.STANDARD,
        title="A suppression suppresses something",
        reason="What it was for is mended, and it would hide the next finding of that rule.",
        remedy="Remove it.",
        fixed=True,
    ),
)
