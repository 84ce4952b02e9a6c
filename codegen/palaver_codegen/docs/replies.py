"""What answers an operation: acknowledgements, and events of the server that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palaver_codegen.documents.operations import Direction, Message, Operation, is_error

_REFUSAL = "session.error"


@dataclass(frozen=True)
class Reply:
    """A message that answers an operation. `event` is the operation by which it comes, None for an acknowledgement."""

    message: Message
    event: Operation | None
    refuses: bool


class Replies:
    """The replies of a dialect's operations. Its events are looked up once, as documents can be long."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._events = {
            message.key: operation
            for operation in operations
            if operation.direction is Direction.EVENT_OUT
            for message in operation.messages()
        }

    def of(self, operation: Operation) -> list[Reply]:
        """Return what may answer an operation, in the order of the document; nothing answers a server's event."""
        found = []
        for message in operation.replies():
            event = self._events.get(message.key)
            told = event is not None and event.means == _REFUSAL
            found.append(Reply(message, event, told or is_error(operation.document, message.payload)))
        return found
