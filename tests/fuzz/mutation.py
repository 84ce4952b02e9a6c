"""New inputs out of old ones: bytes, texts, numbers and JSON, changed in the ways in which parsers go wrong."""

import json
from collections.abc import Callable, Sequence
from random import Random

MOST_BYTES = 70_000
"""Beyond the limit of an event, so that this is crossed too."""

NUMBERS = (
    *(b"0", b"-0", b"00", b"01", b"-1", b"1", b"2147483648", b"9007199254740993", b"9223372036854775808"),
    *(b"18446744073709551616", b"9" * 17, b"9" * 4301, b"1e999", b"-1e999", b"1.0", b"1e-400", b"+1", b"1_0"),
    *(b"NaN", b"Infinity", b"-Infinity", b"0x10", "\u0661".encode()),
)
TEXTS = (
    *(
        b"",
        b"\x00",
        b"\xff",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x98\x80",
        b"\\ud800",
        b"\\udfff\\ud800",
        b"\\u0000",
    ),
    *(b"\x1e", b"\n", b"\r\n\r\n", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"__proto__", b"constructor", b"prototype"),
    *(b"../../../etc/passwd", b"' OR 1=1 --", b"%00", b"%s%n", b"${jndi:x}", b"<script>", b"{", b"}", b"[", b"]"),
    *(b'"', b"\\", b",", b":", b"/", b"?", b"-", b"null", b"true", b"false", b"{}", b"[]", b'""'),
)
VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, 0.5, 1e308, float("inf"), float("nan")),
    *("", "a", "\0", "\ud800", "x" * 256, "x" * 5001, "x" * 70_000, "\u202e", "\U0001f600" * 40, "__proto__"),
    *([], [[]], {}, {"": ""}, {"__proto__": {"admin": True}}, {"constructor": {"prototype": {}}}, [None] * 300),
)
_DEPTHS = (2, 20, 190, 260, 1100, 6000)

Mutation = Callable[[bytes, Random], bytes]


def _flip(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << random.randrange(8))]) + data[place + 1 :]


def _byte(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data))
    return data[:start] + data[start + random.randint(1, max(1, len(data) // 4)) :]


def _end(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def _double(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data))
    end = min(len(data), start + random.randint(1, 24))
    return data[:end] + data[start:end] * random.choice((1, 1, 1, 2, 16, 400)) + data[end:]


def _move(data: bytes, random: Random) -> bytes:
    start, place = random.randrange(len(data)), random.randrange(len(data))
    piece, rest = data[start : start + 12], data[:start] + data[start + 12 :]
    return rest[:place] + piece + rest[place:]


def _number(data: bytes, random: Random) -> bytes:
    places = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    if not places:
        return _insert(data, random, NUMBERS)
    start = end = random.choice(places)
    while start and 48 <= data[start - 1] <= 57:
        start -= 1
    while end < len(data) and 48 <= data[end] <= 57:
        end += 1
    return data[:start] + random.choice(NUMBERS) + data[end:]


def _text(data: bytes, random: Random) -> bytes:
    return _insert(data, random, TEXTS)


def _insert(data: bytes, random: Random, choices: Sequence[bytes]) -> bytes:
    place = random.randint(0, len(data))
    return data[:place] + random.choice(choices) + data[place:]


def _nest(data: bytes, random: Random) -> bytes:
    opening, closing = random.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"[[],", b"]")))
    depth = random.choice(_DEPTHS)
    start = random.randint(0, len(data))
    end = random.randint(start, len(data))
    return data[:start] + opening * depth + (data[start:end] or b"1") + closing * depth + data[end:]


def _json(data: bytes, random: Random) -> bytes:
    """Change one value of the JSON that stands somewhere in the data, whatever is before it."""
    start = min((place for place in (data.find(b"{"), data.find(b"[")) if place >= 0), default=-1)
    if start < 0:
        return _text(data, random)
    try:
        value = json.loads(data[start:])
    except (ValueError, RecursionError):
        return _text(data, random)
    places: list[tuple[object, object]] = []
    _collect(value, places)
    if not places:
        return data[:start] + _written(random.choice(VALUES))
    holder, key = random.choice(places)
    _change(holder, key, random)
    return data[:start] + _written(value)


def _collect(value: object, places: list[tuple[object, object]]) -> None:
    pending = [value]
    while pending and len(places) < 200:
        each = pending.pop()
        keys = list(each) if isinstance(each, dict) else range(len(each)) if isinstance(each, list) else ()
        for key in keys:
            places.append((each, key))
            pending.append(each[key])


def _change(holder: object, key: object, random: Random) -> None:
    assert isinstance(holder, dict | list)
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[random.choice(("__proto__", "constructor", "", "extra", "x" * 300, "\ud800"))] = holder[key]
        case 2:
            holder[key] = [holder[key]]
        case 3:
            holder[key] = {str(key): holder[key]}
        case _:
            holder[key] = random.choice(VALUES)


def _written(value: object) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    except RecursionError:
        return b"[]"


_MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _byte, _cut, _end, _double, _move, _number, _number, _text, _text, _nest, _json, _json, _json),
)


def mutated(data: bytes, random: Random, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """Return a new input: a few changes of an old one, or two old ones joined."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        if not data:
            data = random.choice(TEXTS) + random.choice(NUMBERS)
        chance = random.random()
        if chance < 0.15 and tokens:
            data = _insert(data, random, tokens)
        elif chance < 0.25:
            other = random.choice(others)
            data = data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]
        else:
            data = random.choice(_MUTATIONS)(data, random)
    return data[:MOST_BYTES]
