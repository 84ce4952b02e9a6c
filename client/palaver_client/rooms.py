"""The rooms that a connection has entered, where it hears nothing of those that it has not."""

from __future__ import annotations

from palaver_client.facts import identifier
from palaver_client.marks import Mark, Marks, newest
from palaver_wire.client import Json, Meaning, Sent

_LEFT = frozenset({"room.left", "conversation.removed"})


class Rooms:
    """What was sent to enter each room, to be sent again on the next connection."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._entered: dict[str, tuple[str, Json]] = {}

    @property
    def entered(self) -> dict[str, tuple[str, Json]]:
        """The event and the payload that entered each conversation."""
        return dict(self._entered)

    def enter(self, name: str, sent: Sent, asked: Json, answer: Json) -> None:
        """Take note of an answer that lets this connection in. From the messages in it on, all will be heard."""
        meaning = sent.meaning
        if not meaning.entry:
            return
        told = (identifier(answer, meaning.result, place) for place in ("conversation", "room"))
        conversation = next((each for each in told if each), identifier(asked, meaning.fields, "conversation"))
        if conversation is None:
            return
        self._entered[conversation] = (name, asked)
        if self._marks.of(conversation) is None and "messages" in meaning.result:
            self._marks.place(conversation, newest(answer, meaning.result, "messages") or Mark(sequence=0))

    def leave(self, conversation: str | None) -> None:
        """Take note that a room was left, if it is one that had been entered."""
        if conversation is not None and self._entered.pop(conversation, None) is not None:
            self._marks.forget(conversation)

    def hear(self, meaning: Meaning, value: Json) -> None:
        """Take note of an event: it may say that this connection is in a room no longer."""
        if meaning.means in _LEFT:
            self.leave(identifier(value, meaning.fields, "conversation"))
