"""Backup, migration, restore and move of a server while clients talk, with figures of what happened.

python tests/drills/backup.py --messages 200
python tests/drills/backup.py --older FOLDER      # the sources of an earlier version, instead of its double
"""

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from drills.places import Place, PostgresqlPlace, SqlitePlace, postgresql
from drills.talk import Talk, talking
from servers.palaver import Server, serving
from servers.postgres import server as postgres_server
from servers.redis import RedisServer

from palaver_conformance.topology.proxy import CUT, PASS, Proxy

SETTINGS = {
    "PALAVER_JWT_SECRET": "for the drill alone, and long enough",
    "PALAVER_LIMIT_MESSAGES": "100000/1s",
    "PALAVER_HEARTBEAT_SECONDS": "0.2",
}


@dataclass
class Older:
    """How to run a version before this one: the double of `drills.older`, or sources in a folder."""

    sources: Path | None = None

    @property
    def module(self) -> str:
        """What takes the arguments of `palaver`."""
        return "drills.older" if self.sources is None else "palaver"

    @property
    def env(self) -> dict[str, str]:
        """Where the sources are found."""
        tests = Path(__file__).parents[1]
        rooms = ("cli", "client", "codegen", "conformance", "generated", "runtime")
        folders = [tests] if self.sources is None else [self.sources / each for each in rooms]
        return {"PYTHONPATH": os.pathsep.join(map(str, folders))}


@dataclass
class Drill:
    """What is used all along, and what was found: `figures` by the names of the steps."""

    talk: Talk
    doors: tuple[Proxy, Proxy]
    env: Mapping[str, str]
    older: Older
    amount: int
    folder: Path
    restored_at: int = 0
    figures: dict[str, object] = field(default_factory=dict)


def _environment(place: Place, env: Mapping[str, str]) -> dict[str, str]:
    return {**env, "PALAVER_DATABASE_URL": place.url}


async def command(*arguments: str, env: Mapping[str, str], module: str = "palaver") -> tuple[int, str]:
    """Run a command of palaver's; give its exit code and all that it said."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PALAVER_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module, *arguments),
        env={**inherited, **env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def _note(step: str) -> None:
    sys.stderr.write(f"drill: {step}\n")


def _port(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


@asynccontextmanager
async def _doors(port: int) -> AsyncIterator[tuple[Proxy, Proxy]]:
    """Give two ways to a server, which can lead to another one later."""
    doors = Proxy(port), Proxy(port)
    for each in doors:
        await each.open()
    try:
        yield doors
    finally:
        for each in doors:
            await each.close()


async def drill(place: Place, other: Place, env: Mapping[str, str], older: Older, amount: int) -> dict[str, object]:
    """Go through all of it on a database, and move to another one at the end.

    Each step lasts until every client was promised `amount` messages more. Raises AssertionError when anything that was
    promised is missing, or is heard twice.
    """
    env = {**SETTINGS, **env}
    with tempfile.TemporaryDirectory(prefix="palaver-drill-") as folder:
        async with AsyncExitStack() as stack:
            old = await stack.enter_async_context(_served(place, env, older))
            doors = await stack.enter_async_context(_doors(_port(old)))
            urls = [f"http://127.0.0.1:{door.port}" for door in (*doors, doors[0])]
            talk = await stack.enter_async_context(talking(urls))
            state = Drill(talk, doors, env, older, amount, Path(folder))
            await talk.more(amount)
            backup = await _back_up(state, place)
            successor = await stack.enter_async_context(_migrate(state, place, old))
            again = await stack.enter_async_context(_restore(state, backup, place, successor))
            await stack.enter_async_context(_move(state, again, other))
            await talk.fall_silent()
        return state.figures


@asynccontextmanager
async def _served(place: Place, env: Mapping[str, str], older: Older | None = None) -> AsyncIterator[Server]:
    """Run a server on a database, which the block may stop."""
    more, module = ({}, "palaver") if older is None else (older.env, older.module)
    async with serving(
        "--dialect", "gateway", env={**_environment(place, env), **more}, program=("-m", module, "serve")
    ) as server:
        yield server


async def _stop(server: Server) -> None:
    if server.process.returncode is None:
        server.process.terminate()
        await asyncio.wait_for(server.process.wait(), 30)


async def _back_up(state: Drill, place: Place) -> Path:
    """Back up while the clients talk. What was promised before it began is noted, to be looked for later."""
    file = state.folder / "backup"
    before = list(state.talk.promised)
    begun = perf_counter()
    await place.back_up(file)
    _note("backed up")
    state.figures["backup"] = {
        "seconds": round(perf_counter() - begun, 3),
        "bytes": file.stat().st_size,
        "promised_before": len(before),
        "promised_meanwhile": len(state.talk.promised) - len(before),
    }
    state.figures["_before"] = before
    return file


@asynccontextmanager
async def _migrate(state: Drill, place: Place, old: Server) -> AsyncIterator[Server]:
    """Migrate while the older instance serves; put a new one beside it, take the old one away; let it try again."""
    talk = state.talk
    start = len(talk.promised)
    begun = perf_counter()
    code, said = await command("migrate", env=_environment(place, state.env))
    assert code == 0, said
    migrated = perf_counter() - begun
    _note("migrated")
    await talk.more(state.amount)
    async with _served(place, state.env) as new:
        await talk.more(1)
        resumed = [each.resumed for each in talk.talkers]
        state.doors[1].lead_to(_port(new))
        state.doors[1].cut()
        await talk.until(lambda: talk.talkers[1].resumed > resumed[1], "the second client is with the new instance")
        await talk.more(state.amount)
        state.doors[0].lead_to(_port(new))
        await _stop(old)
        _note("the older instance is away")
        await talk.all_resumed([resumed[0], resumed[1], resumed[2]])
        await talk.more(state.amount)
        promised = list(talk.promised)
        await talk.all_hear(promised)
        here = await talk.history()
        missing = [each for each in promised if each not in here]
        assert not missing, missing
        code, said = await command(
            "migrate", env={**_environment(place, state.env), **state.older.env}, module=state.older.module
        )
        assert code == 3, said
        assert "a later version of this program made its tables" in said, said
        state.figures["migration"] = {
            "seconds": round(migrated, 3),
            "promised_since": len(promised) - start,
            "missing": len(missing),
            "heard_twice_or_never": sum(each.heard[m] != 1 for each in talk.talkers for m in promised),
            "longest_wait": round(max(talk.promised[each].waited for each in promised[start:]), 3),
            "older_instance_again": said.strip().splitlines()[-1],
        }
        yield new


@asynccontextmanager
async def _restore(state: Drill, backup: Path, place: Place, server: Server) -> AsyncIterator[tuple[Place, Server]]:
    """Lose the database and put the backup, of the older schema, in its place; the clients go on by themselves."""
    talk, before = state.talk, state.figures.pop("_before")
    assert isinstance(before, list)
    resumed = [each.resumed for each in talk.talkers]
    lost_from = len(talk.promised)
    begun = perf_counter()
    for door in state.doors:
        door.obey(CUT)
    await _stop(server)
    restored = await place.restored(backup)
    try:
        async with _served(restored, state.env) as again:
            for door in state.doors:
                door.lead_to(_port(again))
                door.obey(PASS)
            await talk.all_resumed(resumed)
            down = perf_counter() - begun
            _note("restored")
            state.restored_at = len(talk.promised)
            await _go_on(state)
            here = await talk.history()
            missing = [each for each in before if here.get(each) != talk.promised[each].content]
            assert not missing, missing
            state.figures["restore"] = {
                "seconds_down": round(down, 3),
                "promised_before_the_backup": len(before),
                "missing": len(missing),
                "promised_after_the_backup_and_lost": len(
                    [e for e in list(talk.promised)[:lost_from] if e not in here]
                ),
            }
            yield restored, again
    finally:
        await restored.drop()


@asynccontextmanager
async def _move(state: Drill, running: tuple[Place, Server], other: Place) -> AsyncIterator[None]:
    """Export while the clients talk; then stop, export what is there at last, and go on with it in another database."""
    talk, (place, server) = state.talk, running
    live, last = state.folder / "live.jsonl", state.folder / "last.jsonl"
    before = list(await talk.history())
    begun = perf_counter()
    code, said = await command("export", str(live), env=_environment(place, state.env))
    assert code == 0, said
    took = perf_counter() - begun
    _note("exported")
    assert set(before) <= set(_messages(live)), "what was there before the export is in it"
    resumed = [each.resumed for each in talk.talkers]
    begun = perf_counter()
    for door in state.doors:
        door.obey(CUT)
    await _stop(server)
    for arguments, where in ((("export", str(last)), place), (("migrate",), other), (("import", str(last)), other)):
        code, said = await command(*arguments, env=_environment(where, state.env))
        assert code == 0, said
    async with _served(other, state.env) as moved:
        for door in state.doors:
            door.lead_to(_port(moved))
            door.obey(PASS)
        await talk.all_resumed(resumed)
        down = perf_counter() - begun
        _note("moved")
        await _go_on(state)
        held = [*_messages(last), *list(talk.promised)[state.restored_at :]]
        here = await talk.history()
        missing = [each for each in held if each not in here]
        assert not missing, missing
        state.figures["move"] = {
            "seconds_of_the_export_under_traffic": round(took, 3),
            "bytes": last.stat().st_size,
            "seconds_down": round(down, 3),
            "messages": len(set(held)),
            "missing": len(missing),
        }
        yield


async def _go_on(state: Drill) -> None:
    """See that the clients talk again: what is promised from now on is heard by all, once."""
    start = len(state.talk.promised)
    await state.talk.more(state.amount)
    # A client may have been connected for a moment when the first of these was sent; from the second one on all are.
    later = list(state.talk.promised)[start + len(state.talk.talkers) :]
    await state.talk.all_hear(later)


def _messages(archive: Path) -> Iterator[str]:
    with archive.open("rb") as lines:
        for line in lines:
            record = json.loads(line)
            if "message" in record:
                yield record["message"]["id"]


@asynccontextmanager
async def both(
    folder: Path, server: str, redis_url: str, kind: str
) -> AsyncIterator[tuple[Place, Place, dict[str, str]]]:
    """Give the place of one kind, one of the other kind to move to, and what the instances on the first need."""
    file = SqlitePlace(folder)
    database = await PostgresqlPlace.made(postgresql(server))
    try:
        if kind == "sqlite":
            yield file, database, {}
        else:
            yield database, file, {"PALAVER_REDIS_URL": redis_url}
    finally:
        await database.drop()


async def _main(amount: int, older: Older, kinds: list[str]) -> None:
    redis = RedisServer()
    redis.start()
    try:
        with postgres_server(durable=True) as url, tempfile.TemporaryDirectory(prefix="palaver-places-") as folder:
            for kind in kinds:
                async with both(Path(folder), str(url), redis.url, kind) as (place, other, env):
                    figures = await drill(place, other, env, older, amount)
                sys.stdout.write(f"{kind}: " + re.sub(r'[{}"]', "", json.dumps(figures, indent=1)) + "\n")
    finally:
        redis.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100, help="of each client in each step (100)")
    parser.add_argument("--older", type=Path, help="the sources of an earlier version")
    parser.add_argument("--on", action="append", choices=["sqlite", "postgresql"], help="where to begin (both)")
    options = parser.parse_args()
    asyncio.run(_main(options.messages, Older(options.older), options.on or ["sqlite", "postgresql"]))
