"""What the requests that open sessions say: of many clients the same, which is kept once then."""

import binascii
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs

PLAIN: Final = (b"EIO=4&transport=websocket", b"transport=websocket&EIO=4")
"""The queries that say no more than that."""

_OF_THE_WEBSOCKET: Final = frozenset(
    {b"connection", b"upgrade", b"sec-websocket-extensions", b"sec-websocket-key", b"sec-websocket-version"}
)
"""Headers of the handshake itself, one of them another for each client."""

_COMMON: Final = frozenset(
    {
        *(b"accept", b"accept-encoding", b"accept-language", b"cache-control", b"host", b"origin", b"pragma"),
        *(b"sec-fetch-dest", b"sec-fetch-mode", b"sec-fetch-site", b"user-agent"),
    }
)
"""Headers that say nothing of who somebody is, as far as is known: others do not outlast their session."""

_SHORT: Final = 1_024
"""Bytes of headers that are kept once."""

_IN_URLS: Final = str.maketrans("+/", "-_")

_KINDS: Final = 200
"""Kinds of clients, and names of headers, that are remembered: those that came last."""


def new_id() -> str:
    """Name a session, or a connection: twenty characters that nobody guesses, of those that the library takes."""
    return binascii.b2a_base64(os.urandom(15), newline=False).decode().translate(_IN_URLS)


def read_query(query: bytes) -> Mapping[str, list[str]]:
    """Give the parameters of a request, which nobody changes."""
    return _PLAINLY if query in PLAIN else parse_qs(query.decode(errors="replace"), keep_blank_values=True)


def first_values(query: Mapping[str, list[str]]) -> dict[str, str]:
    """Give the first value of each parameter; nobody changes the result."""
    return _FIRST_PLAINLY if query is _PLAINLY else {name: values[0] for name, values in query.items()}


def read_headers(all_headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Give the headers of a request but for those of the websocket itself; nobody changes the result."""
    headers = tuple([each for each in all_headers if each[0] not in _OF_THE_WEBSOCKET])
    size = sum([len(name) + len(value) for name, value in headers])
    if size <= _SHORT and _COMMON.issuperset([name for name, _ in headers]):
        return _shared(headers)
    return _read(headers)


def _read(headers: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = _name(raw_name), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


_shared = lru_cache(_KINDS)(_read)


@lru_cache(_KINDS)
def _name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


_PLAINLY: Final[Mapping[str, list[str]]] = {"EIO": ["4"], "transport": ["websocket"]}
_FIRST_PLAINLY: Final = {"EIO": "4", "transport": "websocket"}
