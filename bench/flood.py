"""What bystanders notice of a flood, what the flooder gets for it, and whether the server's memory comes back.

For each kind of flood a server of its own on SQLite, with the limits that it has by default. Pairs of bystanders talk
at a steady rate from an address of their own, before, during and after; who floods is a process of its own at the
lowest priority, as on this machine it takes from everybody what elsewhere would be its own. The control does that and
leaves the server alone: a ratio is to be compared with that one.

    python bench/flood.py [--only KIND ...] [--seconds 10] [--rate 40] [--json FILE]
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import secrets
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import aiohttp
import jwt
import uvloop
from bystander import Latency, Pair, latency, talking
from floods import FLOODS
from surroundings import instance, write

FLOODERS: Final = 200
PAIRS: Final = 20
"""So many that none meets the limit of messages, not even when all that was due for some seconds is sent at once."""
BYSTANDERS: Final = "127.0.0.2"
"""Where bystanders come from: not from where the flood comes. On Linux all of 127/8 is this machine."""

SETTLING: Final = 15.0
"""Seconds in which the memory may come back: those in which a connection that says nothing is waited for, and some."""

_MEGA: Final = 1024 * 1024


@dataclass(frozen=True)
class Memory:
    """What a process holds, in bytes: the resident set, and its proportional share of that."""

    resident: int
    share: int


@dataclass(frozen=True)
class Figures:
    """What one flood did."""

    flood: str
    seconds: float
    got: dict[str, int]
    before: Latency
    during: Latency
    after: Latency
    ratio: float
    lost: int
    memory_before: Memory
    memory_during: Memory
    memory_after: Memory
    refusals: dict[str, int]


def memory(pid: int) -> Memory:
    """Read what a process holds, as /proc has it."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        found[name] = int(rest.split()[0]) * 1024
    return Memory(found["Rss"], found["Pss"])


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
async def flooding(kind: str, url: str, seconds: float, aim: dict[str, object]) -> AsyncIterator[asyncio.Task[dict]]:
    """Flood in a process of its own; give what it will have got."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("floods.py")),
        kind,
        url,
        str(seconds),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )

    async def ended() -> dict:
        out, _ = await process.communicate(json.dumps(aim).encode())
        if process.returncode:
            raise RuntimeError(f"the flood {kind} ended with {process.returncode}")
        result: dict = json.loads(out)
        return result

    task = asyncio.create_task(ended())
    try:
        yield task
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.gather(task, return_exceptions=True)


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
        if now.resident <= level * 1.1 or time.monotonic() >= deadline:
            return now
        await asyncio.sleep(0.5)


async def run(kind: str, seconds: float, rate: float, settling: float) -> Figures:
    """Measure one flood against a server of its own."""
    secret = secrets.token_hex(32)
    async with instance({"PALAVER_JWT_SECRET": secret}) as server:
        pid = server.process.pid
        connector = aiohttp.TCPConnector(local_addr=(BYSTANDERS, 0))
        async with aiohttp.ClientSession(connector=connector) as http:
            flooders = [f"flooder-{number}" for number in range(FLOODERS)]
            tokens = [token(secret, each) for each in flooders]
            pairs = []
            for number in range(PAIRS):
                users = [f"bystander-{number}-{side}" for side in ("a", "b")]
                theirs = [token(secret, each) for each in users]
                pairs.append(Pair(*theirs, await room(http, server.url, theirs, users)))
            aim = {"tokens": tokens, "room": await room(http, server.url, tokens, flooders)}
            peak = [memory(pid)]

            async def watch() -> None:
                while True:
                    peak.append(memory(pid))
                    await asyncio.sleep(0.25)

            async with talking(server.url, pairs, rate, BYSTANDERS):
                await asyncio.sleep(1.0)  # what is loaded at first use is no part of it
                began = time.monotonic()
                await asyncio.sleep(seconds)
                level = memory(pid)
                async with flooding(kind, server.url, seconds, aim) as flood:
                    start = time.monotonic()
                    watching = asyncio.create_task(watch())
                    got = await flood
                    watching.cancel()
                stop = time.monotonic()
                rest = await settled(pid, level.resident, settling)
                calm = time.monotonic()
                await asyncio.sleep(seconds)
            met = await refusals(http, server.url)
    messages = [each for pair in pairs for each in pair.sent.values()]
    before = latency(each for each in messages if began <= each.due < start)
    during = latency(each for each in messages if start <= each.due < stop)
    after = latency(each for each in messages if each.due >= calm)
    return Figures(
        flood=kind,
        seconds=got["seconds"],
        got=got["got"],
        before=before,
        during=during,
        after=after,
        ratio=during.p99 / before.p99,
        lost=sum(each.took == float("inf") for each in messages),
        memory_before=level,
        memory_during=max(peak, key=lambda each: each.resident),
        memory_after=rest,
        refusals=met,
    )


def line(found: Figures) -> str:
    """Write the figures of a flood as a line of the table."""
    got = ", ".join(f"{name} {count:,}" for name, count in sorted(found.got.items(), key=lambda each: -each[1])[:5])
    times = "  ".join(
        f"{1000 * each.p50:5.1f} {1000 * each.p99:6.1f}" for each in (found.before, found.during, found.after)
    )
    sizes = (found.memory_before, found.memory_during, found.memory_after)
    held = "  ".join(f"{each.resident / _MEGA:5.0f} {each.share / _MEGA:5.0f}" for each in sizes)
    return f"{found.flood:15} {times}  {found.ratio:5.1f}  {found.lost:4}  {held}  {got or '-'}"


def head() -> str:
    """Write what stands above the table."""
    parts = ("before", "during", "after")
    over = (
        f"{'':15} {'  '.join(f'{each:>12}' for each in parts)}  {'':11}  {'  '.join(f'{each:>11}' for each in parts)}"
    )
    times, sizes = "  ".join(["  p50    p99"] * 3), "  ".join(["  RSS   PSS"] * 3)
    return f"{over}\n{'flood':15} {times}  ratio  lost  {sizes}  what the flooder got"


def main() -> None:
    """Measure, print, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        epilog="Kinds: "
        + "; ".join(f"{name}: {' '.join((act.__doc__ or '').split())}" for name, act in FLOODS.items()),
    )
    parser.add_argument("--only", nargs="+", choices=FLOODS, default=list(FLOODS), metavar="KIND")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part: before, during, after (default 10)")
    parser.add_argument("--rate", type=float, default=40.0, help="messages of all bystanders in a second (default 40)")
    parser.add_argument("--settling", type=float, default=SETTLING, help="seconds for the memory to come back")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    # Each connection is an open file, here and in the server, which inherits the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.stdout.write(f"milliseconds and MiB, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n{head()}\n")
    found = []
    with contextlib.suppress(KeyboardInterrupt):
        for kind in arguments.only:
            figures = uvloop.run(run(kind, arguments.seconds, arguments.rate, arguments.settling))
            found.append(figures)
            sys.stdout.write(f"{line(figures)}\n")
            sys.stdout.flush()
    if arguments.json:
        write(arguments.json, {"processors": os.cpu_count(), "floods": [asdict(each) for each in found]})


if __name__ == "__main__":
    main()
