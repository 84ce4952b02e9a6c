"""Events in both directions, and what they are acknowledged and answered with."""

from __future__ import annotations

from dataclasses import dataclass

from palaver_codegen.diff.channels import channel_address, compare_channels
from palaver_codegen.diff.errors import Codes
from palaver_codegen.diff.meaning import compare_meanings
from palaver_codegen.diff.pairing import pair
from palaver_codegen.diff.rules import Side
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.operations import Direction, Message, Operation, operations
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json

_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Event:
    """A message on the wire; `address` is that of its channel, in the words of the new document."""

    operation: Operation
    message: Message
    address: str

    @property
    def key(self) -> _Key:
        """What tells it from all others."""
        return (self.operation.direction, self.address, self.message.name)

    @property
    def place(self) -> Place:
        """Where its operation is written."""
        return self.operation.place()

    @property
    def from_client(self) -> bool:
        """Whether clients send it: `action` is from the server's side."""
        return self.operation.direction is Direction.EVENT_IN

    @property
    def called(self) -> str:
        """How it is named in a report."""
        return f"{'client' if self.from_client else 'server'} event {self.message.name}"


def compare_events(versions: Versions, codes: Codes) -> None:
    """Compare two AsyncAPI documents."""
    moved = compare_channels(versions)
    before = _events(versions.old, moved)
    after = _events(versions.new, {})
    # A new name for the same thing: the operation is called as it was, or nothing else has that meaning.
    likenesses = (
        lambda event: (event.operation.direction, event.operation.key),
        lambda event: event.operation.means and (event.operation.direction, event.operation.means),
    )
    pairing = pair(before, after, likenesses)
    for event in pairing.gone:
        versions.add(f"{_prefix(event)}-event-removed", event.called, "is gone", event.place)
    for event in pairing.come:
        versions.add(f"{_prefix(event)}-event-added", event.called, "is new", None, event.place)
    for old, new in pairing.renamed:
        what = f"was called {old.message.name}"
        if old.message.name == new.message.name:
            what = f"was sent in {old.address}"
        versions.add(f"{_prefix(new)}-event-renamed", new.called, what, old.place, new.place)
    for old, new in (*pairing.kept, *pairing.renamed):
        _compare(versions, codes, old, new)


def _compare(versions: Versions, codes: Codes, old: Event, new: Event) -> None:
    side = Side.REQUEST if new.from_client else Side.RESPONSE
    versions.payloads(side, new.called, old.message.payload, new.message.payload)
    _compare_replies(versions, old, new)
    compare_meanings(versions, new.called, old.operation, new.operation)
    codes.of_operation(versions, new.called, old.operation, new.operation)


def _compare_replies(versions: Versions, old: Event, new: Event) -> None:
    name = f"acknowledgement of {new.message.name}"
    places = old.operation.place("reply"), new.operation.place("reply")
    before, after = _acknowledgements(old.operation), _acknowledgements(new.operation)
    if before and not after:
        versions.add("acknowledgement-removed", name, "is gone", *places)
    elif after and not before:
        versions.add("acknowledgement-added", name, "is new", *places)
    else:
        refusals = {message.key for event in (old, new) for message in event.operation.refusals()}
        pairing = pair(before, after, (lambda message: ("yes", "no")[message.key in refusals],))
        for message in pairing.gone:
            versions.add("acknowledgement-variant-removed", name, f"is never {message.key}", *places)
        for message in pairing.come:
            versions.add("acknowledgement-variant-added", name, f"can be {message.key}", *places)
        for one, other in (*pairing.kept, *pairing.renamed):
            versions.payloads(Side.RESPONSE, name, one.payload, other.payload)
    answers, others = _answers(old.operation), _answers(new.operation)
    # By their keys, so that an event that has a new name is told once.
    pairing = pair(answers, others)
    for message in pairing.gone:
        versions.add("answer-removed", new.called, f"is not answered by {message.name} any more", *places)
    for message in pairing.come:
        versions.add("answer-added", new.called, f"is answered by {message.name}", *places)


def _events(document: dict[str, Json], moved: dict[str, str]) -> dict[_Key, Event]:
    found = {}
    for operation in operations(document):
        address = channel_address(resolve(document, operation.node.get("channel")))
        for message in operation.messages():
            event = Event(operation, message, moved.get(address, address))
            found[event.key] = event
    return found


def _acknowledgements(operation: Operation) -> dict[str, Message]:
    return {reply.key: reply for reply in operation.replies() if operation.acknowledged(reply)}


def _answers(operation: Operation) -> dict[str, Message]:
    return {reply.key: reply for reply in operation.replies() if not operation.acknowledged(reply)}


def _prefix(event: Event) -> str:
    return "client" if event.from_client else "server"
