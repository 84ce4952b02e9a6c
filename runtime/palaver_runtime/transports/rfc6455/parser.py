"""Frames as a client writes them, from bytes in whatever pieces they come."""

import codecs
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, NoReturn, TypeAlias

from palaver_runtime.transports.rfc6455.closing import (
    INVALID_TEXT,
    PROTOCOL_ERROR,
    TOO_LARGE,
    InvalidClose,
    read_close,
)
from palaver_runtime.transports.rfc6455.frames import BINARY, CLOSE, CONTINUATION, FINAL, PING, PONG, TEXT

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without its wheel
    from websockets.utils import apply_mask

_CONTROL: Final = 0x8
_LARGEST_CONTROL: Final = 125
_MASKED: Final = 0x80
_RESERVED_BITS: Final = 0x70
_OPCODES: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
_FIRST_BYTES: Final = frozenset(
    {opcode | final for opcode in _OPCODES for final in (0, FINAL) if final or opcode < _CONTROL}
)
_NONE: Final[list[bytes]] = []
"""The fragments of a message that has not begun, to which none are added: each parser would have a list otherwise."""

_UTF_8: Final = codecs.getincrementaldecoder("utf-8")


class _Fragment(Enum):
    FRAGMENT = "a fragment"


FRAGMENT: Final = _Fragment.FRAGMENT
"""Stands for a frame with which its message does not end."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a pong with the same payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers a ping, or none."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Ends the connection; nothing after it counts."""

    code: int
    reason: str


Event: TypeAlias = str | bytes | Ping | Pong | Close | Literal[_Fragment.FRAGMENT]
"""What a frame is: a whole text message, a whole binary one, and so on."""


class ProtocolError(Exception):
    """The client breaks the protocol, or a limit: the connection ends with `code`.

    `limit` names the limit, None when it is none.
    """

    def __init__(self, code: int, message: str, limit: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.limit = limit


class Parser:
    """Takes bytes, and gives one frame at a time.

    A frame is judged by its first bytes: what is too large is refused before it has come. So what is kept is never
    more than a message may have, and what was fed last. After a close, or an error, nothing more is given.
    """

    __slots__ = ("_at", "_data", "_decoder", "_fragments", "_max_bytes", "_max_fragments", "_opcode", "_over", "_size")

    def __init__(self, max_bytes: int, max_fragments: int) -> None:
        """Begin; a message has `max_bytes` and `max_fragments` at most."""
        self._max_bytes = max_bytes
        self._max_fragments = max_fragments
        self._data: bytes | bytearray = b""
        self._at = 0
        self._over = False
        # The message that has begun: CONTINUATION says that there is none.
        self._opcode = CONTINUATION
        self._fragments: list[bytes] = _NONE
        self._size = 0
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        if self._over:
            return
        if self._at == len(self._data):
            self._data, self._at = data, 0
            return
        # What is left of a large frame is moved once, not with every piece of it.
        if not isinstance(self._data, bytearray):
            self._data = bytearray(self._data[self._at :])
        elif self._at:
            del self._data[: self._at]
        self._data += data
        self._at = 0

    def next(self) -> Event | None:
        """Return what the next frame is, None when it has not come yet; raise ProtocolError."""
        data, at = self._data, self._at
        there = len(data) - at
        if there < 2:
            return None
        first, second = data[at], data[at + 1]
        if first not in _FIRST_BYTES:
            self._fail(PROTOCOL_ERROR, _what_is_wrong(first))
        if second < _MASKED:
            self._fail(PROTOCOL_ERROR, "a frame is not masked")
        size, start = second - _MASKED, at + 6
        if size >= 126:
            if first & _CONTROL:
                self._fail(PROTOCOL_ERROR, "a control frame of over 125 bytes")
            wide = 2 if size == 126 else 8
            if there < 2 + wide:
                return None
            size, start = int.from_bytes(data[at + 2 : at + 2 + wide], "big"), start + wide
            if size < (126 if wide == 2 else 65_536) or size >> 63:
                self._fail(PROTOCOL_ERROR, "a length in more bytes than it needs, or in more bits than there are")
        if not first & _CONTROL:
            self._check(first & ~FINAL, size)
        end = start + size
        if len(data) < end:
            return None
        self._at = end
        payload = apply_mask(data[start:end], data[start - 4 : start])
        if first == TEXT | FINAL:
            try:
                return payload.decode()
            except UnicodeDecodeError:
                self._fail(INVALID_TEXT, "text is not UTF-8")
        if first & _CONTROL:
            return self._control(first & ~FINAL, payload)
        return payload if first == BINARY | FINAL else self._piece(first, payload)

    @property
    def over(self) -> bool:
        """Whether nothing more is given."""
        return self._over

    def _check(self, opcode: int, size: int) -> None:
        """Check that a frame of data may stand here; it may be called more than once for one frame."""
        if (opcode == CONTINUATION) != (self._opcode != CONTINUATION):
            self._fail(
                PROTOCOL_ERROR,
                "a message begins within another" if opcode else "a fragment goes on with no message",
            )
        if self._size + size > self._max_bytes:
            self._fail(TOO_LARGE, f"a message of over {self._max_bytes} bytes", "frame_bytes")
        if len(self._fragments) >= self._max_fragments:
            self._fail(TOO_LARGE, f"a message in over {self._max_fragments} fragments", "fragments")

    def _piece(self, first: int, payload: bytes) -> Event:
        """Take a fragment; of text each is checked at once, characters that it cuts in two included."""
        final = bool(first & FINAL)
        if self._opcode == CONTINUATION:
            self._opcode = first & ~FINAL
            self._decoder = _UTF_8() if self._opcode == TEXT else None
        self._size += len(payload)
        if self._fragments is _NONE:
            self._fragments = []
        self._fragments.append(payload)
        if self._decoder is not None:
            try:
                self._decoder.decode(payload, final)
            except UnicodeDecodeError:
                self._fail(INVALID_TEXT, "text is not UTF-8")
        if not final:
            return FRAGMENT
        whole = b"".join(self._fragments)
        is_text, self._decoder = self._decoder is not None, None
        self._opcode, self._fragments, self._size = CONTINUATION, _NONE, 0
        return whole.decode() if is_text else whole

    def _control(self, opcode: int, payload: bytes) -> Event:
        if opcode == PING:
            return Ping(payload)
        if opcode == PONG:
            return Pong(payload)
        try:
            code, reason = read_close(payload)
        except InvalidClose as error:
            self._fail(error.code, str(error))
        self._end()
        return Close(code, reason)

    def _fail(self, code: int, message: str, limit: str | None = None) -> NoReturn:
        self._end()
        raise ProtocolError(code, message, limit) from None

    def _end(self) -> None:
        self._over = True
        self._data, self._at, self._fragments = b"", 0, _NONE


def _what_is_wrong(first: int) -> str:
    if first & _RESERVED_BITS:
        return "bits are set that no extension gives a meaning"
    return "a control frame in fragments" if first & ~FINAL in _OPCODES else "a frame of an unknown kind"
