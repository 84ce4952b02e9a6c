"""Frames as a server writes them: whole, and not masked (RFC 6455, section 5.2)."""

from typing import Final

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

FINAL: Final = 0x80
"""The bit of the first byte which says that a message ends with this frame."""

_SHORT: Final = 126
_MEDIUM: Final = 65_536


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a final frame, its length in as few bytes as can be."""
    first, size = FINAL | opcode, len(payload)
    if size < _SHORT:
        return bytes((first, size)) + payload
    if size < _MEDIUM:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload
