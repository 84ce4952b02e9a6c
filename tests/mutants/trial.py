"""Broken servers before their judge, several at a time: each is started, and its killer is run against it."""

import asyncio
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from servers.conditions import USUAL, Conditions
from servers.foreign import across_instances
from servers.issuer import issuing
from servers.palaver import scratch

from palaver_conformance.commandline import CommandLine
from palaver_conformance.contract import sources
from palaver_conformance.evidence.verdict import Outcome
from palaver_conformance.hook import Hook
from palaver_conformance.limits import Limits
from palaver_conformance.people.issuers import Commanded, Issuer
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import launched

SERVE = Path(__file__).parent / "serve.py"
UNBROKEN = "none"
"""The handle of no defect."""

ORIGIN = "https://chat.example"
"""Whose pages the servers let in."""

EXAMPLES = 60
"""How much a random scenario tries: what it finds sooner or later, it is to find."""


UNKNOWN = Limits()

KeyT = TypeVar("KeyT", bound=Hashable)
T = TypeVar("T")


async def judge_reference(
    handle: str, dialect: str, instances: int, scenarios: Sequence[str], timing: Timing, conditions: Conditions = USUAL
) -> list[Outcome]:
    """Run scenarios, by their ids, against the reference server with the defect of a mutant, given by its handle.

    Several instances get a PostgreSQL and a Redis to meet in, one has a file for itself, and an issuer if the
    conditions want one.
    """
    calls = ["--grpc-port", "{grpc_port}"] if sources.load(dialect).calls is not None else []
    serve = [sys.executable, str(SERVE), handle, "--dialect", dialect, "--port", "{port}", *calls]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mutant-", dir=scratch()))
        places = [f"PALAVER_DATABASE_URL=sqlite:///{folder}/mutant.db", f"PALAVER_ALLOWED_ORIGINS={ORIGIN}"]
        # Origins of the page would be allowed, too.
        places += [*conditions.environment, "PALAVER_PAGE=off"]
        if instances > 1:
            places = ["PALAVER_DATABASE_URL={database_url}", "PALAVER_REDIS_URL={redis_url}"]
            places.append("PALAVER_CLOCK_OFFSET_SECONDS={clock_offset}")
        issuer = None
        if conditions.key_changes_after is not None:
            running = await stack.enter_async_context(issuing("ES256", conditions.key_changes_after))
            places += running.settings
            issuer = Commanded(Hook("the issuer", CommandLine.parse(running.command, Path(folder))), timing.hook)
        command = shlex.join([*places, "PALAVER_JWT_SECRET={secret}", *serve])
        origin = ORIGIN if instances == 1 else None
        return await _judge(command, dialect, instances, scenarios, timing, conditions.limits, origin, issuer)


async def judge_foreign(
    server: str, handle: str, instances: int, scenarios: Sequence[str], timing: Timing
) -> list[Outcome]:
    """Run scenarios, by their ids, against the foreign server with the defect of a variant, given by its handle."""
    command = across_instances(server) if instances > 1 else server
    sabotage = "" if handle == UNBROKEN else f" --sabotage {handle}"
    return await _judge(f"{command}{sabotage}", "gateway", instances, scenarios, timing)


async def _judge(
    command: str,
    dialect: str,
    instances: int,
    scenarios: Sequence[str],
    timing: Timing,
    limits: Limits = UNKNOWN,
    origin: str | None = None,
    issuer: Issuer | None = None,
) -> list[Outcome]:
    contract = sources.load(dialect)
    async with launched(Command.parse(command), instances, contract, timing) as topology:
        secret = None if contract.has("account.register") else topology.secret
        subject = Subject(
            topology.urls, contract, timing, secret, topology, issuer=issuer, limits=limits, origin=origin
        )
        try:
            chosen = [each for each in all_scenarios() if each.id in scenarios]
            return await Runner(subject, contract, timing, examples=EXAMPLES).run(chosen)
        finally:
            await subject.close()


@asynccontextmanager
async def some_at_a_time(
    jobs: Mapping[KeyT, Callable[[], Coroutine[None, None, T]]], limit: int
) -> AsyncIterator[Mapping[KeyT, "asyncio.Task[T]"]]:
    """Begin jobs, so many at a time, and give what is to come of each; on the way out what is not done is given up."""
    turns = asyncio.Semaphore(limit)

    async def turn(job: Callable[[], Coroutine[None, None, T]]) -> T:
        async with turns:
            return await job()

    tasks = {key: asyncio.create_task(turn(job)) for key, job in jobs.items()}
    try:
        yield tasks
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
