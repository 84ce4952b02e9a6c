"""The mock on sockets, Socket.IO and raw WebSocket alike: every connection hears of what any of them does."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any, Final, Protocol, TypeVar

from palaver_runtime.mock.answering import FAILED, INVALID, TOO_LARGE, UNAUTHORIZED, Answers, Audience, Refused
from palaver_runtime.mock.contract import Asked, Channel, Meaning
from palaver_runtime.mock.speaking import Facts
from palaver_runtime.mock.tokens import token_of, user_of
from palaver_runtime.transports.sockets import NO_ACK, NOT_NOW, Acknowledgement, Handshake, NotNow

logger = logging.getLogger(__name__)

_REFUSED: Final = "refused"


class Line(Protocol):
    """A connection, as its transport gives it; its state is who is at the other end."""

    state: str | None

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        ...

    def emit(self, event: str, payload: object) -> None:
        """Send an event. Never blocks."""
        ...

    def close(self, reason: str, error: str | None = None) -> None:
        """Disconnect the client after everything sent so far."""
        ...


L = TypeVar("L", bound=Line)


class MockSockets:
    """Handles all connections; see `SocketDialect` for what the transports rely on."""

    def __init__(self, answers: Answers, channel: Channel) -> None:
        self._answers = answers
        self._contract = answers.contract
        self._channel = channel
        self._lines: list[Line] = []

    @property
    def namespace(self) -> str:
        """The namespace of Socket.IO."""
        return self._channel.namespace or "/"

    async def connect(self, connection: Line, handshake: Handshake) -> bool:
        """Greet whoever has a token, whatever it says; who has none is told so."""
        token = token_of(handshake, self._channel)
        if token is None and self._channel.places:
            self._tell_refusal(connection, Refused(UNAUTHORIZED, "There is no token in the handshake"), "")
            connection.close(_REFUSED, UNAUTHORIZED)
            return False
        connection.state = user_of(token or "")
        self._lines.append(connection)
        for event in self._contract.meaning("session.ready"):
            facts = Facts(user=connection.state)
            connection.emit(event.name, self._answers.speaker.say(event.schema, event.meaning.fields, facts))
        return True

    def disconnect(self, connection: Line, reason: str) -> None:  # noqa: ARG002
        """Forget a connection."""
        self._lines = [line for line in self._lines if line is not connection]

    def keeps_order(self, event: str) -> bool:  # noqa: ARG002
        """Have them one at a time."""
        return False

    def receive_at_once(
        self,
        connection: Line,  # noqa: ARG002
        event: str,  # noqa: ARG002
        arguments: Sequence[str],  # noqa: ARG002
        acknowledge: bool,  # noqa: ARG002
    ) -> NotNow:
        """Have all of them wait: they take as long as is wished for."""
        return NOT_NOW

    async def receive(
        self, connection: Line, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement:
        """Answer an event by the example of its acknowledgement, and send what it causes."""
        await asyncio.sleep(self._answers.wishes.delay)
        asked = self._contract.asked.get(event)
        try:
            if asked is None:
                listed = ", ".join(self._contract.asked)
                raise Refused(INVALID, f"There is no event {event!r}; there are {listed}")  # noqa: TRY301
            request = _read(arguments)
            problems = asked.schema.problems(request)
            if problems:
                raise self._answers.invalid(problems)
            self._answers.check_wishes(asked.meaning, (event, asked.operation), request)
        except Refused as refused:
            return self._refuse(connection, asked, event, refused, acknowledge)
        facts = self._answers.speaker.facts(asked.meaning, request, connection.state or "")
        answer = self._answers.speaker.say(asked.yes, asked.meaning.result, facts) if asked.yes is not None else NO_ACK
        self.tell(asked.meaning, facts, connection, asked.answers)
        return answer

    def tell(self, meaning: Meaning, facts: Facts, sender: Line | None = None, answers: tuple[str, ...] = ()) -> None:
        """Send the events that an operation leads to; without a sender it was a request, and nobody is left out."""
        for event, payload, audience in self._answers.events(meaning, answers, facts):
            for line in list(self._lines):
                own = line is sender if sender is not None else line.state == facts.user
                if audience is Audience.EVERYBODY or own == (audience is Audience.SENDER):
                    line.emit(event.name, payload)

    def oversized(self, connection: Line, event: str | None, size: int, acknowledge: bool) -> Acknowledgement:
        """Refuse an event that is too large."""
        refused = Refused(TOO_LARGE, f"{size} bytes are more than {self._channel.largest}")
        return self._refuse(connection, self._contract.asked.get(event or ""), event or "", refused, acknowledge)

    def binary(self, connection: Line, event: str, acknowledge: bool) -> Acknowledgement:
        """Refuse what is not JSON."""
        refused = Refused(INVALID, "Binary data is not taken")
        return self._refuse(connection, self._contract.asked.get(event), event, refused, acknowledge)

    def failed(self, connection: Line, event: str | None, acknowledge: bool) -> Acknowledgement:
        """Tell that the mock itself failed; what happened is logged."""
        refused = Refused(FAILED, "The mock failed; its log says why")
        return self._refuse(connection, self._contract.asked.get(event or ""), event or "", refused, acknowledge)

    def _refuse(
        self, connection: Line, asked: Asked | None, event: str, refused: Refused, acknowledge: bool
    ) -> Acknowledgement:
        refusal = self._contract.refusal()
        acknowledged = acknowledge and asked is not None and asked.no is not None
        if not acknowledged or (asked is not None and refusal is not None and refusal.key in asked.answers):
            self._tell_refusal(connection, refused, event)
        if asked is None or asked.no is None:
            return NO_ACK
        answer: object = self._answers.speaker.refuse(asked.no, refused.code, refused.message, refused.problems, event)
        return answer

    def _tell_refusal(self, connection: Line, refused: Refused, event: str) -> None:
        told = self._contract.refusal()
        if told is None:
            logger.info("%s cannot be told: no event means session.error", refused.code)
            return
        payload = self._answers.speaker.refuse(told.schema, refused.code, refused.message, refused.problems, event)
        connection.emit(told.name, payload)


def _read(arguments: Sequence[str]) -> Any:
    try:
        return json.loads(arguments[0]) if arguments else {}
    except ValueError:
        raise Refused(INVALID, "The payload is not JSON", [("", "is not JSON")]) from None
