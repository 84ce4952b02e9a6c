"""The command `palaver conform`."""

import asyncio
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from palaver_conformance import event_loop
from palaver_conformance.cluster import CLUSTER, cluster
from palaver_conformance.errors import HarnessError, Unreachable, Unwritten, UsageError, told
from palaver_conformance.evidence.redaction import Redaction
from palaver_conformance.evidence.verdict import Outcome
from palaver_conformance.generated import those_for
from palaver_conformance.report import json as json_report
from palaver_conformance.report.terminal import Terminal
from palaver_conformance.report.writing import STDOUT, Targets, put, write
from palaver_conformance.running import plan as plans
from palaver_conformance.running.judging import Terms, drawn, judge
from palaver_conformance.running.plan import Flags, Plan
from palaver_conformance.running.selection import choose, named
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.setting import EXAMPLES
from palaver_conformance.subject_file import template
from palaver_conformance.termination import terminable

_USAGE, _COULD_NOT, _INTERRUPTED, _TERMINATED = 2, 3, 130, 143

_EPILOG = """\b
Examples:
  palaver conform --spec chat --url http://127.0.0.1:4001            a server that runs
  palaver conform --spec chat --launch "npm start -- --port {port}"  one that is started for it
  palaver conform --init                                             write down what your server is, then:
  palaver conform --subject palaver-subject.yaml --html report.html
  palaver conform --list --tag sync                                  what is asked, without asking it
  palaver conform --spec chat --url URL --only G5 -v                 one scenario again

\b
Exit codes: 0 the server conforms; 1 it does not, or nothing was proven; 2 wrong usage (unknown specification, bad
address, no scenario of that name); 3 it could not be found out (the server cannot be reached or started, refuses the
tester's tokens, speaks by another document or is gone half way; the harness itself failed; a report cannot be
written). As shells have it, 130 after Ctrl-C and 143 after SIGTERM: launched servers are stopped then too.
"""


def register(app: typer.Typer) -> None:
    """Add `conform` and `cluster` to an application."""
    app.command(epilog=_EPILOG)(conform)
    app.command(epilog=CLUSTER)(cluster)


def conform(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="With --init: the file to write.", show_default=False)
    ] = None,
    subject: Annotated[
        Path | None,
        typer.Option(help="File that describes the server: see --init. What is said by flags goes before it."),
    ] = None,
    init: Annotated[
        bool,
        typer.Option("--init", help=f"Write a subject file to begin with and exit. Default: {template.DEFAULT}"),
    ] = False,
    spec: Annotated[
        str | None, typer.Option(help="Specification: the name of a shipped one, or a folder with documents.")
    ] = None,
    overlay: Annotated[
        list[Path] | None,
        typer.Option(help="Overlay that adds x-chat to the documents in the folder of --spec; repeatable."),
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
    instances: Annotated[
        int | None, typer.Option(min=1, help="How many servers --launch starts. Default: 1.", show_default=False)
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="PALAVER_CONFORM_SECRET",
            help="Sign users' tokens with this secret (HS256) instead of registering them.",
        ),
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="File of known failures, each with a reason, an owner and a date.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the scenarios and exit.")] = False,
    show: Annotated[
        str | None, typer.Option(metavar="ID", help="Show what a scenario requires, and its steps, and exit.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Run only scenarios with this id or case (GLOB); repeatable.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(help="Leave out scenarios with this id or case (GLOB); repeatable.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Run only scenarios with this tag; repeatable.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Repeat what is random as in the run that showed this number.")
    ] = None,
    repeat: Annotated[
        int, typer.Option(min=1, help="Run every scenario so many times, and tell how often it failed.")
    ] = 1,
    time_factor: Annotated[
        float | None, typer.Option(min=0.1, help="Multiply every wait by this. Default: 1.", show_default=False)
    ] = None,
    max_time: Annotated[float | None, typer.Option(min=0.1, help="Seconds for the whole run.")] = None,
    examples: Annotated[
        int, typer.Option(min=1, help="How many talks, and half as many requests, each random scenario tries.")
    ] = EXAMPLES,
    concurrency: Annotated[int, typer.Option(min=1, help="Scenarios at a time.")] = 12,
    json: Annotated[str | None, typer.Option(help="Write a JSON report to FILE, or - for here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit XML report to FILE.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to read, in one HTML file, to FILE.")] = None,
    badge: Annotated[Path | None, typer.Option(help="Write a badge, as SVG, to FILE.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write a summary in Markdown to FILE, as CI servers show it.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write all of these reports to DIR, which is made if need be.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="Tell what is different from the run whose JSON report is in FILE.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name passed scenarios too.")] = False,
) -> None:
    """Prove that a server keeps the contract of its documents."""
    screen = Terminal(sys.stderr if json == STDOUT else sys.stdout)
    redaction = Redaction([secret or ""])
    try:
        if init:
            _init(screen, file or template.DEFAULT)
            return
        _refuse(file)
        if show is not None:
            screen.scenario(named(all_scenarios(), show))
            return
        chosen = choose(all_scenarios(), only or [], skip or [], tag or [])
        if listing:
            _list(screen, chosen, json)
            return
        targets = Targets(json, junit, html, badge, markdown, compare)
        if report is not None:
            targets = targets.all_in(report)
        flags = Flags(
            subject, spec, overlay or [], url or [], grpc or [], launch, instances, secret, time_factor, ledger
        )
        plan = plans.made(flags)
        redaction = Redaction(plan.secrets)
        terms = Terms(drawn() if seed is None else seed, concurrency, repeat, max_time, examples)
        code = _run(screen, plan, those_for(plan.contract, chosen), terms, targets, verbose=verbose)
    except (UsageError, Unwritten, Unreachable, HarnessError) as error:
        code = _complain(redaction.redact(told(error)), _USAGE if isinstance(error, UsageError) else _COULD_NOT)
    except KeyboardInterrupt:
        code = _complain(_unfinished("interrupted", screen), _INTERRUPTED)
    except asyncio.CancelledError:
        code = _complain(_unfinished("terminated", screen), _TERMINATED)
    raise typer.Exit(code)


def _init(screen: Terminal, path: Path) -> None:
    template.write(path)
    screen.say(f"{path} is written: say in it what your server is, then run palaver conform --subject {path}")


def _refuse(file: Path | None) -> None:
    if file is not None:
        raise UsageError(f"{str(file)!r} is one word too many: a subject file is given by --subject")


def _list(screen: Terminal, scenarios: Sequence[Scenario], json: str | None) -> None:
    if json is None:
        screen.listing(scenarios)
    else:
        put(json, json_report.listing(scenarios))


def _run(
    screen: Terminal,
    plan: Plan,
    scenarios: Sequence[Scenario],
    terms: Terms,
    targets: Targets,
    *,
    verbose: bool,
) -> int:
    def progress(outcome: Outcome) -> None:
        screen.progress(terms.repeat * len(scenarios), outcome)

    # What is there now stays to the end: the collector need not look at it again and again.
    gc.freeze()
    run = targets.compared(event_loop.run(terminable(judge(plan, scenarios, terms, progress))))
    write(run, targets)
    screen.report(run, verbose=verbose, html=targets.html)
    return run.exit_code


def _unfinished(how: str, screen: Terminal) -> str:
    return f"{how} after {screen.done} outcomes: nothing is concluded, and no report is written"


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"palaver conform: {text}\n")
    return code
