"""Rules about messages: which an operation carries, and what its event is called."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents import pointer
from palaver_codegen.documents.hoist import is_model
from palaver_codegen.documents.operations import Direction, Operation
from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.schemas import Path, resolve
from palaver_codegen.documents.tree import Json, mapping, sequence, text

# The Socket.IO client raises these itself and refuses to send them: https://socket.io/docs/v4/emit-cheatsheet/
RESERVED = frozenset({"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})

MESSAGE_CHANNEL = Rule(
    "message-channel",
    Level.ERROR,
    Scope.STANDARD,
    title="A message of an operation is a message of its channel",
    reason="AsyncAPI 3 asks for it, and its own schema cannot say so.",
    remedy="Refer to `#/channels/<channel>/messages/…`, and list the message there.",
)
MESSAGE_COUNT = Rule(
    "message-count",
    Level.ERROR,
    Scope.READING,
    title="An operation carries one message",
    reason="Handlers, types and scenarios are made for each operation: with two events in one, none of them "
    "would know which.",
    remedy="Make an operation for each event.",
)
REPLY_COUNT = Rule(
    "reply-count",
    Level.ERROR,
    Scope.READING,
    title="A reply has one answer that says yes, and one that says no",
    reason="With two the client cannot tell which of them it got.",
    remedy="Make one schema of them, or mark the refusal with `x-chat: {entity: error}`.",
)
EVENT_NAMELESS = Rule(
    "event-nameless",
    Level.ERROR,
    Scope.READING,
    title="An event has a name",
    reason="`message.name` is what goes over the wire.",
    remedy="Add `name: <event>` to the message.",
)
EVENT_RESERVED = Rule(
    "event-reserved",
    Level.ERROR,
    Scope.READING,
    title="An event has no name that Socket.IO keeps for itself",
    reason="The client raises connect, disconnect and the like itself, and refuses to send them.",
    remedy="Choose another name.",
)
EVENT_DUPLICATE = Rule(
    "event-duplicate",
    Level.ERROR,
    Scope.READING,
    title="An event belongs to one operation of a direction",
    reason="The receiver chooses the handler by the event's name alone.",
    remedy="Rename one event, or join the operations.",
)
NOT_AN_OBJECT = Rule(
    "not-an-object",
    Level.ERROR,
    Scope.HOUSE,
    title="A payload, an answer and a body are objects of known properties",
    reason="Only objects can grow a field without breaking whoever reads them, and only they become models.",
    remedy="Wrap it in an object schema with properties.",
)


@check(MESSAGE_CHANNEL)
def channel(subject: Subject) -> Iterator[Problem]:
    """Check that messages, and those of a reply, are messages of the channel that the operation names."""
    for operation in subject.events():
        own = _channel(operation)
        reply = mapping(operation.node.get("reply"))
        answered = text(mapping(reply.get("channel")).get("$ref")) or own
        yield from _outside(operation, ("messages",), operation.node, own)
        yield from _outside(operation, ("reply", "messages"), reply, answered)


@check(MESSAGE_COUNT, REPLY_COUNT)
def count(subject: Subject) -> Iterator[Problem]:
    """Check that an operation carries one message and has one answer at most that says yes, and one acknowledged no."""
    for operation in subject.events():
        messages = sequence(operation.node.get("messages"))
        if len(messages) != 1:
            reason = f"{operation.key!r} has {len(messages)} messages"
            remedy = "make an operation for each event"
            yield MESSAGE_COUNT.at(operation.place("messages"), reason, remedy)
        acknowledgements = [reply for reply in operation.refusals() if operation.acknowledged(reply)]
        for found, answer in ((operation.answers(), "success"), (acknowledgements, "refusal")):
            if len(found) > 1:
                reason = f"{operation.key!r} has {len(found)} answers of {answer}"
                place = operation.place("reply", "messages")
                yield REPLY_COUNT.at(place, reason, "make one schema of them, or mark the refusal with x-chat")


@check(EVENT_NAMELESS, EVENT_RESERVED)
def name(subject: Subject) -> Iterator[Problem]:
    """Check that an event has a name, and not one that Socket.IO keeps for itself."""
    for operation in subject.events():
        socketio = "x-socketio" in mapping(resolve(operation.document, operation.node.get("channel")))
        for message in operation.messages():
            if message.payload is None:
                continue  # it does not exist, which is another rule's finding
            place = _name_place(operation, message.key)
            if not message.name:
                yield EVENT_NAMELESS.at(place, f"message {message.key!r} has no name", "add `name: <event>`")
            elif socketio and message.name in RESERVED:
                reason = f"{message.name!r} is a reserved event name of Socket.IO"
                yield EVENT_RESERVED.at(place, reason, "choose another name")


@check(EVENT_DUPLICATE)
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
                yield EVENT_DUPLICATE.at(operation.place("messages", 0, "$ref"), reason, remedy)


@check(NOT_AN_OBJECT)
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
                yield NOT_AN_OBJECT.at(place, reason, "wrap it in an object schema with properties")


def _outside(operation: Operation, path: Path, holder: dict[str, Json], expected: str) -> Iterator[Problem]:
    for index, item in enumerate(sequence(holder.get("messages"))):
        reference = text(mapping(item).get("$ref"))
        if not reference.startswith(f"{expected}/messages/"):
            reason = f"{reference or 'an inline message'} is not a message of {expected}"
            remedy = f"refer to {expected}/messages/…, and list the message there"
            yield MESSAGE_CHANNEL.at(operation.place(*path, index, "$ref"), reason, remedy)


def _channel(operation: Operation) -> str:
    return text(mapping(operation.node.get("channel")).get("$ref"))


def _name_place(operation: Operation, key: str) -> Place:
    """Return the place of a message's name: in the component, wherever the operation refers to it from."""
    return pointer.place_at(operation.document, ("components", "messages", key, "name"))
