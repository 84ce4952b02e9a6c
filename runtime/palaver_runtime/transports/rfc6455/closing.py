"""How a websocket ends: codes, and the body of close frames (RFC 6455, sections 5.5.1 and 7.4)."""

from typing import Final

NORMAL: Final = 1000
PROTOCOL_ERROR: Final = 1002
NO_CODE: Final = 1005
"""Stands for a close frame without a code; never on the wire."""
ABNORMAL: Final = 1006
"""Stands for an end without a close frame; never on the wire."""
INVALID_TEXT: Final = 1007
POLICY_VIOLATION: Final = 1008
TOO_LARGE: Final = 1009
INTERNAL_ERROR: Final = 1011
SERVICE_RESTART: Final = 1012

_REASON_BYTES: Final = 123
_REGISTERED: Final = frozenset({*range(1000, 1004), *range(1007, 1015)})


class InvalidClose(ValueError):
    """The body of a close frame is none; `code` is that of the close frame which answers it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_sendable(code: int) -> bool:
    """Tell whether a code may stand in a close frame: it is registered, or free for libraries and applications."""
    return code in _REGISTERED or 3000 <= code < 5000


def read_close(body: bytes) -> tuple[int, str]:
    """Return the code and the reason in the body of a close frame, NO_CODE for an empty one; raise InvalidClose."""
    if not body:
        return NO_CODE, ""
    code = int.from_bytes(body[:2], "big")
    if len(body) < 2 or not is_sendable(code):
        raise InvalidClose(PROTOCOL_ERROR, "a close frame without a code that may be sent")
    try:
        return code, body[2:].decode()
    except UnicodeDecodeError:
        raise InvalidClose(INVALID_TEXT, "the reason of a close frame is not UTF-8") from None


def close_body(code: int, reason: str = "") -> bytes:
    """Return the body of a close frame; a reason that is too long is cut. An empty one for NO_CODE.

    Raise ValueError for a code that may not be sent.
    """
    if code == NO_CODE:
        return b""
    if not is_sendable(code):
        raise ValueError(f"{code} may not stand in a close frame")
    # Cut amid a character, the rest of that goes too.
    told = reason.encode(errors="replace")[:_REASON_BYTES].decode(errors="ignore")
    return code.to_bytes(2, "big") + told.encode()
