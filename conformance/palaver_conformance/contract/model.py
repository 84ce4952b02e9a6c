"""Operations, events and error codes, by meaning."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from palaver_conformance.contract import pointer as pointers
from palaver_conformance.contract.schema import Schema
from palaver_conformance.errors import HarnessError, NotApplicable

Via = Literal["socket", "http"]
VIAS: Final[tuple[Via, ...]] = ("socket", "http")


@dataclass(frozen=True)
class Operation:
    """Something that a client can ask for.

    `name` is how the wire calls it (an event name, or method and path); `fields` are JSON Pointers from
    canonical fields into its payload, `result` into its successful answer. `errors` are the codes that it may
    be refused with.
    """

    means: str
    name: str
    fields: Mapping[str, str]
    result: Mapping[str, str]
    errors: frozenset[str]
    request: Schema

    @property
    def via(self) -> Via:
        """The transport."""
        raise NotImplementedError

    def payload(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the wire payload for canonical values, entities given as Facts; None means absent.

        Raises NotApplicable when the documents have no place for a value.
        """
        payload: dict[str, object] = {}
        for name, value in values.items():
            if value is None:
                continue
            if name not in self.fields:
                raise NotApplicable(f"{self.name} has no field that means {name}")
            pointer = self.fields[name]
            schema = self.request.at(pointer)
            pointers.put(payload, pointer, schema.write(value) if schema is not None else value)
        return payload


@dataclass(frozen=True)
class SocketOperation(Operation):
    """An event that a client emits. Without `success` it is never acknowledged."""

    success: Schema | None
    refusal: Schema | None

    @property
    def via(self) -> Via:
        """The transport."""
        return "socket"


@dataclass(frozen=True)
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
    """Something that the server tells a client unasked."""

    means: str
    name: str
    fields: Mapping[str, str]
    schema: Schema


@dataclass(frozen=True)
class Handshake:
    """How a client connects.

    The token's places, in the order in which servers try them; None where the documents have no such place.
    """

    namespace: str
    path: str
    auth_field: str | None
    query_field: str | None
    header: str | None
    max_event_bytes: int | None


@dataclass(frozen=True)
class Contract:
    """Everything that the documents of one server promise.

    `codes` has the status of each error code; `retryable` are those after which a client may try again.
    """

    name: str
    operations: tuple[Operation, ...]
    events: tuple[Event, ...]
    codes: Mapping[str, int]
    handshake: Handshake | None
    retryable: frozenset[str] = frozenset()
    _by_name: Mapping[str, Event] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {event.name: event for event in self.events})

    def operation(self, means: str, via: Via | None = None) -> Operation:
        """Return the operation with this meaning, over the socket before over HTTP unless `via` says which.

        Raises NotApplicable when the documents have none.
        """
        found = [each for each in self.operations if each.means == means and via in (None, each.via)]
        if not found:
            raise NotApplicable(f"the documents have no operation that means {means}{f' over {via}' if via else ''}")
        return min(found, key=lambda each: each.via != "socket")

    def event(self, means: str) -> Event:
        """Return the event with this meaning; raises NotApplicable when the documents have none."""
        for event in self.events:
            if event.means == means:
                return event
        raise NotApplicable(f"the documents have no event that means {means}")

    def event_named(self, name: str) -> Event | None:
        """Return the event that the wire calls so."""
        return self._by_name.get(name)

    def missing(self, needs: Iterable[str]) -> list[str]:
        """Return which of the meanings the documents lack; `means@http` asks for a transport."""
        return [need for need in needs if not self.has(need)]

    def has(self, need: str) -> bool:
        """Tell whether an operation or event has the meaning; `means@http` asks for a transport."""
        means, _, via = need.partition("@")
        if via not in ("", "socket", "http"):
            raise HarnessError(f"{need!r} names no transport")
        return any(operation.means == means and via in ("", operation.via) for operation in self.operations) or any(
            event.means == means and via in ("", "socket") for event in self.events
        )
