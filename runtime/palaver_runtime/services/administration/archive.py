"""The form of an archive: JSON Lines, of which the first says what it is and the last proves that it is whole.

    {"palaver_archive": 1, "of": "server", "made_at": "2026-11-25T20:00:00.000+00:00", "program": "0.1.0"}
    {"user": {"id": "…", "name": "alice", …}}
    …
    {"end": {"records": {"user": 1, …}, "sha256": "…"}}

Between them stands one record in each line, in the order of `Noun`. The digest is that of all lines before the last,
with their line ends. A later version of the format has another number; what this version does not know it refuses.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

from palaver_runtime.admin_ports import Noun

VERSION = 1

SERVER = "server"
USER = "user"


class ArchiveRefused(Exception):
    """An archive cannot be taken; the message says in which line and why, and `remedy` what to do."""

    def __init__(self, reason: str, remedy: str, *, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.remedy = remedy


@dataclass
class Tally:
    """What went by so far: how many records of each noun, and the digest."""

    records: Counter[Noun] = field(default_factory=Counter)
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)

    def take(self, line: bytes) -> None:
        """Note a line, with its end."""
        self._digest.update(line)

    @property
    def total(self) -> int:
        """How many records went by."""
        return self.records.total()

    def end(self) -> dict[str, object]:
        """Give what the last line says."""
        records = {noun.value: self.records[noun] for noun in Noun if self.records[noun]}
        return {"records": records, "sha256": self._digest.hexdigest()}


def written(value: object) -> bytes:
    """Give a line of an archive. The bytes are ASCII, so that every text can stand there."""
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"
