"""What can happen in a dialect: its events, requests and calls, read from all documents into one shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from palaver_codegen.documents import pointer
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.schemas import METHODS, Path, resolve
from palaver_codegen.documents.tree import Json, entries, mapping, sequence, text

_REFUSAL = "session.error"
"""What the event means by which a server says no."""


class Direction(StrEnum):
    """Who sends what the operation describes."""

    EVENT_IN = "receive"
    EVENT_OUT = "send"
    REQUEST = "request"
    CALL = "call"


@dataclass(frozen=True)
class Message:
    """A message of an AsyncAPI operation: its component key, its event name and its payload's schema."""

    key: str
    name: str
    payload: Json


class Sent:
    """What the server sends by the operations of a document, looked through once for all of them."""

    def __init__(self, document: dict[str, Json]) -> None:
        self._document = document

    @cached_property
    def by_message(self) -> dict[str, Operation]:
        """The first operation that sends a message, by the message's component key."""
        found: dict[str, Operation] = {}
        for operation in operations(self._document):
            if operation.direction is Direction.EVENT_OUT:
                for item in sequence(operation.node.get("messages")):
                    found.setdefault(_key(item), operation)
        return found


@dataclass(frozen=True)
class Operation:
    """An operation of one of the documents, as it is written there."""

    document: dict[str, Json]
    direction: Direction
    key: str
    path: Path
    node: dict[str, Json]
    sent: Sent = field(repr=False, compare=False)

    @property
    def chat(self) -> dict[str, Json]:
        """Its `x-chat` annotation, empty if there is none."""
        return mapping(self.node.get("x-chat"))

    @property
    def means(self) -> str:
        """The meaning that it declares, empty if there is none."""
        return text(self.chat.get("means"))

    @property
    def own(self) -> str:
        """What it is called where it is no matter of the vocabulary but of the authors' own, empty if it is not."""
        return text(self.chat.get("own"))

    @property
    def errors(self) -> tuple[str, ...]:
        """The error codes that it names."""
        return tuple(text(code) for code in sequence(self.chat.get("errors")))

    def place(self, *tokens: str | int) -> Place:
        """Return the place of the operation, or of something in it."""
        return pointer.place_at(self.document, (*self.path, *tokens))

    def messages(self) -> list[Message]:
        """Return the messages that it carries; empty for a request or a call."""
        return [_message(self.document, item) for item in sequence(self.node.get("messages"))]

    def replies(self) -> list[Message]:
        """Return the messages with which it may be acknowledged."""
        reply = mapping(self.node.get("reply"))
        return [_message(self.document, item) for item in sequence(reply.get("messages"))]

    def answers(self) -> list[Message]:
        """Return the replies that say yes: those that are no error."""
        return [message for message in self.replies() if not self._refuses(message)]

    def refusals(self) -> list[Message]:
        """Return the replies that say no."""
        return [message for message in self.replies() if self._refuses(message)]

    def acknowledged(self, reply: Message) -> bool:
        """Whether a reply is an acknowledgement: what a `send` operation carries comes as that event instead."""
        return self._event_of(reply) is None

    def _refuses(self, reply: Message) -> bool:
        event = self._event_of(reply)
        return is_error(self.document, reply.payload) or (event is not None and event.means == _REFUSAL)

    def _event_of(self, reply: Message) -> Operation | None:
        """Return the operation by which the server sends a reply as an event, if there is one."""
        return self.sent.by_message.get(reply.key)

    def parameters(self) -> list[dict[str, Json]]:
        """Return the parameters of a request, those of its path item first; references are resolved."""
        item = pointer.find(self.document, pointer.join(self.path[:-1])) if self.path[0] == "paths" else None
        listed = [*sequence(mapping(item).get("parameters")), *sequence(self.node.get("parameters"))]
        by_name: dict[tuple[str, str], dict[str, Json]] = {}
        for entry in listed:
            parameter = mapping(resolve(self.document, entry))
            by_name[text(parameter.get("in")), text(parameter.get("name"))] = parameter
        return list(by_name.values())

    def body(self) -> Json:
        """Return the schema of a request's JSON body; None if it has none."""
        return _json_schema(self.document, self.node.get("requestBody"))

    def body_required(self) -> bool:
        """Whether a request is incomplete without its body; where it is not, none stands for an empty object."""
        return mapping(resolve(self.document, self.node.get("requestBody"))).get("required") is True

    def responses(self) -> dict[str, Json]:
        """Return the schema of the JSON body by status, None where a response has no body."""
        responses = mapping(self.node.get("responses"))
        return {status: _json_schema(self.document, response) for status, response in responses.items()}

    def request_schema(self) -> Json:
        """Return the schema into which `x-chat.fields` points: the payload, or `{path, query, body}` of a request."""
        if self.direction is Direction.CALL:
            return self.node["request"]
        if self.direction is not Direction.REQUEST:
            messages = self.messages()
            return messages[0].payload if messages else None
        places: dict[str, dict[str, Json]] = {"path": {}, "query": {}}
        for parameter in self.parameters():
            if text(parameter.get("in")) in places:
                places[text(parameter.get("in"))][text(parameter.get("name"))] = parameter.get("schema")
        parts: dict[str, Json] = {name: {"properties": schemas} for name, schemas in places.items()}
        body = self.body()
        if body is not None:
            parts["body"] = body
        return {"properties": parts}

    def result_schemas(self) -> list[Json]:
        """Return the schemas into which `x-chat.result` points: those of every successful answer that has a body."""
        if self.direction is Direction.CALL:
            return [self.node["response"]]
        if self.direction is not Direction.REQUEST:
            return [message.payload for message in self.answers()]
        return [schema for status, schema in self.responses().items() if status[:1] == "2" and schema is not None]


def operations(document: dict[str, Json]) -> Iterator[Operation]:
    """Return the operations of a document, in its order."""
    sent = Sent(document)
    for key, node in entries(document.get("operations")):
        if "grpc" in document:
            yield Operation(document, Direction.CALL, key, ("operations", key), node, sent)
        action = text(node.get("action"))
        if action in (Direction.EVENT_IN, Direction.EVENT_OUT):
            yield Operation(document, Direction(action), key, ("operations", key), node, sent)
    for url, item in entries(document.get("paths")):
        for method, node in entries(item):
            if method in METHODS:
                key = text(node.get("operationId")) or f"{method} {url}"
                yield Operation(document, Direction.REQUEST, key, ("paths", url, method), node, sent)


def is_error(document: Json, schema: Json) -> bool:
    """Whether a schema is one of the dialect's error shapes."""
    return mapping(mapping(resolve(document, schema)).get("x-chat")).get("entity") == "error"


def _message(document: dict[str, Json], item: Json) -> Message:
    """Return the message behind a reference, which leads through the channel to a component."""
    message = mapping(resolve(document, item))
    return Message(_key(item), text(message.get("name")), message.get("payload"))


def _key(item: Json) -> str:
    return text(mapping(item).get("$ref")).rpartition("/")[2]


def _json_schema(document: dict[str, Json], holder: Json) -> Json:
    content = mapping(mapping(resolve(document, holder)).get("content"))
    return mapping(content.get("application/json")).get("schema")
