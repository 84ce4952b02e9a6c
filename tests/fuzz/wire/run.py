"""A run over sockets: strangers of every transport against one server, with bystanders, and what is left afterwards."""

import asyncio
import json
import os
import signal
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import jwt
from fuzz.finding import Finding
from fuzz.mutation import mutated
from fuzz.resources import Resources
from fuzz.serve import FIGURES
from fuzz.target import CORPUS, Broken
from fuzz.targets import dialects
from fuzz.wire import judge, strangers
from fuzz.wire.bystanders import Bystanders, bystanders
from fuzz.wire.strangers import Caller, Place
from servers.palaver import Server, serving

_SECRET = "the secret of the fuzzer's server, which is long enough"
_LIMITS = {
    "PALAVER_LIMIT_MESSAGES": "100000/1s",
    "PALAVER_LIMIT_REQUESTS": "1000000/1s",
    "PALAVER_MAX_CONNECTIONS": "1000",
}
_SETTLING = 60.0
_QUIET = 20
_WARMING = 3
_MEMORY = 96 * 1024 * 1024
_MOST = 3
"""Inputs on one connection: what comes after the one that closes it is not read any more."""

_ROUND = 8
_AGAIN = 20
_WORTH = 4
"""How often a payload that comes as far as a handler is in the pool, beside the many packets that close."""
_SEPARATOR = b"\n----\n"

WIRE_TARGETS = ("wire.socketio", "wire.websocket", "wire.polling", "wire.rest", "wire.grpc")

Stranger = Callable[[Place, Sequence[bytes], Random], Awaitable[str]]


@dataclass
class Figures:
    """What a server holds."""

    memory: int
    files: int
    sockets: int
    tasks: int
    connections: int


@dataclass
class WireResult:
    """What came of the run, by transport."""

    inputs: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    before: Figures | None = None
    after: Figures | None = None
    quiet: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass
class _Transport:
    name: str
    corpora: tuple[str, ...]
    send: Stranger
    connections: int


async def run(
    count: int, seed: int, folder: Path, until: float, progress: Callable[[WireResult], None] = lambda _: None
) -> WireResult:
    """Send so many inputs, or as many as go until a moment of the monotonic clock; judge every answer.

    The log of the server is judged too, and what it holds before and afterwards.
    """
    result = WireResult()
    async with _served() as server:
        assert server.grpc is not None
        async with bystanders(server.url, server.grpc, _SECRET) as people:
            await _among(server, people, count, seed, folder, until, progress, result)
    _judge_log(server, result)
    return result


def _served() -> AbstractAsyncContextManager[Server]:
    """Start a server of all dialects that tells its figures."""
    program = (str(Path(__file__).parents[1] / "serve.py"),)
    return serving("--all", "--grpc-port", "0", env={"PALAVER_JWT_SECRET": _SECRET, **_LIMITS}, program=program)


def _judge_log(server: Server, result: WireResult) -> None:
    logged = judge.log(server.lines)
    if logged:
        result.findings.append(Finding("wire", "crash", "the server logs an error", "\n".join(logged[:40])))


async def _among(
    server: Server,
    people: Bystanders,
    count: int,
    seed: int,
    folder: Path,
    until: float,
    progress: Callable[[WireResult], None],
    result: WireResult,
) -> None:
    began = time.monotonic()
    assert server.grpc is not None
    # Everything is used once before it is measured: what is loaded or filled at the first use is no leak.
    for _ in range(_WARMING):
        await _burst_of_all(server, Random(seed), WireResult(), folder)
    for number in range(_QUIET):
        await people.say(number)
    result.quiet, people.waits = people.waits, []
    result.before = await _settled(server, people, None)
    talking = asyncio.create_task(people.talk(), name="bystanders")
    try:
        random = Random(f"{seed} wire")
        while sum(result.inputs.values()) < count and time.monotonic() < until and not result.findings:
            await _burst_of_all(server, random, result, folder)
            progress(result)
            if talking.done():
                break
    finally:
        talking.cancel()
        outcome = (await asyncio.gather(talking, return_exceptions=True))[0]
    if isinstance(outcome, Exception):
        result.findings.append(Finding("wire", "crash", "a bystander is disturbed", str(outcome)))
    result.waits = people.waits
    result.after = await _settled(server, people, result.before)
    result.seconds = time.monotonic() - began
    _leaks(result)


def _transports(caller: Caller) -> list[_Transport]:
    return [
        _Transport("socketio", ("socketio", "engineio", "gateway"), strangers.socketio, 3 * _ROUND),
        _Transport("websocket", ("envelopes", "websocket", "envelope"), strangers.websocket, 3 * _ROUND),
        _Transport("polling", ("engineio",), strangers.polling, _ROUND),
        _Transport("rest", ("http", "http-bytes"), strangers.rest, _ROUND),
        _Transport("grpc", ("calls",), caller.calls, _ROUND),
    ]


async def _burst_of_all(server: Server, random: Random, result: WireResult, folder: Path) -> None:
    """Send inputs over some connections of every transport at once."""
    place = _place(server, random)
    caller = Caller(place)
    try:
        await asyncio.gather(
            *(
                _burst(place, each, _inputs(each, random), random, result, folder)
                for each in _transports(caller)
                for _ in range(each.connections)
            )
        )
    finally:
        await caller.close()


def _place(server: Server, random: Random) -> Place:
    """Return where a server is, with a token of somebody new."""
    assert server.grpc is not None
    token = jwt.encode({"sub": f"stranger-{random.getrandbits(48):x}", "exp": time.time() + 3600}, _SECRET, "HS256")
    return Place.of(server.url, server.grpc, token)


def _inputs(transport: _Transport, random: Random) -> list[bytes]:
    pool = _pool(transport.corpora)
    chosen = [random.choice(pool) for _ in range(random.randint(1, _MOST))]
    return [mutated(each, random, pool, ()) if random.random() < 0.8 else each for each in chosen]


async def _burst(
    place: Place, transport: _Transport, inputs: list[bytes], random: Random, result: WireResult, folder: Path
) -> None:
    try:
        outcome = await transport.send(place, inputs, random)
    except (Broken, OSError) as error:
        found = Finding(f"wire.{transport.name}", "crash", str(error)[:120], str(error), _SEPARATOR.join(inputs))
        result.findings.append(found.saved(folder))
        return
    result.inputs[transport.name] += len(inputs)
    result.outcomes[f"{transport.name}: {outcome}"] += 1


async def replay(name: str, data: bytes, folder: Path) -> WireResult:
    """Send the inputs of one connection again, some times: how each is dressed is drawn anew."""
    result = WireResult()
    async with _served() as server:
        random = Random(1)
        place = _place(server, random)
        caller = Caller(place)
        (transport,) = (each for each in _transports(caller) if f"wire.{each.name}" == name)
        for _ in range(_AGAIN):
            await _burst(place, transport, data.split(_SEPARATOR), random, result, folder)
        await caller.close()
    _judge_log(server, result)
    return result


_POOLS: dict[tuple[str, ...], list[bytes]] = {}


def _pool(corpora: tuple[str, ...]) -> list[bytes]:
    if corpora not in _POOLS:
        files = [file for each in corpora if (CORPUS / each).is_dir() for file in sorted((CORPUS / each).iterdir())]
        # Those that are no folder are dialects: payloads of their events, kept ones and valid ones of the documents.
        payloads = dialects.TARGETS[0].inputs().values()
        told = [each for each in payloads if each.partition(b" ")[0].decode("latin-1") in corpora]
        _POOLS[corpora] = [file.read_bytes() for file in files] + told * _WORTH
    return _POOLS[corpora]


async def _settled(server: Server, people: Bystanders, before: Figures | None) -> Figures:
    """Return what the server holds once it holds no more tasks and sockets than before, or after a while anyhow.

    Its other files are those of the database, of which it opens as many as it needs up to a limit.
    """
    until = time.monotonic() + _SETTLING
    while True:
        figures = await _figures(server)
        alone = figures.connections <= len(people.people)
        if before is not None:
            alone = alone and figures.tasks <= before.tasks and figures.sockets <= before.sockets
        if alone or time.monotonic() > until:
            return figures
        await asyncio.sleep(0.2)


async def _figures(server: Server) -> Figures:
    seen = len(server.lines)
    os.kill(server.process.pid, signal.SIGUSR1)
    tasks = -1
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            while tasks < 0:
                for line in server.lines[seen:]:
                    if line.startswith(FIGURES):
                        tasks = json.loads(line.removeprefix(FIGURES))["tasks"]
                await asyncio.sleep(0.02)
    place = Place.of(server.url, "", "")
    raw = await strangers.exchange(place, strangers.request("GET", "/metrics"))
    lines = [
        each for each in raw.decode().splitlines() if each.startswith(("palaver_connections ", "palaver_connections{"))
    ]
    held = Resources.of(server.process.pid)
    return Figures(
        held.memory, held.files, held.sockets, tasks, round(sum(float(each.rpartition(" ")[2]) for each in lines))
    )


def _leaks(result: WireResult) -> None:
    before, after = result.before, result.after
    assert before is not None
    assert after is not None
    for what, grown, bound in (
        ("bytes of memory", after.memory - before.memory, _MEMORY),
        ("sockets", after.sockets - before.sockets, 0),
        ("tasks", after.tasks - before.tasks, 0),
        ("connections", after.connections - before.connections, 0),
    ):
        if grown > bound:
            sign = f"the server holds {grown} more {what} than before"
            result.findings.append(Finding("wire", "leak", sign, sign))


def percentile(values: Sequence[float], part: int) -> float:
    """Return a percentile; 0.0 of nothing."""
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[part - 1]
