"""Socket.IO protocol 5 packets as text, without I/O.

A packet is ``<type>[<attachments>-][<namespace>,][<id>][<JSON>]``. Reading keeps each argument of an event as
its own raw JSON text: the receiver validates it in one pass, and what is refused is refused by the validator
in its own words (a lone surrogate, say), not by cutting the connection.
"""

import json
import re
from typing import Final, TypeGuard

import orjson

from palaver_runtime.transports.encoding import encode
from palaver_runtime.transports.values import MOST, too_many

CONNECT: Final = "0"
DISCONNECT: Final = "1"
EVENT: Final = "2"
ACK: Final = "3"
CONNECT_ERROR: Final = "4"
BINARY_EVENT: Final = "5"
BINARY_ACK: Final = "6"

# An acknowledgement id is a counter of the client; the largest integer of JavaScript has 16 digits.
_HEAD: Final = re.compile(r"([0-6])(?:(\d{1,4})-)?(?:(/[^,]*)(?:,|$))?(\d{1,16})?(?!\d)")
_LONGEST: Final = len("2") + 16 + len("[")
# An event with one object, as nearly all are: where that begins. It ends before the last character.
_PLAIN: Final = re.compile(r'\["([^"\\\x00-\x1f]*)",(?={)')
_SPACE: Final = re.compile(r"[ \t\n\r]*")


class MalformedPacket(ValueError):
    """The peer sent text that is not a Socket.IO packet, or one that a client may not send."""


class Head:
    """What stands before the JSON of a packet; `body` is where the JSON starts in the text."""

    __slots__ = ("ack", "attachments", "body", "kind", "namespace")

    def __init__(self, kind: str, attachments: int, namespace: str, ack: str | None, body: int) -> None:
        self.kind: Final = kind
        self.attachments: Final = attachments
        self.namespace: Final = namespace
        self.ack: Final = ack
        self.body: Final = body


class EventBody:
    """An event: its name and the raw JSON text of every argument after it."""

    __slots__ = ("arguments", "name")

    def __init__(self, name: str, arguments: tuple[str, ...]) -> None:
        self.name: Final = name
        self.arguments: Final = arguments


def read_head(text: str) -> Head:
    """Return the head of a packet; raise MalformedPacket when it has none."""
    if text.startswith(EVENT):
        # In the namespace that nearly all use, what stands before the JSON is a number at most.
        body = text.find("[", 1, _LONGEST)
        number = text[1:body]
        if body == 1 or (body > 1 and number.isascii() and number.isdigit()):
            return Head(EVENT, 0, "/", number or None, body)
    match = _HEAD.match(text)
    if match is None:
        raise MalformedPacket("no packet head")
    kind, attachments, namespace, ack = match.groups()
    binary = kind in (BINARY_EVENT, BINARY_ACK)
    if binary != (attachments is not None):
        raise MalformedPacket("attachment count on a packet without attachments, or none on one with")
    # Clients before Socket.IO 3 put a query string after the namespace.
    namespace = (namespace or "/").partition("?")[0]
    return Head(kind, int(attachments or 0), namespace, ack, match.end())


def read_auth(text: str, body: int) -> dict[str, object]:
    """Return the auth object of a CONNECT packet; an absent one is empty. Raise MalformedPacket."""
    if body == len(text):
        return {}
    try:
        auth: object = orjson.loads(text[body:])
    except ValueError:
        raise MalformedPacket("the auth of CONNECT is not JSON") from None
    if not isinstance(auth, dict):
        raise MalformedPacket("the auth of CONNECT is not an object")
    return auth


def read_event(text: str, body: int) -> EventBody:
    """Return the event at `body`; raise MalformedPacket unless it is an array that starts with a string.

    What has more values than anybody reads is not divided into arguments, nor looked at any further.
    """
    plain = _PLAIN.match(text, body)
    if plain is not None and len(text) <= MOST and text.endswith("}]"):
        argument = text[plain.end() : -1]
        try:
            orjson.loads(argument)
        except ValueError:
            pass  # there may be more than one, or something that only the validator is to refuse
        else:
            return EventBody(plain[1], (argument,))
    elements: list[str] = []
    try:
        name, end = _DECODER.raw_decode(text, _open_array(text, body))
        position = _skip(text, end)
        if text[position] == "," and too_many(text[position + 1 :].encode(errors="replace")) and _is_name(name):
            return EventBody(name, (text[position + 1 :].rstrip().removesuffix("]"),))
        while text[position] == ",":
            start = _skip(text, position + 1)
            _, end = _DECODER.raw_decode(text, start)
            elements.append(text[start:end])
            position = _skip(text, end)
        closed = text[position] == "]" and _skip(text, position + 1) == len(text)
    except (ValueError, IndexError, RecursionError):
        raise MalformedPacket("the event is not JSON") from None
    if not closed or not _is_name(name):
        raise MalformedPacket("the event is not an array that starts with its name")
    return EventBody(name, tuple(elements))


def read_event_name(text: str, body: int) -> str | None:
    """Return the name of the event at `body` without reading further, None when that fails."""
    try:
        name, _ = _DECODER.raw_decode(text, _open_array(text, body))
    except (ValueError, IndexError, RecursionError):
        return None
    return name if _is_name(name) else None


def connect_packet(namespace: str, sid: str) -> str:
    """Return the packet that accepts a connection to `namespace`."""
    return CONNECT + _prefix(namespace) + encode({"sid": sid})


def connect_error_packet(namespace: str, message: str, data: object = None) -> str:
    """Return the packet that refuses a connection to `namespace`; what is given becomes err.message and err.data."""
    return CONNECT_ERROR + _prefix(namespace) + encode({"message": message} | ({"data": data} if data else {}))


def disconnect_packet(namespace: str) -> str:
    """Return the packet that ends a connection to `namespace`."""
    return DISCONNECT + _prefix(namespace)


def event_packet(namespace: str, name: str, payload: object) -> str:
    """Return an event with one argument; raise TypeError when `payload` has no JSON form."""
    return EVENT + _prefix(namespace) + encode([name, payload])


def ack_packet(namespace: str, ack: str, arguments: list[object]) -> str:
    """Return the acknowledgement of the event with the id `ack`; raise TypeError as event_packet does."""
    return ACK + _prefix(namespace) + ack + encode(arguments)


def _prefix(namespace: str) -> str:
    return "" if namespace == "/" else namespace + ","


def _is_name(name: object) -> TypeGuard[str]:
    if not isinstance(name, str):
        return False
    try:
        name.encode()
    except UnicodeEncodeError:
        return False  # a lone surrogate: an answer could not repeat the name
    return True


def _no_constant(name: str) -> None:
    raise MalformedPacket(f"{name} is not JSON")


def _open_array(text: str, body: int) -> int:
    position = _skip(text, body)
    if text[position] != "[":
        raise MalformedPacket("the event is not an array")
    return _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match is not None
    return match.end()


# Only the extent of each argument is wanted here. float takes integers of any length, where int gives up at
# 4300 digits: such a number is for the validator to refuse.
_DECODER: Final = json.JSONDecoder(parse_int=float, parse_constant=_no_constant)
