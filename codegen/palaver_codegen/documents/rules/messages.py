"""Rules about messages: which an operation carries, and what its event is called."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents import pointer
from palaver_codegen.documents.hoist import is_model
from palaver_codegen.documents.operations import Direction, Operation
from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.schemas import Path, resolve
from palaver_codegen.documents.tree import Json, mapping, sequence, text

# The Socket.IO client raises these itself and refuses to send them: https://socket.io/docs/v4/emit-cheatsheet/
RESERVED = frozenset({"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})


def channel(subject: Subject) -> Iterator[Problem]:
    """Check that messages, and those of a reply, are messages of the channel that the operation names."""
    for operation in subject.events():
        own = _channel(operation)
        reply = mapping(operation.node.get("reply"))
        answered = text(mapping(reply.get("channel")).get("$ref")) or own
        yield from _outside(operation, ("messages",), operation.node, own)
        yield from _outside(operation, ("reply", "messages"), reply, answered)


def count(subject: Subject) -> Iterator[Problem]:
    """Check that an operation carries one message and has one answer at most that says yes, and one acknowledged no."""
    for operation in subject.events():
        messages = sequence(operation.node.get("messages"))
        if len(messages) != 1:
            reason = f"{operation.key!r} has {len(messages)} messages"
            remedy = "make an operation for each event"
            yield Problem(operation.place("messages"), "message-count", reason, remedy)
        acknowledgements = [reply for reply in operation.refusals() if operation.acknowledged(reply)]
        for found, answer in ((operation.answers(), "success"), (acknowledgements, "refusal")):
            if len(found) > 1:
                reason = f"{operation.key!r} has {len(found)} answers of {answer}"
                place = operation.place("reply", "messages")
                yield Problem(place, "reply-count", reason, "make one schema of them, or mark the refusal with x-chat")


def name(subject: Subject) -> Iterator[Problem]:
    """Check that an event has a name, and not one that Socket.IO keeps for itself."""
    for operation in subject.events():
        socketio = "x-socketio" in mapping(resolve(operation.document, operation.node.get("channel")))
        for message in operation.messages():
            if message.payload is None:
                continue  # it does not exist, which is another rule's finding
            place = _name_place(operation, message.key)
            if not message.name:
                yield Problem(place, "event-nameless", f"message {message.key!r} has no name", "add `name: <event>`")
            elif socketio and message.name in RESERVED:
                reason = f"{message.name!r} is a reserved event name of Socket.IO"
                yield Problem(place, "event-reserved", reason, "choose another name")


def duplicate(subject: Subject) -> Iterator[Problem]:
    """No two operations of one channel and direction have the same event."""
    seen: dict[tuple[str, Direction, str], Operation] = {}
    for operation in subject.events():
        for message in operation.messages():
            key = (_channel(operation), operation.direction, message.name)
            other = seen.setdefault(key, operation)
            if other is not operation and message.name:
                reason = f"event {message.name!r} is also that of {other.key!r} ({other.place()})"
                remedy = "rename one event, or join the operations"
                yield Problem(operation.place("messages", 0, "$ref"), "event-duplicate", reason, remedy)


def shape(subject: Subject) -> Iterator[Problem]:
    """Check that whatever becomes a model is one object: payloads, acknowledgements, bodies."""
    for operation in subject.operations:
        carried: list[tuple[Place, Json]] = []
        for message in (*operation.messages(), *operation.replies()):
            if message.payload is not None:
                path = ("components", "messages", message.key, "payload")
                carried.append((pointer.place_at(operation.document, path), message.payload))
        if operation.body() is not None:
            carried.append((operation.place("requestBody"), operation.body()))
        for status, schema in operation.responses().items():
            if schema is not None and status.startswith("2"):
                carried.append((operation.place("responses", status), schema))
        for place, schema in carried:
            if not is_model(resolve(operation.document, schema)):
                reason = f"{operation.key!r} carries something that is not an object of known properties"
                yield Problem(place, "not-an-object", reason, "wrap it in an object schema with properties")


def _outside(operation: Operation, path: Path, holder: dict[str, Json], expected: str) -> Iterator[Problem]:
    for index, item in enumerate(sequence(holder.get("messages"))):
        reference = text(mapping(item).get("$ref"))
        if not reference.startswith(f"{expected}/messages/"):
            reason = f"{reference or 'an inline message'} is not a message of {expected}"
            remedy = f"refer to {expected}/messages/…, and list the message there"
            yield Problem(operation.place(*path, index, "$ref"), "message-channel", reason, remedy)


def _channel(operation: Operation) -> str:
    return text(mapping(operation.node.get("channel")).get("$ref"))


def _name_place(operation: Operation, key: str) -> Place:
    """Return the place of a message's name: in the component, wherever the operation refers to it from."""
    return pointer.place_at(operation.document, ("components", "messages", key, "name"))
