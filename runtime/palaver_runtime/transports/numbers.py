"""Numbers that JSON does not have, or that are too large: parsers take them, and nothing could write them again."""

import json
import re
from math import inf, isfinite
from typing import Final

REFUSAL: Final = "NaN, Infinity, integers of over 64 bits and numbers beyond the range of a double are not accepted"

# Whatever has none of these anywhere is not looked at twice: of digits all that counts is how many there are.
_SHAPE: Final = bytes(
    ord("0") if byte in b"0123456789" else ord("e") if byte == ord("E") else byte for byte in range(256)
)
_SUSPECTS: Final = (b"e000", b"e+000", b"0" * 19, b"NaN", b"Infinity")
_SHORTEST: Final = len("NaN")
# Nor is what has them elsewhere than where a value begins: identifiers are full of digits. An expression that begins
# with a choice is not searched for in leaps, so the first value of all has one of its own.
_NUMBER: Final = rb"-?(?:NaN|Infinity|\d{19}|\d+(?:\.\d+)?[eE]\+?0*[1-9]\d{2})"
_SUSPICIOUS: Final = re.compile(rb"[\s:,\[]" + _NUMBER)
_FIRST: Final = re.compile(_NUMBER)
_LEAST: Final = -(2**63)
_MOST: Final = 2**64 - 1
_DIGITS: Final = len(str(_LEAST))


def has_foreign_number(text: bytes) -> bool:
    """Tell whether a JSON text has such a number anywhere; False for a text that is no JSON at all."""
    if len(text) < _SHORTEST:
        return False
    shape = text.translate(_SHAPE)
    for suspect in _SUSPECTS:
        if suspect in shape:
            break
    else:
        return False
    if not (_SUSPICIOUS.search(text) or _FIRST.match(text)):
        return False
    try:
        found: list[object] = [json.loads(text, parse_int=_integer)]
    except (ValueError, RecursionError):
        return False
    for value in found:
        if isinstance(value, float) and not isfinite(value):
            return True
        found += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return False


def _integer(digits: str) -> float:
    # Python itself refuses to read integers of thousands of digits.
    return int(digits) if len(digits) <= _DIGITS and _LEAST <= int(digits) <= _MOST else inf
