"""What one client sends, in order, one frame at a time, into the dialect."""

import logging
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from palaver_runtime.about import note
from palaver_runtime.transports import reasons
from palaver_runtime.transports.inbox import Inbox, Wait
from palaver_runtime.transports.sockets import Handshake, SocketDialect
from palaver_runtime.transports.turn import Turn
from palaver_runtime.transports.websocket import frames
from palaver_runtime.transports.websocket.connection import Connection
from palaver_runtime.transports.websocket.frames import Tags
from palaver_runtime.transports.websocket.limits import WebSocketLimits

logger = logging.getLogger(__name__)

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class _Oversized:
    tag: str
    size: int


@dataclass(frozen=True, slots=True)
class _Binary:
    pass


_Item: TypeAlias = str | _Oversized | _Binary


class Session(Generic[S]):
    """Takes frames as they arrive and hands them to the dialect in a task of its own.

    A bounded queue lies between: frame() asks to wait while it is full, which holds back this one client. What arrives
    before the client is accepted waits there too. When the client leaves, what was queued before is still handled;
    when the server closes, it is not. A handler that runs is cancelled by neither, so that what it began is finished;
    its emits are dropped.
    """

    def __init__(
        self,
        dialect: SocketDialect[Connection[S]],
        connection: Connection[S],
        handshake: Handshake,
        tags: Tags,
        limits: WebSocketLimits,
    ) -> None:
        self._dialect = dialect
        self._connection = connection
        self._handshake = handshake
        self._tags = tags
        self._limits = limits
        self._inbox: Inbox[_Item | None] = Inbox(limits.inbound_queue)
        self._end: str | None = None
        self._dropping = False
        self._turn = Turn()

    # -- receiving: called by the carrier, one frame after the other --

    def frame(self, data: str | bytes) -> Wait:
        """Take one frame; return what to wait for before the next one."""
        return self._inbox.put(self._item(data))

    def ended(self, reason: str, *, by_server: bool) -> None:
        """Take note that nothing more can be sent or received."""
        self._end = reason
        self._dropping = by_server
        self._connection.detach()
        if not self._inbox:
            self._inbox.put(None)  # wakes the task

    async def rest(self) -> None:
        """Handle nothing more; return when what is being handled has been answered."""
        self._dropping = True
        await self._turn.over()

    def _item(self, data: str | bytes) -> _Item:
        if isinstance(data, bytes):
            return _Binary()
        size = frames.size(data)
        return _Oversized(self._tags.glance(data), size) if size > self._limits.max_frame_bytes else data

    # -- handling: the task of the session --

    async def run(self) -> None:
        """Handle what is received until the websocket has ended, then tell the dialect."""
        note(connection=self._connection.id)
        with self._turn:
            if self._end is not None or not await self._connect():
                return
        try:
            while self._inbox or self._end is None:
                item = await self._inbox.get()
                if item is not None and not self._dropping:
                    with self._turn:
                        await self._answer(item)
        finally:
            await self._leave(self._end or reasons.SERVER_SHUTDOWN)

    async def _connect(self) -> bool:
        reason = reasons.REFUSED
        try:
            if await self._dialect.connect(self._connection, self._handshake):
                return True
        except Exception:
            logger.exception("connection %s: connect failed", self._connection.id)
            self._failed(None)
            reason = reasons.FAILED
        self._connection.close(reason)
        return False

    async def _answer(self, item: _Item) -> None:
        tag = ""
        try:
            if isinstance(item, _Binary):
                self._dialect.binary(self._connection, tag, False)
            elif isinstance(item, _Oversized):
                tag = item.tag
                self._dialect.oversized(self._connection, tag or None, item.size, False)
            else:
                tag = self._tags.find(item)
                await self._dialect.receive(self._connection, tag, [item], False)
        except Exception:
            # The tag is the client's text: not for the log.
            logger.exception("connection %s: a frame failed", self._connection.id)
            self._failed(tag)

    def _failed(self, tag: str | None) -> None:
        try:
            self._dialect.failed(self._connection, tag, False)
        except Exception:
            logger.exception("connection %s: the answer to a failure failed", self._connection.id)

    async def _leave(self, reason: str) -> None:
        self._connection.detach()
        try:
            await self._dialect.disconnect(self._connection, reason)
        except Exception:
            logger.exception("connection %s: disconnect failed", self._connection.id)
