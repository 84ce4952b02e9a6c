"""Tokens whose signature was right, which it stays: it need not be computed again."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from palaver_runtime.adapters.tokens.claims import Claimed

MOST: Final = 10_000
"""Tokens that are remembered, those that came last: each comes with every request of its user, and when many come back
at once, each once. With fewer than there are users none would be known when it comes again."""

_LONGEST: Final = 4_096
"""Characters of a token that is remembered."""


class Remembered:
    """What tokens of one key claim.

    Kept are no tokens, by which one could come in, but their digests; and no claims that nobody reads.
    """

    def __init__(self, open_token: Callable[[str], Claimed], most: int = MOST) -> None:
        """`open_token` raises for a token that is never good, of which nothing is remembered."""
        self._open = open_token
        self._most = most
        self._known: OrderedDict[bytes, Claimed] = OrderedDict()

    def open(self, token: str) -> Claimed:
        """Give what a token claims; raise what `open_token` raises."""
        if len(token) > _LONGEST:
            return self._open(token)
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is not None:
            self._known.move_to_end(digest)
            return known
        known = self._known[digest] = self._open(token)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return known
