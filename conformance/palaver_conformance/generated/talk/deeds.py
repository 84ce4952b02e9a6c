"""What people do in a talk, in words; and which of it the documents have a way for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from palaver_conformance.contract.model import Contract

LOBBY: Final = 0
"""The conversation in which everybody stays to the end."""

_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "send": (),
    "connect": (),
    "close": (),
    "drop": (),
    "interrupt": ("message.send@socket",),
    "repeat": (),
    "edit": ("message.edit", "message.edited"),
    "delete": ("message.delete", "message.deleted"),
    "mark": ("receipt.mark",),
    "type": ("typing.start@socket", "typing.stop@socket", "typing.changed"),
    "look": ("message.history",),
    "sync": ("message.sync",),
    "add": ("participant.add",),
    "remove": ("participant.remove",),
    "leave": ("participant.leave",),
    "join": ("participant.join",),
    "mute": ("room.leave@socket", "room.join@socket"),
    "enter": ("room.leave@socket", "room.join@socket"),
    "rename": ("conversation.update", "conversation.updated"),
}

_TELLING: Final = frozenset({"add", "remove", "leave", "join"})
_TWICE: Final = frozenset({"interrupt", "repeat"})


@dataclass(frozen=True)
class Deed:
    """Something that somebody does: in a conversation, on one of their devices or (None) by a request.

    `message` is the number of a message; `place` how much of the conversation somebody who syncs knows of it.
    `refusal` is the code with which it must be refused, None for what must be carried out.
    """

    what: str
    who: str
    room: int = LOBBY
    device: int | None = None
    message: int = 0
    other: str = ""
    place: int = 0
    refusal: str | None = None

    def __str__(self) -> str:
        """Return a sentence."""
        what = _SENTENCES[self.what].format(
            who=self.who,
            room="the lobby" if self.room == LOBBY else f"room {self.room}",
            message=f"'m{self.message}'",
            other=self.other,
            place=self.place,
            device=self.device,
            on=f" on device {self.device}" if self.device is not None else "",
        )
        return what if self.refusal is None else f"{what}, and is refused with {self.refusal}"


_SENTENCES: Final[Mapping[str, str]] = {
    "send": "{who} sends {message} in {room}{on}",
    "connect": "{who} connects device {device}",
    "close": "{who} closes device {device}",
    "drop": "the connection of {who}'s device {device} drops",
    "interrupt": "{who} sends {message} in {room}{on}, which drops before the answer; connects again and repeats it",
    "repeat": "{who} sends {message} in {room} once more, under the same id{on}",
    "edit": "{who} edits {message}{on}",
    "delete": "{who} deletes {message}{on}",
    "mark": "{who} marks {room} read up to {message}{on}",
    "type": "{who} types in {room} and stops{on}",
    "look": "{who} reads the history of {room}",
    "sync": "{who} syncs {room}, knowing {place} of its changes{on}",
    "add": "{who} adds {other} to {room}",
    "remove": "{who} removes {other} from {room}",
    "leave": "{who} leaves {room}",
    "join": "{who} joins {room}",
    "mute": "{who} mutes {room}{on}",
    "enter": "{who} enters {room} again{on}",
    "rename": "{who} renames {room}",
}


@dataclass(frozen=True)
class Abilities:
    """What the documents have a way for: `deeds` are the words for what people may do.

    With `groups` conversations have more than two; with `requests` things are asked for without a connection too.
    `acknowledged` says that who sends is answered by an acknowledgement, and not by the message itself. Marks name a
    message (`up_to`) or stand for all there is.
    """

    deeds: frozenset[str]
    groups: bool
    requests: Mapping[str, str]
    acknowledged: bool
    up_to: bool
    told_of_marks: bool
    told_of_members: bool

    @classmethod
    def of(cls, contract: Contract) -> "Abilities":
        """Read them from the documents, which must have a way to send and to hear messages."""
        send = next(each for each in contract.operations if each.means == "message.send")
        deeds = {deed for deed, needs in _NEEDS.items() if not contract.missing(needs)}
        if "client_id" not in send.fields:
            deeds -= _TWICE
        create = contract.operation("conversation.create") if contract.has("conversation.create") else None
        groups = create is not None and ("users" not in create.fields or create.takes_many("users"))
        if not groups:
            deeds -= _TELLING
        mark = contract.operation("receipt.mark").fields if contract.has("receipt.mark") else {}
        return cls(
            deeds=frozenset(deeds),
            groups=groups,
            requests={each.means: each.via for each in contract.operations if each.via != "socket"},
            acknowledged=getattr(send, "acknowledged", False) is True,
            up_to=bool({"message", "sequence"} & set(mark)),
            told_of_marks=contract.has("receipt.read"),
            told_of_members=contract.has("participant.added") and contract.has("participant.removed"),
        )
