"""What connections cost that say nothing: memory, processor, Redis commands and database statements.

A server on a database and Redis, each a process of its own. Every socket is a websocket of a user of its own, who is
in conversations, so that the server has something to compare with the database at every heartbeat. Memory is what
the server has more than before the sockets came, shared equally; a few sockets come and go first, so that what is
loaded at first use is not counted. An interval of pings is 25 s: as long a measurement has one of each socket.

    python bench/idle.py [--sockets 1000] [--conversations 1] [--seconds 25] [--database postgresql] [--json FILE]
"""

import argparse
import asyncio
import os
import re
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
import jwt
import uvloop
from redis.asyncio import Redis
from sqlalchemy import make_url
from surroundings import DATABASES, SECRET, database, instance, people, redis, write
from websockets.asyncio.client import ClientConnection, connect

from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.values import Caller, ConversationType
from palaver_runtime.settings import Settings

TOKEN_SECONDS = 3600
AT_A_TIME = 20
WARM_UP = 10
PATIENCE = 60.0
HEARTBEAT = Settings.model_fields["heartbeat_seconds"].get_default()

_STATEMENT = re.compile(rb" LOG:  (?:statement|execute [^:]*): ")


@dataclass(frozen=True)
class Figures:
    """What idle sockets cost a server. Bytes; all but the memory in a second."""

    sockets: int
    conversations: int
    seconds: float
    resident_before: int
    resident_after: int
    resident_per_socket: float
    cpu_percent: float
    redis_commands: float
    redis_commands_by_name: dict[str, float]
    database_statements: float | None
    database_statements_per_heartbeat: float | None


@dataclass(frozen=True)
class Process:
    """A process, as /proc tells of it."""

    pid: int

    def resident(self) -> int:
        """Give the resident memory in bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    def cpu(self) -> float:
        """Give the seconds of processor time used so far, in the process and for it in the kernel."""
        # The name, in parentheses, may hold anything.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class StatementLog:
    """The log of a PostgreSQL that logs each statement."""

    path: Path

    def count(self) -> int:
        """Give how many statements it has."""
        return len(_STATEMENT.findall(self.path.read_bytes()))


async def redis_calls(client: Redis) -> dict[str, int]:
    """Give how often each command was called, within scripts too, but for the one that asks."""
    stats: dict[str, dict[str, int]] = await client.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items()}
    calls.pop("info", None)
    return calls


@asynccontextmanager
async def statement_log(url: str) -> AsyncIterator[StatementLog | None]:
    """Have PostgreSQL log each statement; give the log. Other databases have none."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        yield None
        return
    connection = await asyncpg.connect(parsed.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        await connection.execute("SELECT pg_reload_conf()")
        yield StatementLog(Path(str(parsed.query["host"])) / "log")
    finally:
        await connection.close()


def token(user_id: str) -> str:
    """Sign in a user, as another service with the same secret does."""
    return jwt.encode({"sub": user_id, "exp": int(time.time()) + TOKEN_SECONDS}, SECRET, "HS256")


async def enter(url: str, user_id: str) -> ClientConnection:
    """Open the websocket of a user; raise RuntimeError unless the server lets it in."""
    address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    socket = await connect(address, compression=None, ping_interval=None, open_timeout=PATIENCE, max_size=None)
    async with asyncio.timeout(PATIENCE):
        await socket.recv()
        await socket.send(f'40{{"token":"{token(user_id)}"}}')
        # It is in when it is greeted; at 40 only Socket.IO has let it in.
        await socket.recv()
        answer = str(await socket.recv())
    if not answer.startswith('42["connected"'):
        await socket.close()
        raise RuntimeError(f"the server refused a socket: {answer}")
    return socket


async def stay(socket: ClientConnection) -> None:
    """Answer pings until the connection ends, which it is not to do."""
    heard: list[str | bytes] = []
    async for frame in socket:
        if frame == "2":
            await socket.send("3")
        else:
            heard = [*heard[-1:], frame]
    raise RuntimeError(f"the server closed an idle socket: {socket.close_code}, at last it said {heard}")


@asynccontextmanager
async def sockets(url: str, users: list[str]) -> AsyncIterator[None]:
    """Keep a socket open for each user; one that ends ends everything."""
    places = asyncio.Semaphore(AT_A_TIME)
    opened: list[ClientConnection] = []

    async def open_one(user_id: str) -> None:
        async with places:
            socket = await enter(url, user_id)
        opened.append(socket)
        staying.append(group.create_task(stay(socket)))

    staying: list[asyncio.Task[None]] = []
    try:
        async with asyncio.TaskGroup() as group:
            for opening in [group.create_task(open_one(each)) for each in users]:
                await opening
            yield
            for task in staying:
                task.cancel()
    finally:
        await asyncio.gather(*(each.close() for each in opened))


async def settled(process: Process, client: Redis) -> None:
    """Wait until from one heartbeat to the next neither memory nor what Redis is asked grows with the sockets."""

    async def state() -> tuple[int, int]:
        return process.resident(), sum((await redis_calls(client)).values())

    async with asyncio.timeout(PATIENCE):
        resident, calls = await state()
        calm = 0
        while calm < 2:
            await asyncio.sleep(HEARTBEAT)
            before, calls_before = resident, calls
            resident, calls = await state()
            calm = calm + 1 if abs(resident - before) < before / 200 and calls - calls_before < 50 else 0


async def run(kind: str, number: int, conversations: int, seconds: float) -> Figures:
    """Measure a server that has no sockets, then what as many change, of users in so many conversations each."""
    with database(kind) as database_url, redis() as redis_url:
        async with people(database_url, number) as prepared:
            users = prepared.users
            alone = CreateConversation(type=ConversationType.GROUP, user_ids=())
            for user_id in users:
                for _ in range(conversations):
                    await prepared.conversations.create(Caller(user_id=user_id), alone)
        env = {
            "PALAVER_DATABASE_URL": database_url,
            "PALAVER_REDIS_URL": redis_url,
            "PALAVER_JWT_SECRET": SECRET,
            "PALAVER_HEARTBEAT_SECONDS": str(HEARTBEAT),
        }
        async with instance(env) as server, Redis.from_url(redis_url) as client:
            process = Process(server.process.pid)
            async with sockets(server.url, users[:WARM_UP]):
                await settled(process, client)
            await settled(process, client)
            before = process.resident()
            async with sockets(server.url, users), statement_log(database_url) as log:
                await settled(process, client)
                return await measure(process, client, log, before, (number, conversations), seconds)


async def measure(
    process: Process,
    client: Redis,
    log: StatementLog | None,
    resident_before: int,
    crowd: tuple[int, int],
    seconds: float,
) -> Figures:
    """Watch a server that has nothing to do, with so many sockets of users in so many conversations each."""
    number, conversations = crowd
    logged = log.count() if log else 0
    calls, cpu, start = await redis_calls(client), process.cpu(), time.perf_counter()
    await asyncio.sleep(seconds)
    elapsed = time.perf_counter() - start
    cpu = process.cpu() - cpu
    called = {
        name: (count - calls.get(name, 0)) / elapsed
        for name, count in sorted((await redis_calls(client)).items())
        if count > calls.get(name, 0)
    }
    statements = (log.count() - logged) / elapsed if log else None
    resident = process.resident()
    return Figures(
        sockets=number,
        conversations=conversations,
        seconds=elapsed,
        resident_before=resident_before,
        resident_after=resident,
        resident_per_socket=(resident - resident_before) / number,
        cpu_percent=100 * cpu / elapsed,
        redis_commands=sum(called.values()),
        redis_commands_by_name=called,
        database_statements=statements,
        database_statements_per_heartbeat=None if statements is None else statements * HEARTBEAT,
    )


def lines(found: Figures) -> Iterator[str]:
    """Give the figures as text."""
    mega = 1024 * 1024
    memory = f"{found.resident_before / mega:.1f} MiB before, {found.resident_after / mega:.1f} MiB after"
    yield f"{'memory':12} {found.resident_per_socket / 1024:8.1f} KiB for each socket   ({memory})"
    yield f"{'processor':12} {found.cpu_percent:8.1f} % of one"
    names = ", ".join(f"{name} {rate:.2f}" for name, rate in found.redis_commands_by_name.items())
    yield f"{'redis':12} {found.redis_commands:8.2f} commands/s   ({names})"
    if found.database_statements is not None:
        beat = f"{found.database_statements_per_heartbeat:.1f} for each heartbeat of {HEARTBEAT} s"
        yield f"{'database':12} {found.database_statements:8.2f} statements/s   ({beat})"


def main() -> None:
    """Measure, print, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--conversations", type=int, default=1, help="of each user (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=25.0)
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    # Each socket is an open file, here and in the server, which inherits the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    found = uvloop.run(run(arguments.database, arguments.sockets, arguments.conversations, arguments.seconds))
    title = f"{found.sockets} idle sockets, {arguments.database} and Redis, {found.seconds:.1f} s"
    title += f", conversations of each user: {found.conversations}"
    sys.stdout.write("\n".join([title, *lines(found), ""]))
    if arguments.json:
        write(arguments.json, {"database": arguments.database, **asdict(found)})


if __name__ == "__main__":
    main()
