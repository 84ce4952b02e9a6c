"""The command `palaver conform`.

Exit codes: 0 the server conforms; 1 it does not, or nothing was proven; 2 wrong usage (unknown specification, bad
address, no scenario of that name); 3 it could not be found out (the server cannot be reached or started, the harness
itself failed). As shells have it, 130 after Ctrl-C and 143 after SIGTERM: launched servers are stopped then too.
"""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import typer

from palaver_conformance.cluster import cluster
from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.drivers.grpc import checked_addresses
from palaver_conformance.errors import Failure, HarnessError, Unreachable, UsageError
from palaver_conformance.report import json as json_report
from palaver_conformance.report import junit as junit_report
from palaver_conformance.report.summary import Run
from palaver_conformance.report.terminal import Terminal
from palaver_conformance.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.subject import Subject, checked_urls
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import launched
from palaver_conformance.verdict import Outcome

_USAGE, _COULD_NOT, _INTERRUPTED, _TERMINATED = 2, 3, 130, 143
_STDOUT = "-"
_REGISTER = "account.register"


def register(app: typer.Typer) -> None:
    """Add `conform` and `cluster` to an application."""
    app.command()(conform)
    app.command()(cluster)


def conform(
    spec: Annotated[
        str | None, typer.Option(help="Specification: the name of a shipped one, or a folder with documents.")
    ] = None,
    url: Annotated[
        list[str] | None, typer.Option(help="Address of the server; again for each further instance.")
    ] = None,
    grpc: Annotated[
        list[str] | None,
        typer.Option(
            help="HOST:PORT at which the server is called over gRPC; again for each further instance. Default: the"
            " documents' own port at the host of --url."
        ),
    ] = None,
    launch: Annotated[
        str | None,
        typer.Option(
            help="Command that starts the server; {port}, {grpc_port}, {instance} and {secret} are filled in. One that"
            " has {database_url} or {redis_url} gets a PostgreSQL or Redis started for it; one that has {clock_offset}"
            " is told by how many seconds its clock is to be off. NAME=value before the command sets its environment,"
            " as in a shell."
        ),
    ] = None,
    instances: Annotated[int, typer.Option(min=1, help="How many servers --launch starts.")] = 1,
    listing: Annotated[bool, typer.Option("--list", help="List the scenarios and exit.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Run only scenarios with this id or case (GLOB); repeatable.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(help="Leave out scenarios with this id or case (GLOB); repeatable.")
    ] = None,
    json: Annotated[str | None, typer.Option(help="Write a JSON report to FILE, or - for here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit XML report to FILE.")] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="PALAVER_CONFORM_SECRET",
            help="Sign users' tokens with this secret (HS256) instead of registering them.",
        ),
    ] = None,
    time_factor: Annotated[float, typer.Option(min=0.1, help="Multiply every wait by this.")] = 1.0,
    max_time: Annotated[float | None, typer.Option(min=0.1, help="Seconds for the whole run.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Scenarios at a time.")] = 8,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name passed scenarios too.")] = False,
) -> None:
    """Prove that a server keeps the contract of its documents."""
    screen = Terminal(sys.stderr if json == _STDOUT else sys.stdout)
    try:
        chosen = choose(all_scenarios(), only or [], skip or [])
        if listing:
            _list(screen, chosen, json)
            return
        code = _run(
            screen=screen,
            contract=_contract(spec),
            scenarios=chosen,
            urls=checked_urls(url or []),
            grpc=checked_addresses(grpc or []),
            launch=launch,
            instances=instances,
            secret=secret,
            timing=Timing(time_factor),
            max_time=max_time,
            concurrency=concurrency,
            json=json,
            junit=junit,
            verbose=verbose,
        )
    except UsageError as error:
        code = _complain(str(error), _USAGE)
    except Unreachable as error:
        code = _complain(f"the server cannot be tested: {error}", _COULD_NOT)
    except HarnessError as error:
        code = _complain(f"the harness failed: {error}", _COULD_NOT)
    except KeyboardInterrupt:
        code = _complain("interrupted", _INTERRUPTED)
    except asyncio.CancelledError:
        code = _complain("terminated", _TERMINATED)
    raise typer.Exit(code)


def choose(scenarios: Sequence[Scenario], only: Sequence[str], skip: Sequence[str]) -> list[Scenario]:
    """Return the scenarios whose id or case fits a pattern of `only`, if there are any, and none of `skip`.

    Raises UsageError for a pattern that fits nothing: it is a misspelling, and would otherwise go unseen.
    """
    for pattern in (*only, *skip):
        if not any(_fits(each, pattern) for each in scenarios):
            raise UsageError(f"no scenario is called {pattern!r}: see palaver conform --list")
    return [
        each
        for each in scenarios
        if (not only or any(_fits(each, pattern) for pattern in only))
        and not any(_fits(each, pattern) for pattern in skip)
    ]


def _fits(scenario: Scenario, pattern: str) -> bool:
    return fnmatchcase(scenario.id, pattern) or (scenario.case is not None and fnmatchcase(scenario.case, pattern))


def _contract(spec: str | None) -> Contract:
    if spec is None:
        known = ", ".join(sources.known()) or "none"
        raise UsageError(f"--spec is missing: give a folder with documents, or one of: {known}")
    return sources.load(spec)


def _list(screen: Terminal, scenarios: Sequence[Scenario], json: str | None) -> None:
    if json is None:
        screen.listing(scenarios)
    else:
        _write(json, json_report.listing(scenarios))


def _run(
    *,
    screen: Terminal,
    contract: Contract,
    scenarios: Sequence[Scenario],
    urls: tuple[str, ...],
    grpc: tuple[str, ...],
    launch: str | None,
    instances: int,
    secret: str | None,
    timing: Timing,
    max_time: float | None,
    concurrency: int,
    json: str | None,
    junit: Path | None,
    verbose: bool,
) -> int:
    for target in (json, junit):
        if target is not None and target != _STDOUT and not Path(target).parent.is_dir():
            raise UsageError(f"the report cannot be written: there is no folder {Path(target).parent}")
    if bool(urls) == bool(launch):
        raise UsageError("give either --url, where the server listens, or --launch, how to start it")
    if grpc and contract.calls is None:
        raise UsageError("--grpc does not go with documents that have no calls over gRPC")
    if grpc and len(grpc) != len(urls):
        raise UsageError("give --grpc as often as --url: once for each instance")
    command = Command.parse(launch) if launch is not None else None

    def progress(outcome: Outcome) -> None:
        screen.progress(len(scenarios), outcome)

    async def judged() -> Run:
        async with _subject(urls, grpc, command, instances, contract, timing, secret) as subject:
            runner = Runner(subject, contract, timing, concurrency, max_time, progress)
            start = time.monotonic()
            outcomes = await runner.run(scenarios)
            return Run(contract.name, subject.urls, outcomes, runner.coverage, time.monotonic() - start)

    run = asyncio.run(judged())
    if json is not None:
        _write(json, json_report.report(run))
    if junit is not None:
        _write(str(junit), junit_report.report(run))
    screen.report(run, verbose=verbose)
    return run.exit_code


@asynccontextmanager
async def _subject(
    urls: tuple[str, ...],
    grpc: tuple[str, ...],
    command: Command | None,
    instances: int,
    contract: Contract,
    timing: Timing,
    secret: str | None,
) -> AsyncIterator[Subject]:
    """Yield the server: the one that listens at the addresses, or one that is launched for the purpose."""
    task = asyncio.current_task()
    if task is not None:
        # SIGTERM would otherwise end the process at once and leave the launched servers behind.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with AsyncExitStack() as stack:
        topology = None
        if command is not None:
            topology = await stack.enter_async_context(launched(command, instances, contract, timing))
            if secret is None and command.asks_for("secret") and not contract.has(_REGISTER):
                secret = topology.secret
        if secret is None and not contract.has(_REGISTER):
            raise UsageError(
                "the documents have no way to register users: give the --secret that tokens are signed with,"
                " or a --launch command with {secret}"
            )
        subject = Subject(topology.urls if topology is not None else urls, contract, timing, secret, topology, grpc)
        stack.push_async_callback(subject.close)
        if topology is None:
            await _smoke(subject)
        yield subject


async def _smoke(subject: Subject) -> None:
    """Find out whether there is a server at all, instead of failing every scenario."""
    try:
        await subject.reach(subject.timing.connect)
    except Failure as failure:
        arrived = "; ".join(failure.arrived)
        raise Unreachable(f"{', '.join(subject.urls)}: expected {failure.expected}, got {arrived}") from failure
    except Unreachable as error:
        raise Unreachable(f"{', '.join(subject.urls)}: {error}") from error


def _write(target: str, text: str) -> None:
    if target == _STDOUT:
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the report cannot be written: {error}") from error


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"palaver conform: {text}\n")
    return code
