"""One connection as a conversation: what was asked on it and is not answered yet, and what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from palaver_client import wording
from palaver_client.connections import Listener, connection
from palaver_client.facts import at, find, identifier, part
from palaver_client.replies import Replies, Reply
from palaver_wire.client import ClientError, ConnectionLost, Dialect, Json, NotConnected, Received, Sent
from palaver_wire.contract import WireModel

_READY, _ERROR = "session.ready", "session.error"

Settled: TypeAlias = Callable[[str, Sent, Json, Json], None]
"""Told of the name, the event, what was asked and what was answered, before anything else is heard."""


class Channel:
    """A connection from its opening to its end; `ended` gives the reason.

    Until `release` is called it holds back what it hears, in order, and then gives it and all later to `hear`.
    """

    def __init__(self, url: str, dialect: Dialect, hear: Callable[[str, Json], None], settled: Settled) -> None:
        assert dialect.socket is not None, "a dialect without events has no connection"
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = loop.create_future()
        self._dialect = dialect
        self._hear = hear
        self._settled = settled
        self._replies = Replies()
        self._held: list[tuple[str, Json]] | None = []
        self._pending: set[asyncio.Future[Json] | asyncio.Future[Reply]] = set()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._refusal: ClientError | None = None
        self._connection = connection(url, dialect.socket, Listener(self._heard, self._lost))

    async def open(self, token: str | None) -> None:
        """Connect, and wait until the server says that events arrive, where its documents have an event for that.

        Raises the refusal that the server gave for ending the connection, or `NotConnected`.
        """
        await self._connection.open(token)
        if any(received.meaning.means == _READY for received in self._dialect.received.values()):
            await self._ready

    async def ask(self, name: str, sent: Sent, value: dict[str, Json]) -> tuple[Json, WireModel | None]:
        """Send an event and return its answer as it stands on the wire, and as a model; None if nothing answers it.

        Raises `Refused`, `ConnectionLost` or `UnexpectedAnswer`.
        """
        if self.ended.done():
            raise ConnectionLost(f"{name}: {self.ended.result()}")
        if sent.ack is not None:
            return await self._acknowledged(name, sent, value)
        if sent.reply is not None:
            return await self._replied(name, sent, value)
        await self._connection.send(name, value, None)
        return None, None

    async def close(self) -> None:
        """Close the connection; whoever waits for an answer learns that none will come."""
        self._lost("closed")
        await self._connection.close()

    def release(self) -> None:
        """Give what was held back, and from now on everything at once."""
        held, self._held = self._held or [], None
        for name, value in held:
            self._hear(name, value)

    def abandon(self) -> list[tuple[str, Json]]:
        """Return what was held back and will not be given."""
        held, self._held = self._held or [], []
        return held

    async def _acknowledged(self, name: str, sent: Sent, value: dict[str, Json]) -> tuple[Json, WireModel | None]:
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._pending.add(answer)

        def settle(given: Json) -> None:
            if not answer.done():
                # Entering a room begins before the next event, not when the one who asked runs again.
                if sent.meaning.entry and _fits(self._dialect, name, sent, given):
                    self._settled(name, sent, value, given)
                answer.set_result(given)

        try:
            await self._connection.send(name, value, settle)
            given = await answer
        finally:
            self._pending.discard(answer)
        return given, wording.acknowledgement(self._dialect, name, sent, given)

    async def _replied(self, name: str, sent: Sent, value: dict[str, Json]) -> tuple[Json, WireModel | None]:
        assert sent.reply is not None
        assert sent.answer is not None
        answer = self._replies.expect(name, sent, value, lambda given: self._settled(name, sent, value, given))
        self._pending.add(answer)
        try:
            await self._connection.send(name, value, None)
            reply = await answer
        finally:
            self._pending.discard(answer)
            self._replies.forget(answer)
        if reply.refused:
            raise self._refused(name, reply.value)
        body = self._dialect.received[sent.reply].body
        payload = at(reply.value, f"/{body}") if body else reply.value
        return reply.value, wording.answer(name, sent.answer, payload)

    def _refused(self, operation: str, value: Json) -> ClientError:
        """Return what an error event says."""
        for received in self._dialect.received.values():
            if received.meaning.means == _ERROR and (error := part(value, received.meaning.fields, "error")):
                return wording.refusal(self._dialect, operation, *error)
        return NotConnected(f"{operation} was refused")

    def _heard(self, name: str, value: Json) -> None:
        received = self._dialect.received.get(name)
        if received is None or self.ended.done():
            return
        self._notice(received, value)
        self._replies.hear(name, received, value)
        if self._held is None:
            self._hear(name, value)
        else:
            self._held.append((name, value))

    def _notice(self, received: Received, value: Json) -> None:
        fields = received.meaning.fields
        if received.meaning.means == _READY:
            self._replies.user = identifier(value, fields, "user")
            if not self._ready.done():
                self._ready.set_result(None)
        elif received.meaning.means == _ERROR and find(value, fields, "error.original_event") is None:
            # One that refuses no event refuses the connection; its end comes next.
            self._refusal = self._refused("the connection", value)

    def _lost(self, reason: str) -> None:
        if self.ended.done():
            return
        self.ended.set_result(reason)
        if not self._ready.done():
            self._ready.set_exception(self._refusal or NotConnected(f"the server ended the connection: {reason}"))
            self._ready.exception()  # Nobody may have come to wait for it yet, or ever.
        for waiting in self._pending:
            if not waiting.done():
                waiting.set_exception(ConnectionLost(f"the connection ended before the answer: {reason}"))

    @property
    def refusal(self) -> ClientError | None:
        """Why the server ended the connection, if it said so."""
        return self._refusal


def _fits(dialect: Dialect, name: str, sent: Sent, given: Json) -> bool:
    try:
        wording.acknowledgement(dialect, name, sent, given)
    except ClientError:
        return False
    return True
