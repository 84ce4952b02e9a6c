"""What bystanders notice of a flood, what the flooder gets for it, and whether the server's memory comes back.

For each kind of flood a server of its own on SQLite, with the limits that it has by default, and a processor of its own
where there is more than one; its database is in memory where there is a place for that, as what is measured is no disk.
Pairs of bystanders talk at a steady rate, each from an address of its own, before, during and after. A flood comes some
times over, each time after a calm: what is told are the medians of these rounds, and between which the ratio was. Who
floods is a process of its own, on the processor of the bystanders and at the lowest priority, as here it takes from
them what elsewhere would be its own. The control does that, against a server that is none: its ratios show what the
machine itself makes of a ratio. How late the loop of the bystanders itself is, is measured beside: of what they hear
late, that much is not the server's.

    python bench/flood.py [--only KIND ...] [--rounds 3] [--seconds 5] [--rate 100] [--json FILE]
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import secrets
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import aiohttp
import jwt
import uvloop
from bystander import Latency, Message, Pair, latency, quantile, talking
from floods import FLOODS
from machine import Memory, Processor, divided, give_way, go_first, lateness, memory, processor, resident
from surroundings import Server, in_memory, instance, write

FLOODERS: Final = 200
PAIRS: Final = 20
"""So many that none meets the limit of messages, not even when all that was due for some seconds is sent at once."""
BYSTANDERS: Final = "127.0.1.{}"
"""Where bystanders come from: not from where the flood comes. On Linux all of 127/8 is this machine."""

SETTLING: Final = 15.0
"""Seconds in which the memory may come back: those in which a connection that says nothing is waited for, and some."""

_SETTLED: Final = 1.05
"""How many times the level before a flood is no more than that."""

_MEGA: Final = 1024 * 1024


@dataclass(frozen=True)
class Round:
    """A calm and a flood after it.

    `late_before` and `late_during` are the 99th percentiles, in seconds, of how late the loop of the bystanders was;
    the processors are shares of the time of the flood.
    """

    got: dict[str, int]
    before: Latency
    during: Latency
    late_before: float
    late_during: float
    server: Processor
    bystanders: Processor
    resident_during: int

    @property
    def ratio(self) -> float:
        """How much later the latest were in the flood than in the calm."""
        return self.during.p99 / self.before.p99


@dataclass(frozen=True)
class Figures:
    """What one kind of flood did; `ratio` is that of the medians of all rounds."""

    flood: str
    rounds: list[Round]
    after: Latency
    ratio: float
    ratios: list[float]
    lost: int
    memory_before: Memory
    memory_after: Memory
    refusals: dict[str, int]

    def median(self, figure: Callable[[Round], float]) -> float:
        """Give the median of a figure of all rounds."""
        return statistics.median(figure(each) for each in self.rounds)


def token(secret: str, user: str) -> str:
    """Sign in a user, as another service with the same secret does."""
    return jwt.encode({"sub": user, "exp": int(time.time()) + 3_600}, secret, "HS256")


async def room(http: aiohttp.ClientSession, url: str, tokens: Sequence[str], users: Sequence[str]) -> str:
    """Make a group of users, the first of whom owns it, and return its identifier; a user exists once seen."""
    for each in tokens:
        async with http.get(f"{url}/users/me", headers={"Authorization": f"Bearer {each}"}) as answer:
            answer.raise_for_status()
    body = {"type": "group", "name": "flood", "participantIds": list(users[1:])}
    headers = {"Authorization": f"Bearer {tokens[0]}"}
    async with http.post(f"{url}/conversations", json=body, headers=headers) as answer:
        answer.raise_for_status()
        made = await answer.json()
    identifier: str = made["id"]
    return identifier


@contextlib.asynccontextmanager
async def flooder(kind: str, url: str, seconds: float) -> AsyncIterator[Callable[[dict[str, object]], Awaitable[dict]]]:
    """Start a process that floods when it is told at what; that gives what it got."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("floods.py")),
        kind,
        url,
        str(seconds),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=give_way,  # whoever floods sits elsewhere: here it may only have what nobody else needs
    )

    async def flood(aim: dict[str, object]) -> dict:
        out, _ = await process.communicate(json.dumps(aim).encode())
        if process.returncode:
            raise RuntimeError(f"the flood {kind} ended with {process.returncode}")
        result: dict = json.loads(out)
        return result

    try:
        assert process.stdout is not None
        await process.stdout.readline()  # it is ready
        yield flood
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def refusals(http: aiohttp.ClientSession, url: str) -> dict[str, int]:
    """Ask the server how often each limit was met."""
    async with http.get(f"{url}/metrics") as answer:
        text = await answer.text()
    found = {}
    for line in text.splitlines():
        if line.startswith("palaver_refusals_total{"):
            labels, _, value = line.rpartition(" ")
            found[labels.partition('limit="')[2].partition('"')[0]] = int(float(value))
    return found


async def settled(pid: int, level: int, patience: float) -> Memory:
    """Wait until a process holds hardly more than a level again, or no longer."""
    deadline = time.monotonic() + patience
    while True:
        now = memory(pid)
        if now.resident <= level * _SETTLED or time.monotonic() >= deadline:
            return now
        await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def apart(env: Mapping[str, str]) -> AsyncIterator[Server]:
    """Run a server on a processor of its own, and be on the others meanwhile."""
    every = os.sched_getaffinity(0)
    servers, others = divided()
    os.sched_setaffinity(0, servers)  # which the server inherits
    try:
        with in_memory() as folder:
            async with instance({**env, "PALAVER_DATABASE_URL": f"sqlite:///{folder}/flood.db"}) as server:
                os.sched_setaffinity(0, others)
                yield server
    finally:
        os.sched_setaffinity(0, every)


@dataclass(frozen=True)
class Watched:
    """When a calm and the flood after it were, as time.monotonic() tells, and what else was seen."""

    began: float
    start: float
    stop: float
    got: dict[str, int]
    server: Processor
    bystanders: Processor
    resident_during: int

    def judge(self, messages: Sequence[Message], late: Sequence[tuple[float, float]]) -> Round:
        """Tell what bystanders noticed, given all their messages and how late their loop was when."""
        return Round(
            got=self.got,
            before=latency(each for each in messages if self.began <= each.due < self.start),
            during=latency(each for each in messages if self.start <= each.due < self.stop),
            late_before=quantile(sorted(each for at, each in late if self.began <= at < self.start), 0.99),
            late_during=quantile(sorted(each for at, each in late if self.start <= at < self.stop), 0.99),
            server=self.server,
            bystanders=self.bystanders,
            resident_during=self.resident_during,
        )


async def round_of(flood: Callable[[], Awaitable[dict]], pid: int, seconds: float) -> Watched:
    """Let a calm pass, and watch a flood."""
    peak = [resident(pid)]

    async def watch() -> None:
        while True:
            peak.append(resident(pid))
            await asyncio.sleep(0.25)

    began = time.monotonic()
    await asyncio.sleep(seconds)
    start = time.monotonic()
    had = [processor(each) for each in (pid, os.getpid())]
    watching = asyncio.create_task(watch())
    got = await flood()
    watching.cancel()
    stop = time.monotonic()
    have = [processor(each) for each in (pid, os.getpid())]
    server, bystanders = (now.since(then, stop - start) for now, then in zip(have, had, strict=True))
    return Watched(began, start, stop, got["got"], server, bystanders, max(peak))


async def run(kind: str, rounds: int, seconds: float, rate: float, settling: float) -> Figures:
    """Measure one kind of flood against a server of its own."""
    secret = secrets.token_hex(32)
    async with apart({"PALAVER_JWT_SECRET": secret, "PALAVER_LOG_LEVEL": "warning"}) as server, lateness() as late:
        pid = server.process.pid
        connector = aiohttp.TCPConnector(local_addr=(BYSTANDERS.format(0), 0))
        async with aiohttp.ClientSession(connector=connector) as http:
            flooders = [f"flooder-{number}" for number in range(FLOODERS)]
            tokens = [token(secret, each) for each in flooders]
            pairs = []
            for number in range(PAIRS):
                users = [f"bystander-{number}-{side}" for side in ("a", "b")]
                theirs = [token(secret, each) for each in users]
                address = BYSTANDERS.format(number + 1)
                pairs.append(Pair(*theirs, await room(http, server.url, theirs, users), address))
            aim = {"tokens": tokens, "room": await room(http, server.url, tokens, flooders)}
            found = []
            async with talking(server.url, pairs, rate):
                await asyncio.sleep(1.0)  # what is loaded at first use is no part of it
                level = rest = memory(pid)
                for _ in range(rounds):
                    async with flooder(kind, server.url, seconds) as flood:
                        found.append(await round_of(lambda flood=flood: flood(aim), pid, seconds))
                    rest = await settled(pid, level.resident, settling)
                calm = time.monotonic()
                await asyncio.sleep(seconds)
            met = await refusals(http, server.url)
    messages = [each for pair in pairs for each in pair.sent.values()]
    judged = [each.judge(messages, late) for each in found]
    return Figures(
        flood=kind,
        rounds=judged,
        after=latency(each for each in messages if each.due >= calm),
        ratio=statistics.median(each.during.p99 for each in judged)
        / statistics.median(each.before.p99 for each in judged),
        ratios=[each.ratio for each in judged],
        lost=sum(each.took == float("inf") for each in messages),
        memory_before=level,
        memory_after=rest,
        refusals=met,
    )


def line(found: Figures) -> str:
    """Write the figures of a flood as a line of the table."""
    sums: Counter[str] = Counter()
    for each in found.rounds:
        sums.update(each.got)
    got = ", ".join(f"{name} {count:,}" for name, count in sums.most_common(5))
    figures: list[Callable[[Round], float]] = [
        lambda each: each.before.p50,
        lambda each: each.before.p99,
        lambda each: each.during.p50,
        lambda each: each.during.p99,
    ]
    times = [found.median(figure) for figure in figures] + [found.after.p50, found.after.p99]
    pairs = "  ".join(f"{1000 * p50:5.1f} {1000 * p99:6.1f}" for p50, p99 in zip(times[::2], times[1::2], strict=True))
    ratio = f"{found.ratio:5.1f} {f'{min(found.ratios):.1f}-{max(found.ratios):.1f}':>9}"
    late = (
        f"{1000 * found.median(lambda each: each.late_before):5.1f} "
        f"{1000 * found.median(lambda each: each.late_during):6.1f}"
    )
    share = f"{found.median(lambda each: each.server.ran):4.0%} {found.median(lambda each: each.server.waited):4.0%}"
    held = " ".join(
        f"{each / _MEGA:5.0f}"
        for each in (
            found.memory_before.resident,
            max(each.resident_during for each in found.rounds),
            found.memory_after.resident,
        )
    )
    return f"{found.flood:15} {pairs}  {ratio}  {found.lost:4}  {late}  {share}  {held}  {got or '-'}"


def head() -> str:
    """Write what stands above the table: latencies, then how late the bystanders' own loop was, then the server."""
    over = "".join(f"{each:>14}" for each in ("before", "during", "after"))
    times = "  ".join(["  p50    p99"] * 3)
    return (
        f"{'':14}{over}{'':23}  {'own loop late':>13} {'server':>10}  {'MiB resident':>17}\n"
        f"{'flood':15} {times}  ratio   between  lost  {'bef.':>5} {'during':>6}  {'ran':>4} {'held':>4}  "
        f"{'bef.':>5} {'most':>5} {'aft.':>5}  what the flooder got"
    )


def main() -> None:
    """Measure, print, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        epilog="Kinds: "
        + "; ".join(f"{name}: {' '.join((act.__doc__ or '').split())}" for name, act in FLOODS.items()),
    )
    parser.add_argument("--only", nargs="+", choices=FLOODS, default=list(FLOODS), metavar="KIND")
    parser.add_argument("--rounds", type=int, default=3, help="how often each flood comes, after a calm (default 3)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each calm and each flood (default 5)")
    parser.add_argument(
        "--rate", type=float, default=100.0, help="messages of all bystanders in a second (default 100)"
    )
    parser.add_argument("--settling", type=float, default=SETTLING, help="seconds for the memory to come back")
    parser.add_argument(
        "--urgent", action="store_true", help="go before whoever else is at work on this machine; needs root"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    if arguments.urgent:
        go_first()
    # Each connection is an open file, here and in the server, which inherits the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.stdout.write(f"milliseconds and MiB, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n{head()}\n")
    found = []
    with contextlib.suppress(KeyboardInterrupt):
        for kind in arguments.only:
            figures = uvloop.run(run(kind, arguments.rounds, arguments.seconds, arguments.rate, arguments.settling))
            found.append(figures)
            sys.stdout.write(f"{line(figures)}\n")
            sys.stdout.flush()
    if arguments.json:
        write(arguments.json, {"processors": os.cpu_count(), "floods": [asdict(each) for each in found]})


if __name__ == "__main__":
    main()
