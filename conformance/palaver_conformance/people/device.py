"""One connection of a user, in the words of the vocabulary."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from palaver_conformance.contract.model import Event, Handshake, SocketOperation
from palaver_conformance.drivers.connecting import connection_for
from palaver_conformance.drivers.socketio import Listener
from palaver_conformance.errors import Refused, Unanswered
from palaver_conformance.facts import Facts
from palaver_conformance.people.inbox import Inbox, Received
from palaver_conformance.people.probes import probe
from palaver_conformance.people.replies import Replies, Reply
from palaver_conformance.setting import Setting

_NOTHING: Mapping[str, object] = {}

Asked: TypeAlias = asyncio.Future[list[object]] | asyncio.Future[Reply]
"""What will be answered: the arguments of an acknowledgement, or an event."""


class Device:
    """A connection whose frames the oracle judges; it records what arrived in its inbox.

    It is to an instance of the server, or to `url`, where something stands before one. It is `silent` until something
    is sent on it besides the handshake.
    """

    def __init__(
        self,
        name: str,
        setting: Setting,
        handshake: Handshake,
        instance: int = 0,
        *,
        user: str = "",
        url: str | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        self.name = name
        self.instance = instance
        self.silent = True
        self._setting = setting
        self._handshake = handshake
        self._url = url or setting.subject.urls[instance]
        self._inbox = inbox or Inbox(name)
        self._replies = Replies(user)
        # The client's own ids of what was sent here, where the answer to that is the message itself.
        self._sent: set[object] = set()
        self._connection = connection_for(
            handshake, setting.trace.wire(name, instance), Listener(self._event, setting.oracle.violation, self._close)
        )

    async def open(
        self,
        auth: Mapping[str, object] | None,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        slow: bool = False,
    ) -> None:
        """Connect. Whether the server then likes the token is another matter: see what arrives.

        A `slow` one leaves little room on the way for what it has not read.
        """
        await self._connection.open(
            self._url,
            self._handshake.path,
            auth=auth,
            query=query,
            headers=headers,
            patience=self._setting.timing.connect,
            slow=slow,
        )

    async def request(
        self, operation: SocketOperation, payload: object, values: Mapping[str, object] = _NOTHING
    ) -> Facts:
        """Ask for an operation and return its result. Raises Refused, or Failure when nothing comes back.

        What is never answered unless it is refused counts as carried out when something that was asked for after
        it has been answered.
        """
        asked = await self.ask(operation, payload, values)
        if not operation.answered:
            await self.alive()
            if not asked.done():
                self._replies.give_up(asked)
                return self._setting.oracle.unanswered(operation)
        return await self.answer(operation, asked)

    async def ask(self, operation: SocketOperation, payload: object, values: Mapping[str, object] = _NOTHING) -> Asked:
        """Ask for an operation without waiting: the future is for `answer`.

        `values` are the canonical values of the payload, by which an event is known to be the answer.
        """
        self.silent = False
        if operation.acknowledged:
            return await self._connection.request(operation.name, payload)
        asked = self._replies.expect(operation, values)
        self._sent.update(value for name, value in values.items() if name == "client_id" and value is not None)
        await self._connection.emit(operation.name, payload)
        return asked

    async def answer(self, operation: SocketOperation, asked: Asked) -> Facts:
        """Wait for the answer to what was asked, and judge it."""
        patience = self._setting.timing.reply
        try:
            async with asyncio.timeout(patience):
                answer = await asked
        except TimeoutError:
            what = "an acknowledgement of" if operation.acknowledged else "an event that answers"
            expected = f"{what} {operation.name} within {patience:g} s"
            raise Unanswered(expected, self.log(), owner=self.name, asked=operation.name) from None
        if not isinstance(answer, Reply):
            return self._setting.oracle.acknowledgement(operation, answer)
        if answer.error is not None:
            raise self._setting.oracle.refusal(operation, answer.error)
        return self._setting.oracle.reply(operation, answer.payload)

    async def alive(self) -> None:
        """Ask for something harmless and wait for the answer, whatever it is.

        The connection is alive then, and everything that was sent on it before has been handled; Failure if not.
        """
        operation, values = probe(self._setting.contract)
        payload = operation.payload(values)
        self._setting.oracle.request(operation, payload)
        since = self._inbox.count
        asked = await self.ask(operation, payload, values)
        try:
            await self.answer(operation, asked)
        except Refused:
            self._inbox.forget(operation.name, since)

    async def emit(self, event: str, payload: object) -> None:
        """Send an event under its wire name, valid or not, without asking for an acknowledgement."""
        self.silent = False
        await self._connection.emit(event, payload)

    async def emit_in_pieces(self, event: str, payload: object, count: int) -> None:
        """Send an event as one WebSocket message of so many fragments, or one more."""
        self.silent = False
        await self._connection.emit_in_pieces(event, payload, count)

    def hold(self) -> None:
        """Read nothing that arrives from now on, until `read_on()`."""
        self._connection.hold()

    def read_on(self) -> None:
        """Read what has arrived meanwhile, and go on."""
        self._connection.read_on()

    async def send_message(self, message: str) -> None:
        """Send a packet as it is, valid or not."""
        self.silent = False
        await self._connection.send_message(message)

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a frame as it is, valid or not."""
        self.silent = False
        await self._connection.send_frame(frame)

    async def expect(
        self, means: str, where: Mapping[str, object] = _NOTHING, *, patience: float | None = None
    ) -> Received:
        """Take the oldest event that fits and was not taken before, waiting for it if need be.

        What `where` asks of fields for which the documents have no place is left out.
        """
        waiting = patience if patience is not None else self._setting.timing.reply
        return await self._inbox.expect(means, self._setting.contract.sayable(means, where), patience=waiting)

    async def see(self, means: str, where: Mapping[str, object]) -> Received:
        """Return the oldest event that fits, taken or not, waiting for it if need be; it can still be taken."""
        return await self._inbox.see(means, where, patience=self._setting.timing.reply)

    async def expect_any(self, meanings: Sequence[str]) -> Received:
        """Take the oldest event with one of the meanings."""
        return await self._inbox.expect_any(meanings, patience=self._setting.timing.reply)

    def received(self, means: str, where: Mapping[str, object] = _NOTHING) -> list[Received]:
        """Return all events so far that fit."""
        return self._inbox.received(means, self._setting.contract.sayable(means, where))

    def begin_anew(self) -> None:
        """Forget everything that arrived so far."""
        self._inbox.clear()

    async def closed(self) -> None:
        """Wait until the server has closed the connection."""
        await self._inbox.end(patience=self._setting.timing.reply)

    async def ended(self) -> None:
        """Wait, however long it takes, until either side has closed the connection."""
        await self._inbox.end(patience=None)

    @property
    def open_still(self) -> bool:
        """Whether neither side has closed the connection."""
        return self._inbox.ended is None

    async def close(self) -> None:
        """Close the connection and wait until that is done."""
        await self._connection.close()

    async def cut(self) -> None:
        """Cut the connection, as when a network goes away, and wait until that is done."""
        await self._connection.abort()

    def log(self) -> list[str]:
        """Return everything that arrived, as text."""
        return self._inbox.log()

    def _event(self, name: str, arguments: Sequence[object]) -> None:
        judged = self._setting.oracle.event(name, arguments)
        if judged is not None:
            event, facts = judged
            if not self._repeats(event, facts):
                self._setting.witness.hears(self, event.means, facts)
                self._inbox.add(event.means, event.name, facts)
            self._replies.hear(event, facts, arguments[0] if arguments else None)

    def _repeats(self, event: Event, facts: Facts) -> bool:
        """Tell whether a message came before and was sent from here: who sends one again is answered by it again."""
        message = facts.find("message.id")
        if message is None or facts.find("message.client_id") not in self._sent:
            return False
        return bool(self._inbox.received(event.means, {"message.id": message}))

    def _close(self, reason: str) -> None:
        self._inbox.close(reason)
        self._replies.close(reason)
