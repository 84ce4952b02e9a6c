"""What one client sends, in order, one frame at a time, into the dialect."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from palaver_runtime.about import note
from palaver_runtime.transports import reasons
from palaver_runtime.transports.sockets import Handshake, Pending, SocketDialect
from palaver_runtime.transports.turns import Turns, Wait
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


@dataclass(frozen=True, slots=True)
class _Connect:
    pass


_Item: TypeAlias = str | _Oversized | _Binary | _Connect


class Session(Turns[_Item], Generic[S]):
    """Takes frames as they arrive and hands them to the dialect in their order.

    A bounded queue lies between: frame() asks to wait while it is full, which holds back this one client. What arrives
    before the client is accepted waits there too. When the client leaves, what was queued before is still handled;
    when the server closes, it is not. A handler that runs is cancelled by neither, so that what it began is finished;
    its emits are dropped. `gone` is told at the end of all.
    """

    __slots__ = ("_accepted", "_connection", "_dialect", "_end", "_gone", "_handshake", "_limits", "_tags")

    def __init__(
        self,
        dialect: SocketDialect[Connection[S]],
        connection: Connection[S],
        handshake: Handshake,
        tags: Tags,
        limits: WebSocketLimits,
        gone: "Callable[[Session[S]], None]",
    ) -> None:
        super().__init__(limits.inbound_queue)
        self._dialect = dialect
        self._connection = connection
        self._handshake = handshake
        self._tags = tags
        self._limits = limits
        self._gone = gone
        self._accepted = False
        self._end: str | None = None

    # -- receiving: called by the carrier, one frame after the other --

    def open(self) -> None:
        """Have the dialect say whether the client is accepted."""
        self.put(_Connect())

    def frame(self, data: str | bytes) -> Wait:
        """Take one frame; return what to wait for before the next one."""
        return self.put(self._item(data))

    def ended(self, reason: str, *, by_server: bool) -> None:
        """Take note that nothing more can be sent or received."""
        self._end = reason
        self._connection.detach()
        self.end(drop=by_server)

    def _item(self, data: str | bytes) -> str | _Oversized | _Binary:
        if isinstance(data, bytes):
            return _Binary()
        size = frames.size(data)
        return _Oversized(self._tags.glance(data), size) if size > self._limits.max_frame_bytes else data

    # -- handling, in turns --

    @property
    def name(self) -> str:
        """What its tasks are called."""
        return f"connection {self._connection.id}"

    def keeps_order(self, item: _Item) -> bool:
        """Ask the dialect."""
        return isinstance(item, str) and self._dialect.keeps_order(self._tags.find(item))

    async def handle(self, item: _Item) -> Pending | None:
        """Handle a frame, or the connection itself."""
        if isinstance(item, _Connect):
            note(connection=self._connection.id)
            self._accepted = self._end is None and await self._connect()
        elif self._accepted:
            return await self._handle_frame(item)
        return None

    def answer(self, item: _Item, pending: Pending) -> None:
        """See whether a frame was handled: whatever is to be said of it has been."""
        assert isinstance(item, str), "nothing else is pending"
        try:
            pending.result()
        except asyncio.CancelledError:
            logger.info("connection %s: a frame was given up", self._connection.id)
        except Exception as error:
            self._fail(self._tags.find(item), error)

    def leave(self) -> None:
        """Tell the dialect, once the websocket has ended."""
        if self._accepted:
            self._leave(self._end or reasons.SERVER_SHUTDOWN)

    def broken(self) -> None:
        """End the connection."""
        self._connection.close(reasons.FAILED)

    def over(self) -> None:
        """Tell that nothing is left to do."""
        self._gone(self)

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

    async def _handle_frame(self, item: str | _Oversized | _Binary) -> Pending | None:
        tag = ""
        try:
            if isinstance(item, _Binary):
                self._dialect.binary(self._connection, tag, False)
            elif isinstance(item, _Oversized):
                tag = item.tag
                self._dialect.oversized(self._connection, tag or None, item.size, False)
            else:
                tag = self._tags.find(item)
                answer = await self._dialect.receive(self._connection, tag, [item], False)
                return answer if isinstance(answer, Pending) else None
        except Exception as error:
            self._fail(tag, error)
        return None

    def _fail(self, tag: str, error: Exception) -> None:
        # The tag is the client's text: not for the log.
        logger.error("connection %s: a frame failed", self._connection.id, exc_info=error)
        self._failed(tag)

    def _failed(self, tag: str | None) -> None:
        try:
            self._dialect.failed(self._connection, tag, False)
        except Exception:
            logger.exception("connection %s: the answer to a failure failed", self._connection.id)

    def _leave(self, reason: str) -> None:
        self._connection.detach()
        try:
            self._dialect.disconnect(self._connection, reason)
        except Exception:
            logger.exception("connection %s: disconnect failed", self._connection.id)
