"""How many values a JSON text has, found out without reading it: each takes time and memory, however small it is."""

from typing import Final

from palaver_runtime.transports.depth import without_strings

MOST: Final = 4_096
"""Values of an event or a body. Of sixty thousand, which have room in one, a parser is busy for a tenth of a second."""

REFUSAL: Final = f"has more than {MOST:,} values"

_SIGNS: Final = (b",", b"[", b"{")


def too_many(text: bytes) -> bool:
    """Tell whether a JSON text has more values than anybody reads; the text may be no JSON."""
    # Nearly all texts are shorter, or have fewer signs even with those in strings.
    if len(text) <= MOST or _signs(text) <= MOST:
        return False
    return _signs(without_strings(text)) > MOST


def _signs(text: bytes) -> int:
    """Count what each value but the first has before it, or opens with."""
    return sum(map(text.count, _SIGNS))
