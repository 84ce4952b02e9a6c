"""Answers that come as events: which of them belongs to which request on one connection."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from palaver_conformance.contract.model import Event, SocketOperation
from palaver_conformance.errors import Failure
from palaver_conformance.facts import Facts

_REFUSAL = "session.error"


@dataclass(frozen=True)
class Reply:
    """The payload of the event that says yes, or the error of the one that says no."""

    payload: object
    error: Facts | None = None


@dataclass(frozen=True)
class _Waiting:
    operation: SocketOperation
    values: Mapping[str, object]
    answer: asyncio.Future[Reply]


class Replies:
    """What a user has asked for on one connection and was not answered yet.

    Servers answer the requests of one connection in the order in which they came, so an event is the answer to the
    oldest request that it fits: one of the same canonical values, and of the same user where the event names one.
    A refusal fits when it names the request's event, or none.
    """

    def __init__(self, user: str) -> None:
        self._user = user
        self._waiting: list[_Waiting] = []
        self._closed: str | None = None

    def expect(self, operation: SocketOperation, values: Mapping[str, object]) -> asyncio.Future[Reply]:
        """Return the future of the answer to what is about to be asked; it fails when the connection closes first."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        if self._closed is not None:
            answer.set_exception(_unanswered(self._closed))
        else:
            self._waiting.append(_Waiting(operation, values, answer))
        return answer

    def give_up(self, answer: asyncio.Future[Any]) -> None:
        """Expect an answer no longer: a refusal that comes from now on is that of a later request."""
        self._waiting = [each for each in self._waiting if each.answer is not answer]
        answer.cancel()

    def hear(self, event: Event, facts: Facts, payload: object) -> None:
        """Take an event: it may be an answer."""
        for waiting in self._waiting:
            if event.means == _REFUSAL:
                error = facts.find("error")
                if isinstance(error, Facts) and error.get("original_event") in (None, waiting.operation.name):
                    self._settle(waiting, Reply(payload, error))
                    return
            elif event.name == waiting.operation.reply and self._fits(waiting, facts):
                self._settle(waiting, Reply(payload))
                return

    def close(self, reason: str) -> None:
        """Say that no answer will come any more."""
        self._closed = reason
        for waiting in self._waiting:
            if not waiting.answer.done():
                waiting.answer.set_exception(_unanswered(reason))
        self._waiting.clear()

    def _settle(self, waiting: _Waiting, reply: Reply) -> None:
        self._waiting.remove(waiting)
        if not waiting.answer.done():
            waiting.answer.set_result(reply)

    def _fits(self, waiting: _Waiting, facts: Facts) -> bool:
        """Compare what both name; an identifier of an entity stands for the entity."""
        asked = dict(waiting.values)
        for path in ("message.sender", "user"):
            if facts.find(path) is not None and _plain(facts.find(path)) != self._user:
                return False
        for name, value in asked.items():
            for path in (name, f"message.{name}"):
                found = _plain(facts.find(path))
                if isinstance(found, str | int) and isinstance(value, str | int) and found != value:
                    return False
        return True


def _plain(value: object) -> object:
    return value.get("id") if isinstance(value, Facts) else value


def _unanswered(reason: str) -> Failure:
    return Failure("an answer", (f"connection closed: {reason}",))


def _seen(answer: asyncio.Future[Reply]) -> None:
    """Mark a failure as seen: a scenario need not await every answer that it asked for."""
    if not answer.cancelled():
        answer.exception()
