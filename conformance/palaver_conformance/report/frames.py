"""What the packets of a wire log are, in a word: the event, the request or the status, and whether it is a refusal."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http.client import responses

from palaver_conformance.contract import pointer as pointers
from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.trace import Entry

_SOCKET_IO = re.compile(r"4([0-6])(?:/[^,]*,)?(\d*)(.*)", re.DOTALL)
_CONNECT, _DISCONNECT, _EVENT, _ACKNOWLEDGEMENT, _CONNECT_ERROR = "0", "1", "2", "3", "4"
_FIRST_TEXT = re.compile(r'\s*\[\s*"((?:[^"\\]|\\.)*)"')
_ENGINE_IO: Mapping[str, str] = {"0": "open", "1": "close", "2": "ping", "3": "pong", "6": "noop"}
_FIRST_REFUSAL = 400
_IDENTIFIER = re.compile(r"[0-9a-fA-F-]{16,}")
_IN_PATH = re.compile(r"(?<=/)[0-9a-fA-F-]{16,}(?=/|$)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT.*")
_BRIEF = 200


class Kind(StrEnum):
    """What a packet is for. Those of the transport itself say nothing about the chat."""

    MESSAGE = "message"
    ANSWER = "answer"
    TRANSPORT = "transport"
    NOTE = "note"
    MARK = "mark"
    OBJECTION = "objection"


@dataclass(frozen=True)
class Frame:
    """An entry of the wire log, read; `number` is its place there.

    `label` is the name of an event, or `ack` and the name, or a method and path, or a status. `refusal` is the error
    code that it brings, if it does. `brief` is a short form of what is in it, with identifiers cut to their ends.
    """

    number: int
    entry: Entry
    kind: Kind
    label: str
    refusal: str = ""
    brief: str = ""


Reading = tuple[Kind, str, str, str]
"""What a frame is beside its entry: kind, label, refusal, brief."""


def read(entries: Sequence[Entry], contract: Contract) -> list[Frame]:
    """Return each entry of a log as what it is by the contract; one that cannot be read is shown as it came."""
    return list(_Reader(contract).read(entries))


class _Reader:
    """Reads a log from its beginning: an acknowledgement is known by the packet that asked for it."""

    def __init__(self, contract: Contract) -> None:
        self._codes = frozenset(contract.codes)
        self._tag = contract.handshake.tag if contract.handshake is not None else None
        # By connection, direction and number.
        self._asked: dict[tuple[str, str, str], str] = {}

    def read(self, entries: Sequence[Entry]) -> Iterator[Frame]:
        for number, entry in enumerate(entries):
            yield Frame(number, entry, *self._read(entry))

    def _read(self, entry: Entry) -> Reading:
        match entry.direction:
            case "==":
                return Kind.MARK, entry.text, "", ""
            case "!!":
                return Kind.OBJECTION, entry.text, "", ""
            case "--":
                return Kind.NOTE, entry.text, "", ""
        if entry.connection.endswith("/http"):
            return self._request(entry) if entry.direction == "->" else self._response(entry)
        if entry.connection.endswith("/grpc"):
            return self._call(entry) if entry.direction == "->" else self._answer(entry)
        return self._tagged(entry, self._tag) if self._tag is not None else self._packet(entry)

    def _request(self, entry: Entry) -> Reading:
        method, _, rest = entry.text.partition(" ")
        target, _, body = rest.partition(" ")
        path = _IN_PATH.sub(lambda found: f"…{found[0][-4:]}", target.partition("?")[0])
        return self._message(entry, f"{method} {path}", _parsed(body))

    def _response(self, entry: Entry) -> Reading:
        status, _, body = entry.text.partition(" ")
        code = int(status) if status.isdecimal() else 0
        phrase = responses.get(code, "")
        refusal = status if code >= _FIRST_REFUSAL else ""
        return self._message(entry, f"{status} {phrase}".rstrip(), _parsed(body), refusal, Kind.ANSWER)

    def _call(self, entry: Entry) -> Reading:
        name, _, body = entry.text.partition(" ")
        return self._message(entry, name, _parsed(body))

    def _answer(self, entry: Entry) -> Reading:
        status, _, body = entry.text.partition(" ")
        return self._message(entry, status, _parsed(body), "" if status == "OK" else status, Kind.ANSWER)

    def _tagged(self, entry: Entry, tag: str) -> Reading:
        content = _parsed(entry.text)
        try:
            name = pointers.get(content, tag)
        except LookupError:
            name = None
        if isinstance(name, str):
            payload = content.get("payload", content) if isinstance(content, dict) else content
            return self._message(entry, name, payload)
        # What was cut is no JSON any more, yet commonly begins with its name.
        found = re.search(rf'"{re.escape(tag.rpartition("/")[2])}"\s*:\s*"([^"]+)"', entry.text)
        return (Kind.MESSAGE, found[1], "", "") if found else _raw(entry)

    def _packet(self, entry: Entry) -> Reading:
        match = _SOCKET_IO.fullmatch(entry.text)
        if match is None:
            name = _ENGINE_IO.get(entry.text[:1], "")
            return (Kind.TRANSPORT, name, "", "") if name else _raw(entry)
        kind, number, data = match.groups()
        content = _parsed(data)
        if kind == _EVENT:
            return self._event(entry, number, data, content)
        if kind == _ACKNOWLEDGEMENT:
            question = "->" if entry.direction == "<-" else "<-"
            asked = self._asked.get((entry.connection, question, number), number)
            return self._message(entry, f"ack {asked}", _only(content), kind=Kind.ANSWER)
        if kind == _CONNECT_ERROR:
            return self._message(entry, "connect_error", content, "refused", Kind.ANSWER)
        return Kind.TRANSPORT, {_CONNECT: "connect", _DISCONNECT: "disconnect"}.get(kind, "binary"), "", ""

    def _event(self, entry: Entry, number: str, data: str, content: object) -> Reading:
        found = _FIRST_TEXT.match(data)
        name = found[1] if found else ""
        if number:
            self._asked[entry.connection, entry.direction, number] = name
        payload = content[1:] if isinstance(content, list) else None
        return self._message(entry, name, _only(payload)) if name else _raw(entry)

    def _message(
        self, entry: Entry, label: str, content: object, refusal: str = "", kind: Kind = Kind.MESSAGE
    ) -> Reading:
        code = _code(content, self._codes) if entry.direction == "<-" else ""
        return kind, label, code or refusal, brief(content)


def brief(content: object) -> str:
    """Return the short form of a JSON value: names and values, those first that a person would look for.

    Long identifiers are shown by their last four characters.
    """
    content = _unwrapped(content)
    if isinstance(content, Mapping):
        named = sorted(content.items(), key=lambda each: _rank(each[1]))
        text = ", ".join(f"{name} {_value(value)}" for name, value in named)
    else:
        text = "" if content is None else _value(content)
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 1]}…"


def _unwrapped(content: object) -> object:
    """Return what is in an object of one object, which says no more than that."""
    while isinstance(content, Mapping) and len(content) == 1:
        (inner,) = content.values()
        if not isinstance(inner, Mapping):
            break
        content = inner
    return content


def _rank(value: object) -> int:
    if isinstance(value, str):
        return 3 if _IDENTIFIER.fullmatch(value) or _TIME.fullmatch(value) else 0
    if isinstance(value, Mapping):
        return 1 if value else 4
    return 2


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{{brief(value)}}}"
    if isinstance(value, list):
        return f"[{len(value)}]"
    if isinstance(value, str) and _IDENTIFIER.fullmatch(value):
        return f"…{value[-4:]}"
    return json.dumps(value, ensure_ascii=False)


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        # Some scenarios send what is no JSON, or nested more deeply than anybody reads.
        return None
    return value


def _only(arguments: object) -> object:
    return arguments[0] if isinstance(arguments, list) and arguments else arguments


def _code(content: object, codes: Collection[str]) -> str:
    """Return the first error code that stands somewhere in a JSON value as a whole text."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and value in codes:
            return value
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        waiting.extend(reversed(list(inner)))
    return ""


def _raw(entry: Entry) -> Reading:
    return Kind.MESSAGE, entry.text if len(entry.text) <= _BRIEF else f"{entry.text[: _BRIEF - 1]}…", "", ""
