"""One connection of a user, in the words of the vocabulary."""

import asyncio
from collections.abc import Mapping, Sequence

from palaver_conformance.contract.model import Handshake, SocketOperation
from palaver_conformance.drivers.socketio import Listener, SocketConnection
from palaver_conformance.errors import Failure
from palaver_conformance.facts import Facts
from palaver_conformance.inbox import Inbox, Received
from palaver_conformance.setting import Setting

_NOTHING: Mapping[str, object] = {}


class Device:
    """A connection whose frames the oracle judges; it records what arrived in its inbox.

    It is to an instance of the server, or to `url`, where something stands before one.
    """

    def __init__(
        self,
        name: str,
        setting: Setting,
        handshake: Handshake,
        instance: int = 0,
        *,
        url: str | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        self.name = name
        self._setting = setting
        self._handshake = handshake
        self._url = url or setting.subject.urls[instance]
        self._inbox = inbox or Inbox(name)
        self._connection = SocketConnection(
            handshake.namespace,
            setting.trace.wire(name),
            Listener(self._event, setting.oracle.violation, self._inbox.close),
        )

    async def open(
        self, auth: Mapping[str, object] | None, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> None:
        """Connect. Whether the server then likes the token is another matter: see what arrives."""
        await self._connection.open(
            self._url,
            self._handshake.path,
            auth=auth,
            query=query,
            headers=headers,
            patience=self._setting.timing.connect,
        )

    async def request(self, operation: SocketOperation, payload: object) -> Facts:
        """Ask for an operation and return its result. Raises Refused, or Failure when nothing comes back."""
        return await self.answer(operation, await self.ask(operation, payload))

    async def ask(self, operation: SocketOperation, payload: object) -> asyncio.Future[list[object]]:
        """Ask for an operation without waiting: the future is for `answer`."""
        return await self._connection.request(operation.name, payload)

    async def answer(self, operation: SocketOperation, asked: asyncio.Future[list[object]]) -> Facts:
        """Wait for the acknowledgement of what was asked, and judge it."""
        patience = self._setting.timing.reply
        try:
            async with asyncio.timeout(patience):
                arguments = await asked
        except TimeoutError:
            expected = f"an acknowledgement of {operation.name} within {patience:g} s"
            raise Failure(expected, self.log()) from None
        return self._setting.oracle.acknowledgement(operation, arguments)

    async def emit(self, event: str, payload: object) -> None:
        """Send an event under its wire name, valid or not, without asking for an acknowledgement."""
        await self._connection.emit(event, payload)

    async def send_message(self, message: str) -> None:
        """Send a packet as it is, valid or not."""
        await self._connection.send_message(message)

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a frame as it is, valid or not."""
        await self._connection.send_frame(frame)

    async def expect(
        self, means: str, where: Mapping[str, object] = _NOTHING, *, patience: float | None = None
    ) -> Received:
        """Take the oldest event that fits and was not taken before, waiting for it if need be."""
        waiting = patience if patience is not None else self._setting.timing.reply
        return await self._inbox.expect(means, where, patience=waiting)

    async def expect_any(self, meanings: Sequence[str]) -> Received:
        """Take the oldest event with one of the meanings."""
        return await self._inbox.expect_any(meanings, patience=self._setting.timing.reply)

    def received(self, means: str, where: Mapping[str, object] = _NOTHING) -> list[Received]:
        """Return all events so far that fit."""
        return self._inbox.received(means, where)

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

    def log(self) -> list[str]:
        """Return everything that arrived, as text."""
        return self._inbox.log()

    def _event(self, name: str, arguments: Sequence[object]) -> None:
        judged = self._setting.oracle.event(name, arguments)
        if judged is not None:
            event, facts = judged
            self._setting.witness.hears(self, event.means, facts)
            self._inbox.add(event.means, event.name, facts)
