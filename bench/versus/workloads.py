"""What is measured: a crowd, what it does in each round, and which figures come of it."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from versus.client import PATIENCE, Answer, LoadClient, LoadError
from versus.contestants import Running, Storage
from versus.crowd import Crowd

QUIET: Final = "quiet 0.3"
"""Wait until what a crowd's coming has set off, as who is online, has been told."""
CALM_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Figure:
    """A figure that a round gives: how it is called in a report, its unit, and whether more of it is better."""

    title: str
    unit: str
    more_is_better: bool


RATE: Final = "rate"
PER_CPU: Final = "per_cpu_second"
P50, P99 = "p50", "p99"
MEMORY: Final = "memory"
FIGURES: Final[Mapping[str, Figure]] = {
    RATE: Figure("each second", "/s", more_is_better=True),
    PER_CPU: Figure("for each second of the server's processor", "/s", more_is_better=True),
    P50: Figure("p50", "ms", more_is_better=False),
    P99: Figure("p99", "ms", more_is_better=False),
    MEMORY: Figure("memory for a connection", "KiB", more_is_better=False),
    "processor": Figure("processor", "s", more_is_better=False),
    "seconds": Figure("until all is done", "s", more_is_better=False),
}

Figures = Mapping[str, float]
Round = Callable[[LoadClient, Running, float], Awaitable[Figures]]


@dataclass(frozen=True)
class Workload:
    """One line of the comparison. `figures` are in the order of their weight; the first one is in the picture."""

    title: str
    unit: str
    crowd: Crowd
    contestants: tuple[str, ...]
    figures: tuple[str, ...]
    round: Round
    prepare: tuple[str, ...] = ()
    """Commands to the load client before the first round."""
    storage: Storage = Storage.NONE
    instances: int = 1
    fresh: bool = False
    """Whether each round needs a server that has not done anything yet."""
    warm_ups: int = 1
    """Rounds before the first one of a server that do not count."""
    longer: float = 1.0
    """How many times longer than usual a turn takes, where things come in large pieces."""
    furnish: Callable[[str, Running], Awaitable[None]] | None = None
    """Puts into the database whose URL it is given, before anybody connects, what else is to be there."""


def _throughput(answer: Answer) -> Figures:
    rate = answer.count / answer.seconds
    # The kernel counts processor time in hundredths of a second.
    used = max(answer.server_seconds, 0.01)
    found = {RATE: rate, PER_CPU: answer.count / used, "server_load": used / answer.seconds}
    found["client_load"] = answer.client_seconds / answer.seconds
    if answer.p99_us:
        found |= {P50: answer.p50_us / 1000, P99: answer.p99_us / 1000}
    return found


def steady(command: str) -> Round:
    """Repeat a command that takes so many seconds."""

    async def round_(load: LoadClient, _running: Running, seconds: float) -> Figures:
        return _throughput(await load.tell(command.format(seconds=seconds)))

    return round_


async def coming(load: LoadClient, running: Running, _seconds: float) -> Figures:
    """Have everybody connect, and go."""
    answer = await load.tell("open 50")
    await load.tell("close")
    await _calm(running)
    return _throughput(answer)


async def resting(load: LoadClient, running: Running, _seconds: float) -> Figures:
    """Have everybody connect and say nothing; what a server grew by is theirs."""
    before = sum(_resident(each.pid) for each in running.instances)
    answer = await load.tell("open 50")
    await load.tell(QUIET)
    await _calm(running)
    grown = sum(_resident(each.pid) for each in running.instances) - before
    return {MEMORY: grown / 1024 / answer.count}


async def leaving(load: LoadClient, running: Running, _seconds: float) -> Figures:
    """Have everybody go at once; what the server does until it rests is the price."""
    await load.tell("open 50")
    await load.tell(QUIET)
    before = await _calm(running)
    await load.tell("close")
    return {"processor": await _calm(running) - before}


async def returning(load: LoadClient, running: Running, _seconds: float) -> Figures:
    """Have everybody go, come back at once and ask what was missed."""
    await load.tell("close")
    await _calm(running)
    back = await load.tell("open 100000")
    synced = await load.tell("sync")
    return {
        "seconds": back.seconds + synced.seconds,
        "processor": back.server_seconds + synced.server_seconds,
        P99: max(back.p99_us, synced.p99_us) / 1000,
    }


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def spent(running: Running) -> float:
    """Give the seconds of processor that servers have used, as the kernel counts them: in hundredths."""
    seconds = 0.0
    for each in running.instances:
        # The name, in parentheses, may hold anything.
        fields = Path(f"/proc/{each.pid}/stat").read_text().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


async def _calm(running: Running) -> float:
    """Wait until servers do hardly anything; give the seconds of processor that they have used.

    Raises LoadError if they never do.
    """
    used, since = spent(running), time.monotonic()
    end = since + PATIENCE
    while since < end:
        await asyncio.sleep(CALM_SECONDS)
        now, moment = spent(running), time.monotonic()
        if now - used < 0.1 * (moment - since):
            return now
        used, since = now, moment
    raise LoadError(f"the server was still at work after {PATIENCE:.0f} s, and nobody asked for anything")


_OURS = ("palaver", "interpreted")
_ALL = (*_OURS, "node", "nest", "stock", "limit", "limit-together")
_ONE_BY_ONE = (*_OURS, "node", "nest", "stock", "limit")
_CONNECTIONS = (*_OURS, "node", "nest", "stock")
_STORMED = (*_OURS, "node", "stock")
_SPREAD = (*_OURS, "node", "stock")
_SQLITE = (*_OURS, "stock")
_POSTGRESQL = (*_OURS, "node", "node-batch", "stock")
_OPEN = ("open 50", QUIET)
_JOINED = ("open 50", "join", QUIET)
_THROUGHPUT = (RATE, PER_CPU)
_WAITED = (RATE, PER_CPU, P50, P99)
_LATENCY = (P99, P50)


def _durable(senders: int, storage: Storage) -> Workload:
    where = {Storage.SQLITE: "SQLite", Storage.POSTGRESQL: "PostgreSQL"}[storage]
    return Workload(
        title=f"durable acknowledged sends, {senders} senders, {where}",
        unit="messages",
        crowd=Crowd(senders, 1),
        contestants=_SQLITE if storage is Storage.SQLITE else _POSTGRESQL,
        figures=_WAITED,
        round=steady("send {seconds}"),
        prepare=_JOINED,
        storage=storage,
        longer=2.5,
    )


def _fan(members: int, title: str, command: str, contestants: tuple[str, ...], instances: int = 1) -> Workload:
    return Workload(
        title=title,
        unit="deliveries",
        crowd=Crowd(members, members),
        contestants=contestants,
        figures=_LATENCY if command.startswith("rate") else _THROUGHPUT,
        round=steady(command),
        prepare=_JOINED,
        instances=instances,
        longer=2.5 if members > 100 else 1.0,
    )


WORKLOADS: Final[Mapping[str, Workload]] = {
    **{
        f"ack-{clients}": Workload(
            title=f"acknowledged round trips, {clients} {'client' if clients == 1 else 'clients'}",
            unit="round trips",
            crowd=Crowd(clients, 1),
            contestants=_ONE_BY_ONE,
            figures=_WAITED,
            round=steady("ping {seconds}"),
            prepare=_OPEN,
        )
        for clients in (1, 50)
    },
    "fan-100-one": _fan(100, "fan-out to 100, one message at a time", "fan {seconds} 1 1", _ONE_BY_ONE),
    "fan-100": _fan(100, "fan-out to 100, saturated (20 senders, 32 under way)", "fan {seconds} 20 32", _ALL),
    "fan-500-one": _fan(500, "fan-out to 500, one message at a time", "fan {seconds} 1 1", _ONE_BY_ONE),
    "fan-500": _fan(500, "fan-out to 500, saturated (20 senders, 32 under way)", "fan {seconds} 20 32", _ALL),
    "latency": _fan(100, "delivery at 5,000 a second: 50 messages to 100", "rate {seconds} 20 50", _ONE_BY_ONE),
    "durable-sqlite-50": _durable(50, Storage.SQLITE),
    "durable-sqlite-500": _durable(500, Storage.SQLITE),
    "durable-postgresql-50": _durable(50, Storage.POSTGRESQL),
    "durable-postgresql-500": _durable(500, Storage.POSTGRESQL),
    "redis-fan": _fan(
        100, "two instances over Redis, room of 100 split over both, saturated", "fan {seconds} 20 32", _SPREAD, 2
    ),
    "redis-latency": _fan(
        100, "two instances over Redis, remote delivery at 1,000 a second", "rate {seconds} 20 20", _SPREAD, 2
    ),
    "connect": Workload(
        title="connections set up, token to greeting, 50 at a time",
        unit="connections",
        crowd=Crowd(2_000, 1),
        contestants=_CONNECTIONS,
        figures=_WAITED,
        round=coming,
        # With the round that warms up 8,000 have come, and servers that compile while they run have done so.
        prepare=3 * ("open 50", "close"),
    ),
    "idle": Workload(
        title="memory of an idle connection (1,000 of them)",
        unit="connections",
        crowd=Crowd(1_000, 1),
        contestants=_CONNECTIONS,
        figures=(MEMORY,),
        round=resting,
        fresh=True,
        warm_ups=0,
    ),
    "disconnect": Workload(
        title="storm of 4,000 disconnects",
        unit="storms",
        crowd=Crowd(4_000, 1),
        contestants=_STORMED,
        figures=("processor",),
        round=leaving,
        warm_ups=0,
    ),
    "reconnect": Workload(
        title="storm of 2,000 reconnects, each with a sync",
        unit="storms",
        crowd=Crowd(2_000, 20),
        contestants=_STORMED,
        figures=("seconds", "processor", P99),
        round=returning,
        warm_ups=0,
        prepare=_JOINED,
    ),
}

Selection: TypeAlias = Mapping[str, tuple[str, ...]]
"""Workloads, and against whom each is measured, as far as they can do it."""

STANDARD: Final[Selection] = {
    **dict.fromkeys(
        ("ack-50", "fan-100-one", "fan-100", "latency", "durable-postgresql-50", "redis-fan"),
        ("node", "node-batch", "nest", "stock", "limit", "limit-together"),
    ),
    "connect": ("node", "stock"),
}
"""One of each kind against others than ourselves, and the dearest against one of each kind: about five minutes."""
QUICK: Final[Selection] = dict.fromkeys(("ack-50", "fan-100-one", "fan-100"), ("node", "limit"))
