"""Try all broken servers, or some, and print the score: python tests/mutants/score.py [NAME ...] [OPTIONS].

What no client can see is broken before the tests that see it: those are `tested`. The killers judge the unbroken
servers, and the tests the unbroken code, first. Exit codes: 0 when these pass, and every mutant is killed by its own
scenario, for its own reason; 1 when one survives, or a killer finds fault where there is none; 2 for a wrong name.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mutants.defect import Defect, Tier
from mutants.foreign import VARIANTS
from mutants.mutant import Mutant
from mutants.reference import MUTANTS
from mutants.trial import UNBROKEN, judge_foreign, judge_reference, some_at_a_time
from mutants.unseen import UNSEEN, false_alarms, survives
from servers.conditions import USUAL, Conditions
from servers.foreign import command as foreign_command

from palaver_conformance.errors import HarnessError, Unreachable, UsageError
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.timing import Timing

REFERENCE, FOREIGN, TESTED = SERVERS = ("reference", "foreign", "tested")


@dataclass(frozen=True)
class Place:
    """Where a defect is to be seen."""

    server: str
    dialect: str
    instances: int
    conditions: Conditions = USUAL

    def __str__(self) -> str:
        """Return it as text for people."""
        if self.server == TESTED:
            return "code before its tests"
        where = f"{self.server} server, {self.dialect}, {self.instances} instance{'s' * (self.instances > 1)}"
        return where + f", {self.conditions.name}" * (self.conditions is not USUAL)


@dataclass(frozen=True)
class Trial:
    """A defect of one of the servers, and how it came through: `survived` is None for one that was killed."""

    server: str
    defect: Defect
    survived: str | None
    seconds: float = 0.0

    def __str__(self) -> str:
        verdict = "killed" if self.survived is None else "SURVIVED"
        defect = self.defect
        where = f"{defect.dialect}, " * (self.server != TESTED)
        return f"{self.server:9}  {verdict:8}  {defect.name}  by {defect.killer} ({where}{self.seconds:.1f} s)"


def chosen(patterns: Sequence[str]) -> list[tuple[str, Defect]]:
    """Give the defects, each with its server, whose name or killer fits one of the patterns; all without a pattern."""
    every: list[tuple[str, Defect]] = [(REFERENCE, each) for each in MUTANTS.values()]
    every += [(FOREIGN, each) for each in VARIANTS.values()]
    every += [(TESTED, each) for each in UNSEEN.values()]
    return [
        (server, each)
        for server, each in every
        if not patterns
        or any(fnmatchcase(text, pattern) for pattern in patterns for text in (each.name, each.killer, server))
    ]


def table(trials: Iterable[Trial]) -> list[str]:
    """Write how many were killed of how many, by tier and server."""
    trials = list(trials)
    lines = [f"{'tier':12}" + "".join(f"{server:>12}" for server in SERVERS)]
    for tier in (*Tier, None):
        cells = []
        for server in SERVERS:
            here = [each for each in trials if each.server == server and tier in (each.defect.tier, None)]
            cells.append(f"{sum(each.survived is None for each in here)}/{len(here)}" if here else "-")
        lines.append(f"{tier or 'all':12}" + "".join(f"{cell:>12}" for cell in cells))
    return lines


def verdict(trials: Iterable[Trial]) -> tuple[list[str], int]:
    """Write which survived, and how; give the exit code with it."""
    trials = list(trials)
    survivors = [each for each in trials if each.survived is not None]
    killed = len(trials) - len(survivors)
    lines = [f"survived: {each.server} {each.defect.name}: {each.survived}" for each in survivors]
    share = f"{100 * killed // len(trials)} %" if trials else "nothing to kill"
    return [*lines, f"{killed} of {len(trials)} killed, each by its own scenario: {share}"], int(killed < len(trials))


async def judge(place: Place, handle: str, scenarios: Sequence[str], timing: Timing) -> list[Outcome]:
    """Start a server with the defect of this handle, and run scenarios against it."""
    if place.server == REFERENCE:
        return await judge_reference(handle, place.dialect, place.instances, scenarios, timing, place.conditions)
    return await judge_foreign(await foreign_command(), handle, place.instances, scenarios, timing)


async def control(place: Place, killers: Sequence[str], timing: Timing) -> list[str]:
    """Have killers judge an unbroken server; give what they find all the same."""
    if place.server == TESTED:
        return [f"false alarm: {each}" for each in await false_alarms(UNBROKEN, killers)]
    outcomes = await judge(place, UNBROKEN, killers, timing)
    return [
        f"false alarm: {place.server} {place.dialect}: {each.scenario.id}: {each.verdict}: {each.reason}"
        for each in outcomes
        if each.verdict is not Verdict.PASS
    ]


async def attempt(server: str, defect: Defect, timing: Timing) -> Trial:
    """Start a server with a defect, and have its killer judge it."""
    start = time.monotonic()
    place = Place(server, defect.dialect, defect.instances, defect.conditions)
    try:
        if isinstance(defect, Mutant) and server == TESTED:
            survived = await survives(defect)
        else:
            survived = _survives(defect, await judge(place, defect.handle, (defect.killer,), timing))
    except (HarnessError, Unreachable, UsageError) as error:
        survived = f"it could not be tried: {error}"
    return Trial(server, defect, survived, time.monotonic() - start)


def _survives(defect: Defect, outcomes: Sequence[Outcome]) -> str | None:
    if not outcomes:
        return f"there is no scenario {defect.killer}"
    return defect.survives(outcomes[0])


async def run(patterns: Sequence[str], limit: int, timing: Timing, say: Callable[[str], None]) -> int:
    """Try the defects of these names, so many at a time, and print how it goes."""
    every = chosen(patterns)
    if not every:
        say("no mutant has a name or a killer like that")
        return 2
    if any(server == FOREIGN for server, _ in every):
        await foreign_command()

    killers: dict[Place, set[str]] = {}
    for server, each in every:
        killers.setdefault(Place(server, each.dialect, each.instances, each.conditions), set()).add(each.killer)
    alarms: list[str] = []
    for place, names in killers.items():
        found = await control(place, sorted(names), timing)
        alarms += found
        say(f"unbroken {place}: {len(names) - len(found)} of {len(names)} killers pass")

    def job(server: str, defect: Defect) -> Callable[[], Coroutine[None, None, Trial]]:
        return lambda: attempt(server, defect, timing)

    trials: list[Trial] = []
    async with some_at_a_time({(server, each.name): job(server, each) for server, each in every}, limit) as tasks:
        for task in asyncio.as_completed(tasks.values()):
            trials.append(await task)
            say(f"[{len(trials):3}/{len(every)}] {trials[-1]}")
    lines, code = verdict(trials)
    for line in ("", *table(trials), "", *lines, *alarms):
        say(line)
    return 1 if alarms else code


def main() -> int:
    """Read the command line, and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutant, killer, or server to try (GLOB); default all")
    parser.add_argument("--list", action="store_true", help="list them with their killers, and try none")
    parser.add_argument("--time-factor", type=float, default=1.0, help="multiply every wait by this")
    parser.add_argument("--at-a-time", type=int, default=os.cpu_count() or 1, help="how many to try at a time")
    options = parser.parse_args()
    if options.list:
        for server, each in chosen(options.names):
            where = f" ({each.dialect}{', 2 instances' * (each.instances > 1)})" * (server != TESTED)
            print(f"{server:9}  {each.tier:9}  {each.name}  by {each.killer}{where}: {each.because}")  # noqa: T201
        return 0

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201

    return asyncio.run(run(options.names, options.at_a_time, Timing(options.time_factor), say))


if __name__ == "__main__":
    sys.exit(main())
