"""Frames of WebSocket, through our parser and through that of another library: both must hear the same."""

from fuzz.target import Broken, Target
from fuzz.targets.websocket import TOKENS
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from palaver_runtime.transports.rfc6455.closing import INVALID_TEXT, NO_CODE, TOO_LARGE
from palaver_runtime.transports.rfc6455.parser import FRAGMENT, Close, Event, Parser, Ping, Pong, ProtocolError

_MAX_BYTES = 20_000
_MAX_FRAGMENTS = 1_024
_WATCH = ("palaver_runtime/transports/rfc6455/",)


def frames(data: bytes) -> str:
    """Take the bytes of frames, masked by the client as they are."""
    ours, error = _ours([data])
    # The pieces in which they come follow from the bytes themselves, so that an input always does the same.
    step = 1 + len(data) % 7 + len(data) // 64
    if (again := _ours([data[at : at + step] for at in range(0, len(data), step)])) != (ours, error):
        raise Broken(f"in pieces of {step} bytes it is {again}, and at once {(ours, error)}")
    if error is None or error[0] not in (INVALID_TEXT, TOO_LARGE):
        _compare(data, ours, error)
    if error is not None:
        return f"refused: {error[0]}"
    return f"accepted{' a close' if any(isinstance(each, Close) for each in ours) else ''}"


def _ours(pieces: list[bytes]) -> tuple[list[Event], tuple[int, str] | None]:
    """Give what our parser hears, the code with which it ends, and why."""
    parser, events = Parser(_MAX_BYTES, _MAX_FRAGMENTS), []
    try:
        for piece in pieces:
            parser.feed(piece)
            while (event := parser.next()) is not None:
                if event is not FRAGMENT:
                    events.append(event)
    except ProtocolError as error:
        return events, (error.code, str(error))
    return events, None


def _compare(data: bytes, ours: list[Event], error: tuple[int, str] | None) -> None:
    """Compare with the other library.

    That judges a frame once it is there, where ours does by its first bytes; it takes lengths in more bytes than they
    need, and no close amid a message.
    """
    other = ServerProtocol(max_size=_MAX_BYTES, state=State.OPEN)
    other.receive_data(data)
    theirs = _whole([each for each in other.events_received() if isinstance(each, Frame)])
    ended = bool(ours) and isinstance(ours[-1], Close)
    if ended and "incomplete fragmented message" in str(other.parser_exc):
        ours = ours[:-1]
    if error is not None:
        judged_by_length = "length" in error[1] or "control frame of over" in error[1]
        if theirs[: len(ours)] != ours or (len(theirs) > len(ours) and not judged_by_length):
            raise Broken(f"before {error} we hear {ours}, and the other {theirs}")
    elif theirs != ours:
        raise Broken(f"we hear {ours}, and the other {theirs}")
    elif other.parser_exc is not None and not ended:
        raise Broken(f"only the other ends, by {other.parser_exc!r}")


def _whole(found: list[Frame]) -> list[Event]:
    """Put the messages of another library together."""
    events: list[Event] = []
    kind, parts = Opcode.CONT, b""
    for each in found:
        data = bytes(each.data)
        if each.opcode is Opcode.PING:
            events.append(Ping(data))
        elif each.opcode is Opcode.PONG:
            events.append(Pong(data))
        elif each.opcode is Opcode.CLOSE:
            code = int.from_bytes(data[:2], "big") if data else NO_CODE
            events.append(Close(code, data[2:].decode(errors="replace")))
        else:
            kind, parts = (kind, parts + data) if each.opcode is Opcode.CONT else (each.opcode, data)
            if each.fin:
                events.append(parts.decode(errors="replace") if kind is Opcode.TEXT else parts)
    return events


TARGETS = (Target("rfc6455.frames", frames, _WATCH, "websocket", 4.0, TOKENS),)
