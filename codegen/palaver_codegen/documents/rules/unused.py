"""Rules about what nobody needs: components that nothing refers to, messages that no operation carries."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import Json, entries, mapping, sequence, text

COMPONENT_UNUSED = Rule(
    "component-unused",
    Level.WARNING,
    Scope.STANDARD,
    title="Something refers to a component",
    reason="Types are generated of it and readers study it, for nothing.",
    remedy="Refer to it, or remove it.",
)
MESSAGE_IDLE = Rule(
    "message-idle",
    Level.WARNING,
    Scope.STANDARD,
    title="An operation carries a message of a channel",
    reason="A channel promises each of its messages; one that no operation has is neither sent nor expected.",
    remedy="Add the operation, or remove the message from the channel.",
)


@check(COMPONENT_UNUSED)
def components(subject: Subject) -> Iterator[Problem]:
    """Find components that nothing refers to; those of gRPC are what the .proto files have."""
    for document in (subject.bundle.asyncapi, subject.bundle.openapi):
        if document is None:
            continue
        used = _references(document)
        # A scheme is required by its name.
        used |= {f"#/components/securitySchemes/{name}" for name in _schemes(document)}
        for section, members in entries(document.get("components")):
            for name in members:
                if f"#/components/{section}/{name}" not in used:
                    place = subject.place(document, "components", section, name)
                    reason = f"nothing refers to {name!r} of {section}"
                    yield COMPONENT_UNUSED.at(place, reason, "refer to it, or remove it")


@check(MESSAGE_IDLE)
def messages(subject: Subject) -> Iterator[Problem]:
    """Find messages of channels that no operation carries, nor any reply."""
    document = subject.bundle.asyncapi
    if document is None:
        return
    carried = _references(document.get("operations"))
    for channel, node in entries(document.get("channels")):
        for name, message in mapping(node.get("messages")).items():
            # Some refer to the component instead, which is the finding of another rule.
            component = text(mapping(message).get("$ref"))
            if f"#/channels/{channel}/messages/{name}" not in carried and component not in carried:
                place = subject.place(document, "channels", channel, "messages", name)
                reason = f"no operation carries {name!r}"
                yield MESSAGE_IDLE.at(place, reason, "add the operation, or remove the message here")


def _references(value: Json) -> set[str]:
    """Return every internal reference at or below a value, and those to what it lies in: a part uses the whole."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str):
                found.add(reference)
                tokens = reference.split("/")
                found.add("/".join(tokens[:4]))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return found


def _schemes(document: dict[str, Json]) -> set[str]:
    holders = [document, *(node for _, item in entries(document.get("paths")) for _, node in entries(item))]
    return {
        name for holder in holders for requirement in sequence(holder.get("security")) for name in mapping(requirement)
    } | {text(server.get("security")) for _, server in entries(document.get("servers"))}
