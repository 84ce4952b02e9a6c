"""Frames as clients write them: tables of what RFC 6455 has, after the Autobahn test suite, and bytes in any pieces."""

import itertools
import secrets
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.utils import apply_mask

from palaver_runtime.transports.rfc6455.parser import FRAGMENT, Close, Event, Parser, Ping, Pong, ProtocolError

MAX_BYTES = 70_000
MAX_FRAGMENTS = 8
FIN, CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x80, 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
ENDS = "\0\x7f\x80\u07ff\u0800\ud7ff\ue000\ufffe\uffff\U0010ffff"
KEY = b"\x12\x34\x56\x78"


def frame(first: int, payload: bytes = b"", *, mask: bytes | None = KEY, wide: int | None = None) -> bytes:
    """Write a frame; `wide` is how many bytes its length takes beside the usual one."""
    size, masked = len(payload), 0 if mask is None else 0x80
    if wide is None:
        wide = 0 if size < 126 else 2 if size < 65_536 else 8
    short = size if wide == 0 else 126 if wide == 2 else 127
    head = bytes((first, masked | short)) + (size.to_bytes(wide, "big") if wide else b"")
    return head + (payload if mask is None else mask + apply_mask(payload, mask))


def text(content: str) -> bytes:
    """Write a whole text message."""
    return frame(FIN | TEXT, content.encode())


def parsed(pieces: Iterable[bytes]) -> tuple[list[Event], ProtocolError | None]:
    """Parse; give the events, and the error that ended it."""
    parser, events = Parser(MAX_BYTES, MAX_FRAGMENTS), []
    try:
        for piece in pieces:
            parser.feed(piece)
            while (event := parser.next()) is not None:
                events.append(event)
    except ProtocolError as error:
        assert parser.over
        parser.feed(text("late"))
        assert parser.next() is None
        return events, error
    return events, None


def each_byte(data: bytes) -> list[bytes]:
    """Cut bytes into single ones."""
    return [data[at : at + 1] for at in range(len(data))]


VALID: dict[str, tuple[Sequence[bytes], list[Event]]] = {
    "nothing": ([], []),
    "empty text": ([text("")], [""]),
    "text of 125": ([text("*" * 125)], ["*" * 125]),
    "text of 126": ([text("*" * 126)], ["*" * 126]),
    "text of 65535": ([text("*" * 65_535)], ["*" * 65_535]),
    "text of 65536": ([text("*" * 65_536)], ["*" * 65_536]),
    "as large as may be": ([frame(FIN | BINARY, b"*" * MAX_BYTES)], [b"*" * MAX_BYTES]),
    "empty binary": ([frame(FIN | BINARY)], [b""]),
    "binary of all bytes": ([frame(FIN | BINARY, bytes(range(256)))], [bytes(range(256))]),
    "mask of zeros": ([frame(FIN | TEXT, b"hello", mask=b"\0\0\0\0")], ["hello"]),
    "characters of four bytes": ([text("Hello-µ@ßöäüàá-UTF-8!! 😀")], ["Hello-µ@ßöäüàá-UTF-8!! 😀"]),
    "the ends of unicode": ([text(ENDS)], [ENDS]),
    "ping without payload": ([frame(FIN | PING)], [Ping(b"")]),
    "ping of 125": ([frame(FIN | PING, b"\xfe" * 125)], [Ping(b"\xfe" * 125)]),
    "pongs that nobody asked for": ([frame(FIN | PONG), frame(FIN | PONG, b"x")], [Pong(b""), Pong(b"x")]),
    "fragments": ([frame(TEXT, b"a"), frame(CONT, b"b"), frame(FIN | CONT, b"c")], [FRAGMENT, FRAGMENT, "abc"]),
    "fragments of nothing": ([frame(TEXT), frame(CONT), frame(FIN | CONT)], [FRAGMENT, FRAGMENT, ""]),
    "binary fragments": ([frame(BINARY, b"\xff"), frame(FIN | CONT, b"\xfe")], [FRAGMENT, b"\xff\xfe"]),
    "pings between fragments": (
        [frame(TEXT, b"a"), frame(FIN | PING, b"p"), frame(CONT), frame(FIN | PONG), frame(FIN | CONT, b"b")],
        [FRAGMENT, Ping(b"p"), FRAGMENT, Pong(b""), "ab"],
    ),
    "messages after fragments": (
        [frame(TEXT, b"a"), frame(FIN | CONT, b"b"), text("c"), frame(BINARY, b"d"), frame(FIN | CONT)],
        [FRAGMENT, "ab", "c", FRAGMENT, b"d"],
    ),
    "a character in two fragments": (
        [frame(TEXT, b"\xf0\x9f"), frame(CONT), frame(FIN | CONT, b"\x98\x80")],
        [FRAGMENT, FRAGMENT, "😀"],
    ),
    "as many fragments as may be": (
        [frame(TEXT), *[frame(CONT, b"x")] * (MAX_FRAGMENTS - 2), frame(FIN | CONT)],
        [*[FRAGMENT] * (MAX_FRAGMENTS - 1), "x" * (MAX_FRAGMENTS - 2)],
    ),
    "close without a body": ([frame(FIN | CLOSE)], [Close(1005, "")]),
    "close with a code": ([frame(FIN | CLOSE, b"\x03\xe8")], [Close(1000, "")]),
    "close with a reason of 123": ([frame(FIN | CLOSE, b"\x0f\xa0" + b"r" * 123)], [Close(4000, "r" * 123)]),
    "close between fragments": ([frame(TEXT, b"a"), frame(FIN | CLOSE)], [FRAGMENT, Close(1005, "")]),
    "nothing after a close": ([frame(FIN | CLOSE), text("late"), b"\xff\xff"], [Close(1005, "")]),
}

INVALID: dict[str, tuple[Sequence[bytes], int, str | None]] = {
    **{
        f"reserved bits {bits:#x} on {opcode:#x}": ([frame(FIN | bits | opcode, b"")], 1002, None)
        for bits in (0x10, 0x20, 0x40, 0x70)
        for opcode in (TEXT, BINARY, CONT, CLOSE, PING, PONG)
    },
    **{
        f"opcode {opcode:#x}{' in fragments' * (not final)}": ([frame(final | opcode)], 1002, None)
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
        for final in (0, FIN)
    },
    **{f"control {opcode:#x} in fragments": ([frame(opcode)], 1002, None) for opcode in (CLOSE, PING, PONG)},
    **{
        f"control {opcode:#x} of 126": ([frame(FIN | opcode, b"x" * 126)], 1002, None) for opcode in (CLOSE, PING, PONG)
    },
    "control with a wide length": ([frame(FIN | PING, b"x", wide=2)], 1002, None),
    "not masked": ([frame(FIN | TEXT, b"x", mask=None)], 1002, None),
    "control not masked": ([frame(FIN | PING, mask=None)], 1002, None),
    "length of 125 in two bytes": ([frame(FIN | TEXT, b"x" * 125, wide=2)], 1002, None),
    "length of 65535 in eight bytes": ([frame(FIN | TEXT, b"x" * 65_535, wide=8)], 1002, None),
    "length of 64 bits": ([b"\x82\xff\xff" + b"\xff" * 7], 1002, None),
    "continuation of nothing": ([frame(FIN | CONT, b"x")], 1002, None),
    "fragment of nothing": ([frame(CONT, b"x")], 1002, None),
    "continuation after the end": ([frame(TEXT), frame(FIN | CONT), frame(FIN | CONT)], 1002, None),
    "message within another": ([frame(TEXT, b"a"), text("b")], 1002, None),
    "beginning within another": ([frame(BINARY, b"a"), frame(BINARY, b"b")], 1002, None),
    "too large, by its length alone": ([b"\x82\xff" + (MAX_BYTES + 1).to_bytes(8, "big")], 1009, "frame_bytes"),
    "too large in fragments": (
        [frame(BINARY, b"x" * 60_000), frame(CONT, b"x" * 10_000), b"\x00\x81"],
        1009,
        "frame_bytes",
    ),
    "too many fragments": ([frame(BINARY), *[frame(CONT)] * (MAX_FRAGMENTS - 1), b"\x80\x80"], 1009, "fragments"),
    **{
        f"close with {body!r}": ([frame(FIN | CLOSE, body)], code, None)
        for body, code in {
            b"\x03": 1002,
            b"\x00\x00": 1002,
            b"\x03\xe7": 1002,
            b"\x03\xec": 1002,
            b"\x03\xed": 1002,
            b"\x03\xee": 1002,
            b"\x03\xf7": 1002,
            b"\x07\xd0": 1002,
            b"\x13\x88": 1002,
            b"\xff\xff": 1002,
            b"\x03\xe8\xce\xba\xed\xa0\x80": 1007,
        }.items()
    },
    **{
        f"text {content!r}": ([frame(FIN | TEXT, content)], 1007, None)
        for content in (
            b"\x80",
            b"\xbf",
            b"\xc0\xaf",
            b"\xe0\x80\xaf",
            b"\xf0\x80\x80\xaf",
            b"\xfe",
            b"\xff",
            b"\xc1\xbf",
            b"\xed\xa0\x80",
            b"\xed\xbf\xbf",
            b"\xf4\x90\x80\x80",
            b"\xf8\x88\x80\x80\x80",
            b"\xe2\x82",
            b"\xf0\x9f\x98",
            b"abc\xff",
        )
    },
    "fragment that no text begins with": ([frame(TEXT, b"\xff")], 1007, None),
    "fragment that does not go on with its character": ([frame(TEXT, b"\xe2\x82"), frame(CONT, b"\x41")], 1007, None),
    "text that ends amid a character": ([frame(TEXT, b"\xe2"), frame(FIN | CONT, b"\x82")], 1007, None),
}


@pytest.mark.parametrize("cut", [list, lambda pieces: [b"".join(pieces)], lambda pieces: each_byte(b"".join(pieces))])
@pytest.mark.parametrize("case", VALID)
def test_what_is_right_is_taken(case: str, cut) -> None:
    """Frame by frame, all at once, and byte by byte."""
    pieces, expected = VALID[case]
    if cut is not list and sum(map(len, pieces)) > 2_000:
        pieces = [b"".join(pieces)[at : at + 999] for at in range(0, sum(map(len, pieces)), 999)]
        cut = list
    events, error = parsed(cut(pieces))
    assert error is None
    assert events == expected
    assert [type(each) for each in events] == [type(each) for each in expected]


@pytest.mark.parametrize("cut", [list, lambda pieces: [b"".join(pieces)]])
@pytest.mark.parametrize("case", INVALID)
def test_what_is_wrong_ends_the_connection(case: str, cut) -> None:
    """With the code of its kind; of what is over a limit it is said which."""
    pieces, code, limit = INVALID[case]
    _, error = parsed(cut(pieces))
    assert error is not None
    assert (error.code, error.limit) == (code, limit)


@pytest.mark.parametrize(
    "head",
    [
        b"\x83\x80",
        b"\xc1\x80",
        b"\x09\x80",
        b"\x89\xfe",
        b"\x81\x05",
        b"\x80\x80",
        b"\x81\xfe\x00\x01",
        b"\x82\xff" + (2**40).to_bytes(8, "big"),
    ],
)
def test_what_is_wrong_by_its_first_bytes_is_not_waited_for(head: bytes) -> None:
    """Nothing of the payload has to come."""
    _, error = parsed([head])
    assert error is not None


def test_what_waits_is_no_more_than_a_message() -> None:
    """Whatever has been read is not kept, nor read again, however long the connection is."""
    parser = Parser(MAX_BYTES, MAX_FRAGMENTS)
    one, kept, heard = frame(FIN | BINARY, b"x" * 1_000), 0, 0
    for _ in range(500):
        for piece in (one[:300], one[300:] + one[:200], one[200:]):
            parser.feed(piece)
            while parser.next() is not None:
                heard += 1
            kept = max(kept, len(parser._data))
    assert heard == 1_000
    assert kept < 3 * len(one)


OPCODES = st.sampled_from([CONT, TEXT, BINARY, CLOSE, PING, PONG, 3, 11])
PAYLOADS = st.one_of(st.binary(max_size=20), st.text(max_size=8).map(str.encode), st.integers(120, 130).map(bytes))
FRAMES = st.builds(
    lambda opcode, final, bits, payload, masked, wide: frame(
        final | bits | opcode, payload, mask=secrets.token_bytes(4) if masked else None, wide=wide
    ),
    OPCODES,
    st.sampled_from([FIN, FIN, FIN, 0]),
    st.sampled_from([0] * 15 + [0x40]),
    PAYLOADS,
    st.sampled_from([True] * 15 + [False]),
    st.sampled_from([None] * 15 + [8]),
)


@given(st.lists(FRAMES, max_size=12), st.lists(st.integers(0, 400), max_size=12), st.binary(max_size=5))
def test_pieces_do_not_matter(frames: list[bytes], cuts: list[int], rest: bytes) -> None:
    """However bytes are cut, the same events come of them, and the same error."""
    data = b"".join(frames) + rest
    borders = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(borders)]
    whole, in_pieces, in_bytes = parsed([data]), parsed(pieces), parsed(each_byte(data))
    assert whole[0] == in_pieces[0] == in_bytes[0]
    assert str(whole[1]) == str(in_pieces[1]) == str(in_bytes[1])


@given(st.text(max_size=40), st.lists(st.integers(0, 160), max_size=6), st.sampled_from([TEXT, BINARY]))
def test_fragments_do_not_matter(content: str, cuts: list[int], opcode: int) -> None:
    """However a message is cut into fragments, amid characters too, it is the same."""
    data = content.encode()
    borders = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    parts = [data[start:end] for start, end in itertools.pairwise(borders)]
    kinds = [opcode] + [CONT] * (len(parts) - 1)
    kinds[-1] |= FIN
    events, error = parsed(frame(kind, part) for kind, part in zip(kinds, parts, strict=True))
    assert error is None
    assert events[-1] == (content if opcode == TEXT else data)
    assert events[:-1] == [FRAGMENT] * (len(parts) - 1)
