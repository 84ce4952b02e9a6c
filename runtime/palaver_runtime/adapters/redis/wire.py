"""An open connection to Redis: what is written to it, and what comes.

The client library makes it, as it knows of addresses, TLS, passwords and databases. From then on it is written and read
here, as the library's pools, retries, timeouts and streams were about a quarter of what a busy instance did.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from hiredis import Reader, ReplyError, pack_command

Command = tuple[str | bytes | int, ...]
Reply = bytes | int | ReplyError | None | list["Reply"]
"""The answer to a command, ReplyError if Redis refuses it, or a message for who listens."""


class Opened(Protocol):
    """What is taken from the library's connection; its types say less."""

    _reader: asyncio.StreamReader | None
    _writer: asyncio.StreamWriter | None

    async def connect(self) -> None:
        """Connect, unless that is done."""
        ...

    async def disconnect(self, nowait: bool = False) -> None:
        """Close the connection, if there is one."""
        ...


class Wire(asyncio.Protocol):
    """Takes over an open connection on which nothing is under way; the library may then open another.

    `hear` is called with each reply as it comes, many in one go, and `ended` once with the reason when no more will,
    unless we have hung up. Neither is to block. What `hear` raises ends the connection.
    """

    __slots__ = ("_ended", "_hear", "_open", "_reader", "_transport", "_writer")

    def __init__(self, opened: Opened, hear: Callable[[Reply], None], ended: Callable[[Exception], None]) -> None:
        writer, opened._writer, opened._reader = opened._writer, None, None
        if writer is None:
            raise ConnectionError("the connection was closed")
        # A writer that is collected closes its transport.
        self._writer = writer
        self._transport = cast("asyncio.Transport", writer.transport)
        self._reader = Reader()
        self._hear = hear
        self._ended = ended
        self._open = True
        self._transport.set_protocol(self)

    def write(self, commands: Sequence[Command]) -> None:
        """Send commands in one go. Never blocks: whoever writes has a limit to what is not answered yet."""
        self._transport.write(b"".join([_packed(each) for each in commands]))

    def hang_up(self) -> None:
        """Close the connection without waiting for the other side; nothing is heard any more."""
        self._open = False
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Hand over what has come."""
        try:
            self._reader.feed(data)
            # False is what there is before a reply is complete; none is False.
            while self._open and (reply := self._reader.gets()) is not False:
                self._hear(reply)
        except Exception as error:
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that nothing comes any more."""
        self._end(exc or ConnectionError("the connection was closed"))

    def _end(self, reason: Exception) -> None:
        if self._open:
            self.hang_up()
            self._ended(reason)


def _packed(command: Command) -> bytes:
    # A name from a foreign token may hold half of a surrogate pair.
    parts = tuple([each.encode("utf-8", "surrogatepass") if isinstance(each, str) else each for each in command])
    return cast("bytes", pack_command(parts))  # type: ignore[arg-type] # it is declared for tuples of one alone
