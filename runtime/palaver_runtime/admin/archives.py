"""`palaver export` and `palaver import`."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from palaver_runtime.admin.output import AsJson, DryRun, Progress, say
from palaver_runtime.admin.running import ARCHIVE_TIMEOUT, Administration, run
from palaver_runtime.admin_ports import Person
from palaver_runtime.invocation import COULD_NOT, USAGE, DatabaseUrl, fail, read_settings
from palaver_runtime.services.administration.archive import Tally
from palaver_runtime.services.administration.importing import Imported


def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write; - is standard output. It is not to exist yet.")
    ],
    user: Annotated[str | None, typer.Option(help="Only what is this user's, by identifier or name.")] = None,
    whole: Annotated[
        bool, typer.Option("--whole-conversations", help="With --user: what others said in their conversations, too.")
    ] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Write a whole server, or the data of one user, to a file of JSON Lines.

    It is of one moment, and the server goes on meanwhile. A server's archive has password hashes and sessions: keep it
    as you keep the database. `palaver import` reads it into SQLite or PostgreSQL, whichever it came from.
    """
    if whole and user is None:
        fail("--whole-conversations goes with --user: a server's archive has everything", USAGE)
    is_stdout = str(file) == "-"
    if is_stdout and as_json:
        fail("--json and - contradict each other: the archive is what stands on standard output", USAGE)
    settings = read_settings(database_url=database_url)
    progress = Progress()
    tally = Tally()

    async def work(admin: Administration) -> None:
        person = None if user is None else Person((await admin.users.find(user)).id, whole)
        with _output(file) as output:
            async for line in admin.exporting.lines(person, tally=tally, progress=progress):
                output.write(line)

    try:
        run(settings, work, transaction_timeout=ARCHIVE_TIMEOUT)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror or error}", COULD_NOT)
    finally:
        progress.close()
    if not is_stdout:
        say({"file": str(file), **_counts(tally)}, as_json=as_json)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An archive of palaver export; - is standard input.")],
    merge: Annotated[
        bool,
        typer.Option("--merge", help="Into a database that is not empty; what is there already is left as it is."),
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Read an archive into an empty database: all of it, or nothing.

    `palaver migrate` makes an empty database. Identifiers, revisions, sequences and sessions are kept, so that clients
    go on from where they are, if the server has the same secret. The archive's digest is checked before anything is
    kept.
    """
    settings = read_settings(database_url=database_url)
    progress = Progress()

    async def work(admin: Administration) -> Imported:
        with _input(file) as lines:
            return await admin.importing.read(lines, merge=merge, dry_run=dry_run, progress=progress)

    try:
        imported = run(settings, work, transaction_timeout=ARCHIVE_TIMEOUT)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror or error}", COULD_NOT)
    finally:
        progress.close()
    there = {"users": imported.users_there, "conversations": imported.conversations_there}
    facts: dict[str, object] = {"file": str(file), **_counts(imported.tally)}
    facts |= {f"{what}_left_as_they_were": count for what, count in there.items() if merge}
    if imported.foreign_messages:
        facts["messages_of_no_conversation"] = imported.foreign_messages
    say(facts | {"done": not dry_run}, as_json=as_json)


def _counts(tally: Tally) -> dict[str, object]:
    end = tally.end()
    records = end["records"]
    assert isinstance(records, dict)
    return {**{f"{noun}s": count for noun, count in records.items()}, "sha256": end["sha256"]}


@contextmanager
def _output(file: Path) -> Iterator[BinaryIO]:
    """Give where to write: standard output, or a file that only its owner reads and that is there when it is whole."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if file.exists():
        fail(f"{file} is there already: give another name, or remove it", USAGE)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as output:
            yield output
            output.flush()
            os.fsync(output.fileno())
        part.rename(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _input(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    with file.open("rb") as lines:
        yield lines
