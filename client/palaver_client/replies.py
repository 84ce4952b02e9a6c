"""Answers that come as events: which of them belongs to which request on one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from palaver_client.facts import find, identifier
from palaver_wire.client import Json, Received, Sent

_REFUSAL = "session.error"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came: the event's payload as it stands on the wire, and whether it says no."""

    value: Json
    refused: bool


@dataclass(frozen=True, slots=True)
class _Waiting:
    name: str
    sent: Sent
    asked: Json
    answer: asyncio.Future[Reply]
    settled: Callable[[Json], None]


class Replies:
    """What was asked for on one connection and is not answered yet.

    Servers answer the requests of one connection in the order in which they came. So an event answers the oldest
    request that it fits: one of the same canonical values, and of this user where it names one. A refusal fits when it
    names the request's event, or none.
    """

    def __init__(self) -> None:
        self.user: str | None = None
        self._waiting: list[_Waiting] = []

    def expect(self, name: str, sent: Sent, asked: Json, settled: Callable[[Json], None]) -> asyncio.Future[Reply]:
        """Return the future of an answer; `settled` is called with one that says yes before anything else is heard."""
        waiting = _Waiting(name, sent, asked, asyncio.get_running_loop().create_future(), settled)
        self._waiting.append(waiting)
        return waiting.answer

    def forget(self, answer: asyncio.Future[Reply]) -> None:
        """Wait for an answer no longer."""
        self._waiting = [each for each in self._waiting if each.answer is not answer]

    def hear(self, name: str, received: Received, value: Json) -> None:
        """Take an event: it may be an answer."""
        refused = received.meaning.means == _REFUSAL
        for waiting in self._waiting:
            if refused:
                original = find(value, received.meaning.fields, "error.original_event")
                fits = original in (None, waiting.name)
            else:
                fits = name == waiting.sent.reply and self._fits(waiting, received, value)
            if fits:
                self._waiting.remove(waiting)
                if not waiting.answer.done():
                    if not refused:
                        waiting.settled(value)
                    waiting.answer.set_result(Reply(value, refused))
                return

    def _fits(self, waiting: _Waiting, received: Received, value: Json) -> bool:
        fields = received.meaning.fields
        for author in ("message.sender", "user"):
            found = identifier(value, fields, author)
            if self.user is not None and found not in (None, self.user):
                return False
        for name in waiting.sent.meaning.fields:
            asked = identifier(waiting.asked, waiting.sent.meaning.fields, name)
            told = [found for path in (name, f"message.{name}") if (found := identifier(value, fields, path))]
            # A user that was named to enter a room is somebody else than the one whom the event names.
            if name != "user" and asked is not None and any(found != asked for found in told):
                return False
        return True
