"""Looks at the database."""

from collections.abc import Iterator

from palaver_runtime.adapters.sql import REVISIONS, StoreUnavailable
from palaver_runtime.adapters.sql.examination import DatabaseFacts, examine, sqlite_file
from palaver_runtime.adapters.sql.store import POOL_SIZE
from palaver_runtime.doctor.clock import compared
from palaver_runtime.doctor.finding import Finding, error, ok, warning
from palaver_runtime.settings import Settings

AREA = "database"
_SLOW = 0.05


async def look(settings: Settings) -> list[Finding]:
    """Look at the database that the settings name."""
    file = sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        if not file.parent.is_dir():
            return [error(AREA, "reachable", f"there is no folder {file.parent}", f"mkdir -p {file.parent}")]
        return [
            warning(AREA, "reachable", f"{file} is not there yet", "`palaver migrate` or `palaver serve` makes it.")
        ]
    try:
        facts = await examine(settings.database_url)
    except StoreUnavailable as problem:
        return [error(AREA, "reachable", f"{problem.url}: {problem.reason}", problem.remedy)]
    return [*_reached(facts), *compared("database", facts.offset)]


def _reached(facts: DatabaseFacts) -> Iterator[Finding]:
    said = f"{facts.kind} {facts.version}, answers in {facts.round_trip * 1000:.1f} ms"
    if facts.round_trip > _SLOW:
        yield warning(AREA, "reachable", said, "Each message waits for it: put the database nearer to the server.")
    else:
        yield ok(AREA, "reachable", said)
    yield _schema(facts)
    if facts.refusal is None:
        yield ok(AREA, "writable", "tables can be made and changed")
    else:
        remedy = "Let the server's user write, and not to a standby; see that the disk is not full."
        yield error(AREA, "writable", facts.refusal, remedy)
    yield from _durable(facts)
    yield ok(AREA, "size", f"{facts.size / 1_000_000:,.1f} MB")
    if facts.connections is not None:
        used, most = facts.connections
        said = f"{used} of {most} are open; each instance of the server opens up to {POOL_SIZE}"
        if most - used < POOL_SIZE:
            yield error(AREA, "connections", said, "Raise max_connections, or end what else is connected.")
        else:
            yield ok(AREA, "connections", said)


def _schema(facts: DatabaseFacts) -> Finding:
    if facts.schema == REVISIONS[-1]:
        return ok(AREA, "schema", f"{facts.schema}, the newest")
    if facts.schema is None:
        return warning(AREA, "schema", "there are no tables yet", "`palaver migrate` or `palaver serve` makes them.")
    if facts.schema not in REVISIONS:
        remedy = "Use the version that made it, or go back with its `palaver migrate --to`."
        return error(AREA, "schema", f"{facts.schema} is of a later version; this one has {REVISIONS[-1]}", remedy)
    remedy = "Back up, then `palaver migrate`; starting the server does it too."
    return warning(AREA, "schema", f"{facts.schema}, and this version has {REVISIONS[-1]}", remedy)


def _durable(facts: DatabaseFacts) -> Iterator[Finding]:
    """Say whether what is acknowledged outlives a crash of the machine."""
    wanted = {
        "journal_mode": {"wal"},
        "synchronous": {"full", "extra"},
        "fsync": {"on"},
        "full_page_writes": {"on"},
        "synchronous_commit": {"on", "local", "remote_write", "remote_apply"},
    }
    said = ", ".join(f"{name} {value}" for name, value in facts.settings.items())
    wrong = [name for name, value in facts.settings.items() if value.lower() not in wanted[name]]
    if "journal_mode" in wrong and len(wrong) == 1:
        yield warning(AREA, "durability", said, "`palaver migrate` or `palaver serve` puts the file into WAL mode.")
    elif wrong:
        remedy = f"Set {' and '.join(wrong)} to on: a crash of the machine loses messages that were acknowledged."
        yield error(AREA, "durability", said, remedy)
    else:
        yield ok(AREA, "durability", said)
