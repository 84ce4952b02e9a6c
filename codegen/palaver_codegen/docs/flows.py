"""The main flows of a chat, told step by step from what the documents say that things mean.

Nothing of a dialect is known here: an operation that means `message.send` is what sends, whatever it is called, and a
step that no document has is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from palaver_codegen.docs.replies import Replies
from palaver_codegen.docs.wire import Seat, Wire
from palaver_codegen.documents.operations import Direction, Operation
from palaver_codegen.documents.tree import mapping, text

CLIENT, SERVER, OTHER = "You", "Server", "Other member"
_LEAST, _FIELDS = 2, 3
_WHOLE = ("", "/payload")


class Kind(StrEnum):
    """What a step is: something sent, the answer to it, a refusal, or something that happens without a word."""

    MESSAGE = "message"
    ANSWER = "answer"
    REFUSAL = "refusal"
    NOTE = "note"


@dataclass(frozen=True)
class Step:
    """One arrow of a diagram, or a note at one of its lanes. `operation` is what it leads to, None for a handshake."""

    kind: Kind
    source: str
    target: str
    label: str
    detail: str = ""
    operation: Operation | None = None

    @property
    def said(self) -> str:
        """The step as a sentence, for those who do not see the diagram."""
        detail = f" ({self.detail})" if self.detail else ""
        if self.kind is Kind.NOTE:
            return f"{self.source}: {self.label}{detail}."
        verb = {Kind.MESSAGE: "to", Kind.ANSWER: "answers", Kind.REFUSAL: "may refuse"}[self.kind]
        return f"{self.source} {verb} {self.target}: {self.label}{detail}."


@dataclass(frozen=True)
class Flow:
    """A diagram: who takes part, from left to right, and what happens, from top to bottom."""

    key: str
    title: str
    about: str
    lanes: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass
class Cast:
    """The operations of a dialect by meaning, events before requests and requests before calls."""

    operations: Sequence[Operation]
    wire: Wire | None
    replies: Replies
    _by_meaning: dict[str, Operation] = field(init=False)

    def __post_init__(self) -> None:
        self._by_meaning = {}
        for operation in self.operations:
            if operation.means:
                self._by_meaning.setdefault(operation.means, operation)

    def find(self, *meanings: str) -> Operation | None:
        """Return the first operation that has one of these meanings."""
        return next((self._by_meaning[each] for each in meanings if each in self._by_meaning), None)


def flows(cast: Cast) -> list[Flow]:
    """Return the flows that a dialect has enough operations for."""
    told = [_connect(cast), _send(cast), _change(cast), _read(cast), _return(cast)]
    return [flow for flow in told if sum(step.kind is not Kind.NOTE for step in flow.steps) >= _LEAST]


def _connect(cast: Cast) -> Flow:
    steps = [
        *_asked(cast, cast.find("account.login"), CLIENT),
        *_handshake(cast, CLIENT),
        *_refused_handshake(cast),
        *_entered(cast),
    ]
    about = "Get a token, open the connection with it, and wait until the server says that it is ready."
    return Flow("connect", "Connect", about, (CLIENT, SERVER), tuple(steps))


def _send(cast: Cast) -> Flow:
    steps = [
        *_asked(cast, cast.find("message.send"), CLIENT, note="stored for good, in the order of the conversation"),
        *_told(cast.find("message.accepted"), CLIENT),
        *_told(cast.find("message.created"), OTHER),
        *_refused(cast.find("message.send")),
    ]
    about = "What is acknowledged is stored, and reaches every connected member exactly once, in one order for all."
    return Flow("send", "Send a message", about, (CLIENT, SERVER, OTHER), tuple(steps))


def _change(cast: Cast) -> Flow:
    steps = [
        *_asked(cast, cast.find("message.edit"), CLIENT),
        *_told(cast.find("message.edited"), OTHER),
        *_asked(cast, cast.find("message.delete"), CLIENT),
        *_told(cast.find("message.deleted"), OTHER),
    ]
    about = "Only its sender changes a message; everybody sees the change."
    return Flow("change", "Edit and delete", about, (CLIENT, SERVER, OTHER), tuple(steps))


def _read(cast: Cast) -> Flow:
    steps = [
        *_asked(cast, cast.find("typing.start", "typing.set"), OTHER),
        *_told(cast.find("typing.changed"), CLIENT),
        *_asked(cast, cast.find("receipt.mark"), OTHER),
        *_told(cast.find("receipt.read"), CLIENT),
    ]
    about = "Small signs of life: who is writing, and how far everybody has read."
    return Flow("read", "Typing and read receipts", about, (CLIENT, SERVER, OTHER), tuple(steps))


def _return(cast: Cast) -> Flow:
    catching_up = cast.find("message.sync", "message.history")
    wording = "Until an answer says that there is no more" if _field(catching_up, "result", "has_more") else ""
    steps = [
        Step(Kind.NOTE, CLIENT, CLIENT, "the connection is lost"),
        *_asked(cast, cast.find("message.send"), OTHER, answered=False, note="stored; it waits for you"),
        Step(Kind.NOTE, CLIENT, CLIENT, "waits a little longer after every try"),
        *_handshake(cast, CLIENT),
        *_entered(cast),
        *_asked(cast, catching_up, CLIENT),
        *([Step(Kind.NOTE, CLIENT, CLIENT, wording[0].lower() + wording[1:] + ", asks again")] if wording else []),
        *_told(cast.find("message.created"), CLIENT, "from now on, live again"),
    ]
    about = (
        "After a break a client connects as before, and fetches exactly what it missed, edits and deletions included."
    )
    if catching_up is None or catching_up.means != "message.sync":
        about = "After a break a client connects as before, and reads the history from where it was."
    return Flow("reconnect", "Reconnect and catch up", about, (CLIENT, SERVER, OTHER), tuple(steps))


def _handshake(cast: Cast, who: str) -> Iterator[Step]:
    if cast.wire is not None:
        place = {
            Seat.AUTH: f"the token in auth.{cast.wire.token}",
            Seat.QUERY: f"the token in ?{cast.wire.token}=",
            Seat.HEADERS: f"the token in {cast.wire.token}",
        }.get(cast.wire.seat, "")
        way = cast.wire.namespace if cast.wire.namespace != "/" else cast.wire.path
        yield Step(Kind.MESSAGE, who, SERVER, f"{cast.wire.transport} {way}", place)
        yield from _told(cast.find("session.ready"), who, answer=True)


def _refused_handshake(cast: Cast) -> Iterator[Step]:
    refusal = cast.find("session.error")
    if cast.wire is not None and refusal is not None:
        label = name(refusal)
        yield Step(
            Kind.REFUSAL, SERVER, CLIENT, label, "or this, if the token is no good; then it disconnects", refusal
        )


def _entered(cast: Cast) -> Iterator[Step]:
    """Yield the steps by which a connection enters a conversation, where it has to."""
    entering = cast.find("room.join")
    if entering is not None and entering.chat.get("entry") is True:
        yield from _asked(cast, entering, CLIENT)


def _asked(
    cast: Cast, operation: Operation | None, who: str, *, answered: bool = True, note: str = ""
) -> Iterator[Step]:
    """Yield a request of somebody, and what answers it."""
    if operation is None:
        return
    yield Step(Kind.MESSAGE, who, SERVER, name(operation), _fields(operation, "fields"), operation)
    if note:
        yield Step(Kind.NOTE, SERVER, SERVER, note)
    if not answered:
        return
    said = _fields(operation, "result")
    if operation.direction in (Direction.REQUEST, Direction.CALL):
        status = next((each for each in operation.responses() if each[:1] == "2"), "")
        yield Step(Kind.ANSWER, SERVER, who, status or "response", said, operation)
    for reply in (each for each in cast.replies.of(operation) if not each.refuses):
        if reply.event is None:
            yield Step(Kind.ANSWER, SERVER, who, "acknowledgement", said, operation)
        else:
            yield Step(Kind.ANSWER, SERVER, who, name(reply.event), said, reply.event)


def _told(operation: Operation | None, who: str, detail: str = "", *, answer: bool = False) -> Iterator[Step]:
    """Yield an event of the server."""
    if operation is not None:
        kind = Kind.ANSWER if answer else Kind.MESSAGE
        yield Step(kind, SERVER, who, name(operation), detail or _fields(operation, "fields"), operation)


def _refused(operation: Operation | None) -> Iterator[Step]:
    if operation is None or not operation.errors:
        return
    codes = ", ".join(operation.errors[:2]) + (" …" if len(operation.errors) > 2 else "")
    yield Step(Kind.REFUSAL, SERVER, CLIENT, "or a refusal", codes, operation)


def name(operation: Operation) -> str:
    """Return what an operation is called on the wire."""
    if operation.direction is Direction.REQUEST:
        _, url, verb = operation.path
        return f"{str(verb).upper()} {url}"
    if operation.direction is Direction.CALL:
        return operation.key.rpartition("/")[2]
    messages = operation.messages()
    return messages[0].name if messages and messages[0].name else operation.key


def _fields(operation: Operation, part: str) -> str:
    """Return the wire's names of an operation's canonical fields, the first few of them."""
    pointers = mapping(operation.chat.get(part)).items()
    # What points to the whole of a payload names no field.
    words = (text(to).rpartition("/")[2] if text(to) not in _WHOLE else f"the {field}" for field, to in pointers)
    named = list(dict.fromkeys(words))
    return ", ".join(named[:_FIELDS]) + (" …" if len(named) > _FIELDS else "")


def _field(operation: Operation | None, part: str, canonical: str) -> bool:
    return operation is not None and canonical in mapping(operation.chat.get(part))
