"""Writing archives: of a whole server, or of what is one user's."""

from collections.abc import AsyncIterator

from palaver_runtime.admin_ports import AdminStore, Noun, Person
from palaver_runtime.ports import Clock
from palaver_runtime.services.administration.archive import SERVER, USER, VERSION, Tally, written
from palaver_runtime.services.administration.paging import Progress, unheard

EACH = 1_000
"""After how many records the progress is told."""


class ExportService:
    """Writes archives, all of one moment, however long that takes and whatever is changed meanwhile.

    That of a server has everything: password hashes and sessions too, so that nobody has to sign in again, and every
    identifier, revision and sequence, so that clients go on from where they are. It is to be kept as the database is.

    A user's has the profile, the sessions, the conversations with how everybody is called and has read, and the user's
    messages, those in conversations that the user has left too; with `whole`, all messages of the user's conversations.
    It has no password and no token of anybody.
    """

    def __init__(self, store: AdminStore, clock: Clock, program: str) -> None:
        self._store = store
        self._clock = clock
        self._program = program

    async def lines(
        self, of: Person | None = None, *, tally: Tally | None = None, progress: Progress = unheard
    ) -> AsyncIterator[bytes]:
        """Give the lines of an archive, of a person or of everything; few records at a time are in memory.

        `tally` is kept up to date.
        """
        tally = Tally() if tally is None else tally
        header: dict[str, object] = {"palaver_archive": VERSION, "of": SERVER if of is None else USER}
        if of is not None:
            header |= {"user_id": of.user_id, "whole": of.whole}
        header |= {"made_at": self._clock.now().isoformat(timespec="milliseconds"), "program": self._program}
        first = written(header)
        tally.take(first)
        yield first
        async with self._store.reading() as tx:
            for noun in Noun:
                async for record in tx.records(noun, of):
                    line = written({noun.value: record})
                    tally.take(line)
                    tally.records[noun] += 1
                    if tally.total % EACH == 0:
                        progress("records", tally.total)
                    yield line
        progress("records", tally.total)
        yield written({"end": tally.end()})
