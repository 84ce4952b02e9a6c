"""Who may do what to a conversation and its messages, by meaning: what a matrix of everybody and everything expects."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from palaver_conformance.contract.model import Contract, Operation

_JOINING: Final = frozenset({"participant.join", "room.join"})


class Person(StrEnum):
    """What somebody is to a conversation. The message that an operation names is the member's own."""

    OWNER = "owner"
    MEMBER = "member"
    EX_MEMBER = "ex-member"
    STRANGER = "stranger"
    ANONYMOUS = "anonymous"


OUTSIDE: Final = frozenset({Person.EX_MEMBER, Person.STRANGER})
_INSIDE: Final = frozenset({Person.OWNER, Person.MEMBER})
_OWNER: Final = frozenset({Person.OWNER})
_SENDER: Final = frozenset({Person.MEMBER})
_NOBODY: Final[frozenset[Person]] = frozenset()

ALLOWED: Final[Mapping[str, frozenset[Person]]] = {
    "conversation.get": _INSIDE,
    "conversation.update": _OWNER,
    "participant.add": _OWNER,
    "participant.join": _INSIDE,
    "participant.remove": _OWNER,
    "participant.leave": _INSIDE,
    "room.join": _INSIDE,
    "room.leave": _INSIDE,
    "message.send": _INSIDE,
    "message.edit": _SENDER,
    "message.delete": _SENDER,
    "message.history": _INSIDE,
    "message.sync": _INSIDE,
    "receipt.mark": _INSIDE,
    "receipt.unread": _INSIDE,
    "typing.start": _INSIDE,
    "typing.stop": _INSIDE,
    "presence.list": _INSIDE,
    # For administrators, who need not be in the conversation at all.
    "retention.cleanup": _NOBODY,
}
"""Every operation of the vocabulary that can name a conversation or a message, and for whom it is carried out."""

READING: Final = frozenset(
    {"conversation.get", "message.history", "message.sync", "receipt.unread", "presence.list"},
)
"""What only asks: refused or not, nothing can come of it."""


def names_something(operation: Operation) -> bool:
    """Tell whether an operation names a conversation or a message."""
    return "conversation" in operation.fields or "id" in operation.fields


def refusal(contract: Contract, operation: Operation, person: Person) -> str | None:
    """Return the code that a person is refused with, None for one for whom the operation is carried out.

    Who is outside is told the same of what exists and of what does not: FORBIDDEN by an operation that names a
    conversation, NOT_FOUND by one that names a message alone.
    """
    if person is Person.ANONYMOUS:
        return "UNAUTHORIZED"
    if person in ALLOWED[operation.means]:
        return None
    if person in OUTSIDE and operation.means in _JOINING and _open_to_all(contract):
        return None
    return "NOT_FOUND" if person in OUTSIDE and "conversation" not in operation.fields else "FORBIDDEN"


def _open_to_all(contract: Contract) -> bool:
    """Tell whether people join conversations by themselves: nobody else can bring them in."""
    return contract.has("participant.join") and "users" not in contract.operation("conversation.create").fields
