"""Valid requests, for any operation of the vocabulary: what is done with them is somebody else's matter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from palaver_conformance.contract.model import Operation
from palaver_conformance.errors import NotApplicable
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.client import Client

# What a request is about is said also where another field could say it, or none need to.
_SAID: Final = frozenset({"conversation", "id", "content"})
_SAID_BESIDES: Final[Mapping[str, frozenset[str]]] = {
    "conversation.update": frozenset({"name"}),
    "receipt.mark": frozenset({"message", "sequence"}),
}


@dataclass(frozen=True)
class Matter:
    """What requests can be about: a conversation with a message, and another user. `name` is for what is new."""

    room: Facts = field(default_factory=lambda: Facts({}))
    message: Facts = field(default_factory=lambda: Facts({}))
    other: Client | None = None
    name: str = "a name"


def values(operation: Operation, caller: Actor, matter: Matter) -> dict[str, object]:
    """Return canonical values with which an operation can be asked for, as few as make it mean something.

    Raises NotApplicable when the documents require what has no meaning.
    """
    known = {name: value for name, value in _known(operation, caller, matter).items() if value is not None}
    said = _SAID | _SAID_BESIDES.get(operation.means, frozenset())
    found = {
        name: known[name] for name in operation.fields if name in known and (name in said or operation.requires(name))
    }
    problems = operation.request.problems(operation.payload(found))
    if problems:
        raise NotApplicable(f"what {operation.name} requires has no meaning: {'; '.join(problems)}")
    return found


def _known(operation: Operation, caller: Actor, matter: Matter) -> dict[str, object]:
    account = caller.account
    message, other = matter.message.get("id"), matter.other.user if matter.other is not None else None
    return {
        "conversation": matter.room.get("id"),
        "id": message,
        "message": [message] if operation.takes_many("message") else message,
        "sequence": matter.message.get("sequence"),
        "last_message": message,
        "recipient": other,
        "user": [other] if operation.takes_many("user") else other,
        "users": [other] if operation.takes_many("users") else other,
        "type": "group" if caller.makes_groups else "direct",
        "content": "a message",
        "name": account.name if operation.means == "account.login" else matter.name,
        "password": account.password or "a password of some length",
        "refresh_token": account.refresh_token,
        "token": account.access_token,
        "keep": 100,
        "page": 1,
        "limit": 10,
    }
