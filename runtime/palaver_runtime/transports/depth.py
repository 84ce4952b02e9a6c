"""How deep a JSON text is nested, found out without reading it."""

import re
from itertools import accumulate
from typing import Final

# One that does not end goes to the end of the text: to look for another one within it takes the square of its length.
_STRINGS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_OTHERS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def refusal(most: int) -> str:
    """Say what is wrong with a text that is nested deeper than `most` levels."""
    return f"is nested deeper than {most} levels"


def without_strings(text: bytes) -> bytes:
    """Return what is left of a text without its strings, in a time that grows with its length."""
    return _STRINGS.sub(b"", text)


def too_deep(text: bytes, most: int) -> bool:
    """Tell whether arrays and objects stand in one another more than `most` levels deep; the text may be no JSON."""
    # Nearly all texts have fewer brackets than there may be levels.
    if len(text) <= most or text.count(b"[") + text.count(b"{") <= most:
        return False
    brackets = without_strings(text).translate(None, _OTHERS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > most
