"""Reading archives into a store."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from palaver_runtime.admin_ports import AdminStore, AdminWriter, BadRecord, Noun, Record
from palaver_runtime.services.administration.archive import USER, VERSION, ArchiveRefused, Tally
from palaver_runtime.services.administration.paging import Progress, unheard

BATCH = 500
"""Records that are added in one statement."""

_DAMAGED = "Export it again, or take another copy: nothing was imported."
_IN_CONVERSATION = frozenset({Noun.PARTICIPANT, Noun.MESSAGE, Noun.CHANGE})
_ORDER: Mapping[str, int] = {noun: number for number, noun in enumerate(Noun)}


@dataclass
class Imported:
    """What an import did: the records that it read, and how many users and conversations were there already."""

    tally: Tally
    users_there: int = 0
    conversations_there: int = 0
    foreign_messages: int = 0


class _DryRun(Exception):
    """Ends a transaction that is not to be committed."""


def _take_back() -> NoReturn:
    raise _DryRun


class ImportService:
    """Reads archives: all of one, in one transaction, or nothing.

    What is there already is left as it is: a user of the identifier, and a conversation with all that belongs to it.
    """

    def __init__(self, store: AdminStore) -> None:
        self._store = store

    async def read(
        self, lines: Iterable[bytes], *, merge: bool = False, dry_run: bool = False, progress: Progress = unheard
    ) -> Imported:
        """Import an archive; with `dry_run` do everything but keep it.

        Raises ArchiveRefused for an archive that is damaged, of another version or not complete, and, without `merge`,
        for a database in which there is something.
        """
        imported = Imported(Tally())
        try:
            async with self._store.writing() as tx:
                if not merge and not await tx.is_empty():
                    raise ArchiveRefused(
                        "there are users or conversations in the database",
                        "Import into an empty one, or add to what is there with --merge.",
                    )
                await _Reading(tx, imported, progress).run(iter(lines))
                if dry_run:
                    _take_back()
        except _DryRun:
            pass
        return imported


class _Reading:
    """One import, under way."""

    def __init__(self, tx: AdminWriter, imported: Imported, progress: Progress) -> None:
        self._tx = tx
        self._imported = imported
        self._tally = imported.tally
        self._progress = progress
        self._line = 0
        # Whose conversations an archive of one user has; those of a server are all.
        self._own: set[str] | None = None
        self._there: set[str] = set()

    async def run(self, lines: Iterator[bytes]) -> None:
        self._header(self._next(lines))
        noun, batch = Noun.USER, list[Record]()
        while True:
            raw = self._next(lines)
            kind, content = self._parted(raw)
            if kind == "end":
                await self._add(noun, batch)
                return self._check_end(content, lines)
            if kind not in _ORDER:
                raise self._refused(f"there is no record of the kind {kind!r}")
            if _ORDER[Noun(kind)] < _ORDER[noun]:
                raise self._refused(f"a {kind} stands after a {noun}")
            if kind != noun or len(batch) == BATCH:
                await self._add(noun, batch)
                noun, batch = Noun(kind), []
            self._tally.take(raw)
            self._tally.records[noun] += 1
            batch.append(content)

    def _next(self, lines: Iterator[bytes]) -> bytes:
        self._line += 1
        raw = next(lines, b"")
        if not raw.endswith(b"\n"):
            raise self._refused("the archive ends here, before its last line" if not raw else "the line is cut off")
        return raw

    def _header(self, raw: bytes) -> None:
        header = self._object(raw)
        version = header.get("palaver_archive")
        if version is None:
            raise ArchiveRefused("this is no archive of palaver's", "Give a file that `palaver export` wrote.")
        if version != VERSION:
            raise ArchiveRefused(
                f"the archive is of format {version}, and this version reads {VERSION}",
                "Use the version of palaver that wrote it, which the archive's first line names.",
            )
        if header.get("of") == USER:
            if header.get("whole") is not True:
                raise ArchiveRefused(
                    "the archive has one user's own messages alone, of which no conversation can be made",
                    "To move a user with all conversations, export with --whole-conversations.",
                )
            self._own = set()
        self._tally.take(raw)

    async def _add(self, noun: Noun, batch: list[Record]) -> None:
        if noun in _IN_CONVERSATION:
            batch = self._belonging(noun, batch)
        if noun is Noun.SESSION and self._own is not None:
            # They are told for information: their tokens are not in the archive of a user.
            return
        if not batch:
            return
        try:
            left = await self._tx.add_records(noun, batch)
        except BadRecord as error:
            raise self._refused(f"a {noun} up to here cannot be read: {error}") from None
        if noun is Noun.USER:
            await self._check_names(left, batch)
            self._imported.users_there += len(left)
        elif noun is Noun.CONVERSATION:
            self._there |= left
            self._imported.conversations_there += len(left)
            if self._own is not None:
                self._own |= {str(each["id"]) for each in batch} - left
        self._progress("records", self._tally.total)

    def _belonging(self, noun: Noun, batch: list[Record]) -> list[Record]:
        """Give what belongs to conversations that are new here."""
        if self._own is None:
            return [each for each in batch if each.get("conversation_id") not in self._there]
        belonging = [each for each in batch if each.get("conversation_id") in self._own]
        if noun is Noun.MESSAGE:
            foreign = [each for each in batch if each.get("conversation_id") not in self._own | self._there]
            self._imported.foreign_messages += len(foreign)
        return belonging

    async def _check_names(self, left: frozenset[str], batch: list[Record]) -> None:
        """Refuse a user who was not added as somebody else has the name: others would refer to nobody."""
        known = {each: await self._tx.user(each) for each in left}
        for record in batch:
            if str(record["id"]) in known and known[str(record["id"])] is None:
                raise ArchiveRefused(
                    f"the name {record.get('name')!r} is another user's here",
                    "Rename that one with `palaver users rename`, and import again.",
                )

    def _check_end(self, content: Record, lines: Iterator[bytes]) -> None:
        expected = self._tally.end()
        if content.get("records") != expected["records"]:
            raise self._refused(f"there are to be {content.get('records')}, and are {expected['records']}")
        if content.get("sha256") != expected["sha256"]:
            raise self._refused("the digest is another one: what stands in the file is not what was exported")
        if next(lines, b"").strip():
            self._line += 1
            raise self._refused("something follows the last line")
        self._progress("records", self._tally.total)

    def _parted(self, raw: bytes) -> tuple[str, Record]:
        line = self._object(raw)
        if len(line) != 1:
            raise self._refused("a line has one record")
        ((kind, content),) = line.items()
        if not isinstance(content, dict):
            raise self._refused("the record is no object")
        return kind, content

    def _object(self, raw: bytes) -> dict[str, object]:
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self._refused("this is no JSON object")
        return cast("dict[str, object]", value)

    def _refused(self, reason: str) -> ArchiveRefused:
        return ArchiveRefused(reason, _DAMAGED, line=self._line)
