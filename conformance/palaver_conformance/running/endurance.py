"""What a soak and a rolling restart share: a crowd that talks over launched instances, and how its end is told."""

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from palaver_conformance import event_loop
from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure, HarnessError, Unreachable, UsageError
from palaver_conformance.evidence.checkers import Finding
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.trace import Trace
from palaver_conformance.people.crowd import NEEDS, Crowd, Plan
from palaver_conformance.setting import Setting
from palaver_conformance.subject import Subject
from palaver_conformance.termination import terminable
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import Topology

_NOT_CONFORMANT, _USAGE, _COULD_NOT, _INTERRUPTED = 1, 2, 3, 130
_TRACE = 2000
_SHOWN = 10


class Result(Protocol):
    """What came of it."""

    @property
    def sound(self) -> bool:
        """Whether something was proven, and nothing was found."""

    def report(self) -> str:
        """Return the figures and findings as text."""


def require_talk(contract: Contract) -> None:
    """Raise UsageError where the documents have too little for a crowd."""
    missing = contract.missing(NEEDS)
    if missing:
        raise UsageError(f"the documents have nothing that means {', '.join(missing)}")


@asynccontextmanager
async def gathered(topology: Topology, command: Command, urls: Sequence[str], plan: Plan) -> AsyncIterator[Crowd]:
    """Give a crowd that is connected to these addresses of a topology; where it knows the secret, users are signed."""
    contract, timing = topology.contract, topology.timing
    secret = topology.secret if command.asks_for("secret") else None
    subject = Subject(tuple(urls), contract, timing, secret, topology)
    setting = Setting(subject, contract, Oracle(contract, Coverage(contract)), Trace(limit=_TRACE), timing)
    crowd = Crowd(setting, plan)
    try:
        await crowd.gather()
        yield crowd
    finally:
        await crowd.close()
        await subject.close()


def connected(crowd: Crowd, seed: int) -> str:
    """Say how many talk, and what repeats it."""
    return f"{len(crowd.talkers)} users in {len(crowd.rooms)} conversations are connected, seed {seed}"


def listed(findings: Mapping[str, Sequence[Finding]]) -> list[str]:
    """Return the lines of a report for the findings by checker: how many, and the first ones."""
    lines = []
    for name, found in findings.items():
        lines.append(f"  {name:<22} {len(found)}")
        lines += [f"    {finding}" for finding in found[:_SHOWN]]
    return lines


def add_launch(parser: ArgumentParser) -> None:
    """Add what says which documents are judged, and how an instance is started."""
    parser.add_argument("--spec", required=True, help="a shipped specification, or a folder with documents")
    parser.add_argument("--launch", required=True, help="command that starts an instance, as for palaver conform")
    parser.add_argument("--seed", type=int, help="repeat what this seed made")


def carry_out(name: str, seed: int, work: Callable[[], Awaitable[Result]]) -> int:
    """Do it, print the report and return the exit code: that of `palaver conform`."""

    async def ended() -> Result:
        return await terminable(work())

    try:
        result = event_loop.run(ended())
    except UsageError as error:
        return _complain(name, str(error), _USAGE)
    except Failure as failure:
        lines = [f"expected {failure.expected}, seed {seed}", *failure.arrived]
        return _complain(name, "\n  ".join(lines), _NOT_CONFORMANT)
    except (Unreachable, HarnessError) as error:
        return _complain(name, str(error), _COULD_NOT)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _complain(name, "interrupted", _INTERRUPTED)
    tell(result.report())
    return 0 if result.sound else _NOT_CONFORMANT


def tell(text: str) -> None:
    """Print what happens, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _complain(name: str, text: str, code: int) -> int:
    sys.stderr.write(f"{name}: {text}\n")
    return code
