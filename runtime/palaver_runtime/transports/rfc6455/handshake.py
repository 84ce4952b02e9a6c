"""The opening handshake (RFC 6455, section 4.2), after HTTP has been read."""

import binascii
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES: Final = 16
_VERSION: Final = b"13"


class Refused(Exception):
    """A request that opens no websocket: the status of the answer, why, and headers for it by name in lower case."""

    def __init__(self, status: int, reason: str, headers: Mapping[bytes, bytes] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.headers: Mapping[bytes, bytes] = headers or {}


def accept_key(method: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the value of Sec-WebSocket-Accept for a request, given its headers by name in lower case.

    Raise Refused for one that opens no websocket. Of extensions and subprotocols none is agreed on.
    """
    found: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    if method != b"GET":
        raise Refused(405, "a websocket is opened by GET", {b"allow": b"GET"})
    if version != "1.1":
        raise Refused(400, "a websocket is opened by HTTP/1.1")
    if b"upgrade" not in _tokens(found, b"connection") or _tokens(found, b"upgrade") != [b"websocket"]:
        raise Refused(426, "this is for websockets", {b"upgrade": b"websocket"})
    if found.get(b"sec-websocket-version") != [_VERSION]:
        raise Refused(400, "this is version 13 of the protocol", {b"sec-websocket-version": _VERSION})
    keys = found.get(b"sec-websocket-key", [])
    if len(keys) != 1 or not _is_key(keys[0]):
        raise Refused(400, "Sec-WebSocket-Key is not one key of 16 bytes")
    return binascii.b2a_base64(hashlib.sha1(keys[0] + _GUID, usedforsecurity=False).digest(), newline=False)


def _tokens(found: Mapping[bytes, list[bytes]], name: bytes) -> list[bytes]:
    return [token.strip().lower() for value in found.get(name, ()) for token in value.split(b",")]


def _is_key(key: bytes) -> bool:
    try:
        return len(binascii.a2b_base64(key, strict_mode=True)) == _KEY_BYTES
    except binascii.Error:
        return False
