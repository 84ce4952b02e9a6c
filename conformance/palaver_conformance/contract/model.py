"""Operations, events and error codes, by meaning."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from palaver_conformance.contract import pointer as pointers
from palaver_conformance.contract.schema import Schema
from palaver_conformance.contract.service import CallService
from palaver_conformance.errors import HarnessError, NotApplicable

Via = Literal["socket", "http", "grpc"]
VIAS: Final[tuple[Via, ...]] = ("socket", "http", "grpc")

Place = Literal["auth", "query", "header"]
"""Where a handshake has room for a token."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something that a client can ask for.

    `name` is how the wire calls it (an event name, or method and path); `fields` are JSON Pointers from
    canonical fields into its payload, `result` into its successful answer. `errors` are the codes that it may
    be refused with. `fixed` are canonical values that make it mean what it means. With `entry`, a connection hears
    of a conversation only after it has entered it by this operation. With `descending`, a list comes newest first.
    """

    means: str
    name: str
    fields: Mapping[str, str]
    result: Mapping[str, str]
    errors: frozenset[str]
    request: Schema
    fixed: Mapping[str, object] = field(default_factory=dict)
    entry: bool = False
    descending: bool = False

    @property
    def via(self) -> Via:
        """The transport."""
        raise NotImplementedError

    def payload(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the wire payload for canonical values, entities given as Facts; None means absent.

        Raises NotApplicable when the documents have no place for a value.
        """
        payload = self.request.skeleton()
        for name, value in {**values, **self.fixed}.items():
            if value is None:
                continue
            if name not in self.fields:
                raise NotApplicable(f"{self.name} has no field that means {name}")
            pointer = self.fields[name]
            schema = self.request.at(pointer)
            pointers.put(payload, pointer, schema.write(value) if schema is not None else value)
        return payload

    def requires(self, name: str) -> bool:
        """Tell whether a request is not valid without a canonical field."""
        return name in self.fields and self.request.requires(self.fields[name])

    def restricts(self, name: str) -> bool:
        """Tell whether a text that is no identifier breaks the schema of a canonical field."""
        schema = self.request.at(self.fields[name]) if name in self.fields else None
        return schema is not None and bool(schema.problems("not-an-id"))

    def takes_many(self, name: str) -> bool:
        """Tell whether a canonical field is a list on this wire."""
        schema = self.request.at(self.fields[name]) if name in self.fields else None
        return schema is not None and schema.is_list


@dataclass(frozen=True, kw_only=True)
class SocketOperation(Operation):
    """An event that a client emits.

    It is acknowledged, or answered by the event called `reply`, or, with neither, only ever refused. `success` and
    `refusal` are the schemas of what comes back; a refusal that comes as an event is that event's own. `told` says
    that a refusal comes as an event also where it is acknowledged.
    """

    success: Schema | None
    refusal: Schema | None
    reply: str | None = None
    told: bool = False

    @property
    def acknowledged(self) -> bool:
        """Whether the answer is an acknowledgement."""
        return self.success is not None and self.reply is None

    @property
    def answered(self) -> bool:
        """Whether anything comes back when it is carried out."""
        return self.success is not None

    @property
    def via(self) -> Via:
        """The transport."""
        return "socket"


@dataclass(frozen=True, kw_only=True)
class HttpOperation(Operation):
    """A request to an endpoint; its payload is `{path, query, body}`. A status without body maps to None."""

    method: str
    path: str
    secured: bool
    has_body: bool
    answers: Mapping[int, Schema | None]

    @property
    def via(self) -> Via:
        """The transport."""
        return "http"

    def payload(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return `{path, query, body}` for canonical values; `body` is there when the document has one."""
        parts: dict[str, object] = {"path": {}, "query": {}}
        if self.has_body:
            parts["body"] = {}
        return parts | super().payload(values)


@dataclass(frozen=True)
class Event:
    """Something that the server tells a client; it means this when its canonical fields are as `where` has them."""

    means: str
    name: str
    fields: Mapping[str, str]
    schema: Schema
    where: Mapping[str, object] = field(default_factory=dict)

    def has_place(self, path: str) -> bool:
        """Tell whether the event has a place for a value at a dotted path of canonical names."""
        first, *rest = path.split(".")
        schema = self.schema.at(self.fields[first]) if first in self.fields else None
        for name in rest:
            if schema is None or not schema.has_field(name):
                return False
            schema = schema.field(name)
        return first in self.fields


@dataclass(frozen=True)
class Handshake:
    """How a client connects: over Socket.IO, or over a bare WebSocket whose frames name themselves at `tag`.

    The token's places, in the order in which servers try them; None where the documents have no such place.
    """

    path: str
    auth_field: str | None
    query_field: str | None
    header: str | None
    max_event_bytes: int | None
    namespace: str = "/"
    tag: str | None = None

    @property
    def place(self) -> Place:
        """The first place for a token; raises NotApplicable when there is none."""
        places: tuple[tuple[Place, str | None], ...] = (
            ("auth", self.auth_field),
            ("query", self.query_field),
            ("header", self.header),
        )
        for place, found in places:
            if found is not None:
                return place
        raise NotApplicable("the handshake has no place for a token")


@dataclass(frozen=True)
class Contract:
    """Everything that the documents of one server promise.

    `codes` has the status of each error code; `retryable` are those after which a client may try again.
    `calls` says how the server is called over gRPC, if it is. `versions` are those that the documents give themselves.
    `others` are events that mean nothing to a chat: nobody asks for them, and if they come they keep their schemas.
    `openapi` is the OpenAPI document as it is, references within it alone; empty where there is none.
    """

    name: str
    operations: tuple[Operation, ...]
    events: tuple[Event, ...]
    codes: Mapping[str, int]
    handshake: Handshake | None
    retryable: frozenset[str] = frozenset()
    calls: CallService | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Event, ...] = ()
    openapi: Mapping[str, object] = field(default_factory=dict, repr=False)
    _by_name: Mapping[str, list[Event]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[Event]] = {}
        for event in (*self.events, *self.others):
            by_name.setdefault(event.name, []).append(event)
        object.__setattr__(self, "_by_name", by_name)

    def operation(self, means: str, via: Via | None = None) -> Operation:
        """Return the operation with this meaning, over the socket, HTTP or gRPC in this order unless `via` says which.

        Raises NotApplicable when the documents have none.
        """
        found = [each for each in self.operations if each.means == means and via in (None, each.via)]
        if not found:
            raise NotApplicable(f"the documents have no operation that means {means}{f' over {via}' if via else ''}")
        return min(found, key=lambda each: VIAS.index(each.via))

    def event(self, means: str) -> Event:
        """Return the event with this meaning; raises NotApplicable when the documents have none."""
        for event in self.events:
            if event.means == means:
                return event
        raise NotApplicable(f"the documents have no event that means {means}")

    def sayable(self, means: str, where: Mapping[str, object]) -> dict[str, object]:
        """Return those of some canonical values, by dotted paths, for which an event of this meaning has a place."""
        event = next((each for each in self.events if each.means == means), None)
        return {path: value for path, value in where.items() if event is None or event.has_place(path)}

    def events_named(self, name: str) -> list[Event]:
        """Return the events that the wire calls so: several where one name stands for different things."""
        return self._by_name.get(name, [])

    @property
    def entry(self) -> Operation | None:
        """The operation without which a connection hears nothing of a conversation, if there is such a one."""
        return next((each for each in self.operations if each.entry), None)

    def missing(self, needs: Iterable[str]) -> list[str]:
        """Return which of the meanings the documents lack; `means@http` asks for a transport."""
        return [need for need in needs if not self.has(need)]

    @property
    def groups(self) -> bool:
        """Whether there are conversations of more than two."""
        if not self.has("conversation.create"):
            return False
        create = self.operation("conversation.create")
        return "users" not in create.fields or create.takes_many("users")

    def has(self, need: str) -> bool:
        """Tell whether an operation or event has the meaning; `means@http` asks for a transport."""
        means, _, via = need.partition("@")
        if via not in ("", *VIAS):
            raise HarnessError(f"{need!r} names no transport")
        return any(operation.means == means and via in ("", operation.via) for operation in self.operations) or any(
            event.means == means and via in ("", "socket") for event in self.events
        )
