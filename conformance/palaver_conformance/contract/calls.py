"""Calls over gRPC, read from a bundle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from palaver_conformance.contract.model import Operation, Via
from palaver_conformance.contract.schema import Schema
from palaver_conformance.contract.service import CallService, SaidNo

Node = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class CallOperation(Operation):
    """An rpc; its name is its key, as in package.Service/Method.

    `defaults` are the values of what a request does not say. Without `refusal` it is refused by its status.
    """

    secured: bool
    answer: Schema
    refusal: SaidNo | None
    defaults: Mapping[str, object]

    @property
    def via(self) -> Via:
        """The transport."""
        return "grpc"

    def payload(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the request for canonical values, with the default of each field that cannot be absent."""
        return {**self.defaults, **super().payload(values)}


def call_operations(document: Node, service: CallService | None) -> Iterator[CallOperation]:
    """Yield the annotated operations of a document of calls."""
    for key, operation in _node(document.get("operations")).items():
        operation = _node(operation)
        note = _node(operation.get("x-chat"))
        if service is None or "means" not in note:
            continue
        errors = note.get("errors")
        yield CallOperation(
            means=str(note["means"]),
            name=key,
            fields=_texts(note.get("fields")),
            result=_texts(note.get("result")),
            errors=frozenset(map(str, errors)) if isinstance(errors, list) else frozenset(),
            request=Schema(document, _node(operation.get("request"))),
            descending=note.get("order") == "descending",
            secured=operation.get("secured", service.token is not None) is True,
            answer=Schema(document, _node(operation.get("response"))),
            refusal=_refusal(_node(operation.get("refusal"))),
            defaults=service.messages.empty(key),
        )


def _refusal(node: Node) -> SaidNo | None:
    if not node:
        return None
    when = _node(node.get("when"))
    places = {name: str(node[name]) for name in ("code", "message") if name in node}
    return SaidNo(str(when.get("pointer")), when.get("equals"), places)


def _node(value: object) -> Node:
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> dict[str, str]:
    return {str(name): str(pointer) for name, pointer in _node(value).items()}
