"""How much one conversation, one message and one page may hold."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from palaver_runtime.domain.errors import Conflict, PayloadTooLarge


def _ignore(limit: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What is held at most; `refused` is told the name of a limit each time that one is met.

    `depth` is that of arrays and objects in one another. The documents have bounds of their
    own, which these can only narrow.
    """

    members: int = 1_000
    metadata_bytes: int = 16_384
    page: int = 200
    depth: int = 32
    refused: Callable[[str], None] = _ignore

    def require_members(self, count: int) -> None:
        """Raise Conflict unless so many may participate in one conversation."""
        if count > self.members:
            self.refused("members")
            raise Conflict(f"A conversation has at most {self.members} participants")

    def require_metadata(self, metadata: Mapping[str, object]) -> None:
        """Raise PayloadTooLarge unless metadata are small enough, as the JSON text that stores them."""
        if not metadata:
            return
        size = len(json.dumps(metadata, separators=(",", ":")))
        if size > self.metadata_bytes:
            self.refused("metadata_bytes")
            raise PayloadTooLarge(f"metadata: has {size} bytes, which is more than the {self.metadata_bytes} accepted")

    def page_of(self, limit: int) -> int:
        """Give how many are on a page of which `limit` were asked for; what is left out is on the next one."""
        if limit > self.page:
            self.refused("page")
            return self.page
        return limit
