"""Runs scenarios, several at a time, and turns what happens into outcomes."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure, HarnessError, NotApplicable, Unreachable
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.redaction import Redaction
from palaver_conformance.evidence.trace import ENDED, STAGED, Trace
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.people.hints import hints
from palaver_conformance.people.stage import Stage
from palaver_conformance.people.troupes import Troupes, may_share
from palaver_conformance.running.programme import Programme
from palaver_conformance.scenario import RANDOM, Scenario
from palaver_conformance.setting import EXAMPLES, Setting
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

_HOW = {
    "instances": "the instances (--launch)",
    "redis": "Redis ({redis_url} in --launch)",
    "database": "the database ({database_url} in --launch)",
    "clocks": "the clocks of the instances ({clock_offset} in --launch)",
}

_CONNECTIONS: Final = 5
"""Those that a scenario is given room for: all together they are not to meet the limit that they share."""


@dataclass
class Runner:
    """Runs scenarios against one server, at most `concurrency` at a time and for at most `max_time` seconds in all.

    There are fewer at a time where the server is known to take few connections, or we have few users.
    `progress` is called with each outcome as it becomes known. A `seed` decides in which order scenarios start, and
    what is random in each, of which so many `examples` are tried. `pulse` is felt after every failure: once it raises
    Unreachable, nothing more is run, and `stopped` says what happened.
    """

    subject: Subject
    contract: Contract
    timing: Timing = field(default_factory=Timing)
    concurrency: int = 12
    max_time: float | None = None
    progress: Callable[[Outcome], None] = lambda _: None
    seed: int | None = None
    pulse: Callable[[], Awaitable[None]] | None = None
    examples: int = EXAMPLES
    coverage: Coverage = field(init=False)
    stopped: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.coverage = Coverage(self.contract)
        self._deadline = time.monotonic() + self.max_time if self.max_time is not None else None
        self._looking = asyncio.Lock()
        self._troupes = Troupes()

    async def run(self, scenarios: Sequence[Scenario]) -> list[Outcome]:
        """Return the outcome of each scenario, in the order in which they were given.

        Those that disturb the server, or use up what all share, come after all others, one at a time. Those that were
        not run, or ran while the server went, are left out.
        """
        order = [each for each in scenarios if not each.by_itself]
        if self.seed is not None:
            Random(self.seed).shuffle(order)  # noqa: S311 - to be repeatable, not secret
        programme = Programme(order)
        outcomes: dict[str, Outcome | None] = {}

        async def play() -> None:
            while (scenario := programme.next()) is not None:
                outcomes[scenario.id] = await self._turn(scenario)
                programme.ended(scenario)

        async with asyncio.TaskGroup() as group:
            for _ in range(self._at_a_time):
                group.create_task(play())
        for each in scenarios:
            if each.by_itself:
                outcomes[each.id] = await self._turn(each)
        return [outcome for each in scenarios if (outcome := outcomes[each.id]) is not None]

    @property
    def _at_a_time(self) -> int:
        issuer, limits = self.subject.issuer, self.subject.limits
        room = [each // _CONNECTIONS for each in (limits.address, limits.total) if each is not None]
        if issuer is not None and issuer.scenarios is not None:
            room.append(issuer.scenarios)
        return max(1, min([self.concurrency, *room]))

    async def _turn(self, scenario: Scenario) -> Outcome | None:
        if self.stopped:
            return None
        left = self._deadline - time.monotonic() if self._deadline is not None else None
        try:
            outcome = await self._judge(scenario, left)
        except Unreachable as error:
            self.stopped = f"after {scenario.id} the server did not come up again: {error}"
            return None
        if outcome.verdict in (Verdict.FAIL, Verdict.UNTESTABLE) and await self._gone():
            # Without a server it says nothing.
            return None
        self.progress(outcome)
        return outcome

    async def _gone(self) -> bool:
        async with self._looking:
            if self.pulse is not None and not self.stopped:
                try:
                    await self.pulse()
                except Unreachable as error:
                    self.stopped = f"the server no longer answers: {error}"
            return bool(self.stopped)

    async def _judge(self, scenario: Scenario, left: float | None) -> Outcome:
        lacking = self._lacking(scenario)
        if lacking:
            return Outcome(scenario, Verdict.NOT_APPLICABLE, 0.0, lacking)
        if left is not None and left <= 0:
            return Outcome(scenario, Verdict.UNTESTABLE, 0.0, "the time for the whole run was over")
        limit = self.timing.disturbance if scenario.disturbs else self.timing.scenario
        if RANDOM in scenario.tags:
            limit *= max(1.0, self.examples / EXAMPLES)
        if left is not None:
            limit = min(left, limit)
        trace = Trace(redaction=Redaction(self.subject.secrets))
        oracle = Oracle(self.contract, self.coverage, note=trace.object)
        seed = f"{self.seed or 0} {scenario.id}"
        troupe = self._troupes.lend() if may_share(scenario, self.contract) else None
        setting = Setting(self.subject, self.contract, oracle, trace, self.timing, seed, self.examples, troupe=troupe)
        try:
            outcome = await _Play(scenario, setting).run(limit)
            if troupe is not None and outcome.verdict is Verdict.PASS:
                self._troupes.take_back(troupe)
            return outcome
        finally:
            if scenario.disturbs:
                # The next one is to find everything as if nothing had happened.
                await self.subject.disturbable.bring_up()

    def _lacking(self, scenario: Scenario) -> str:
        missing = self.contract.missing(scenario.needs)
        if missing:
            return f"the documents have nothing that means {', '.join(missing)}"
        if scenario.limit is not None and getattr(self.subject.limits, scenario.limit) is None:
            return f"it takes a limit that is known (limits.{scenario.limit} in the subject file)"
        if scenario.instances > len(self.subject.urls):
            return f"it takes {scenario.instances} instances (--url more than once), got {len(self.subject.urls)}"
        if scenario.disturbs:
            offers = self.subject.topology.offers if self.subject.topology is not None else frozenset()
            lacking = [f"{_HOW[name]}" for name in scenario.disturbs if name not in offers]
            if lacking:
                return f"it disturbs what the harness has not started: {', '.join(lacking)}"
        return ""


class _Play:
    """One scenario being run."""

    def __init__(self, scenario: Scenario, setting: Setting) -> None:
        self._scenario = scenario
        self._setting = setting
        self._stage = Stage(setting)
        self._ready = False
        self._hints: list[str] = []
        self._start = time.monotonic()

    async def run(self, limit: float) -> Outcome:
        """Set the stage, act, clean up, judge."""
        try:
            try:
                async with asyncio.timeout(limit):
                    await self._act()
            finally:
                self._setting.trace.mark(ENDED)
                await self._close()
        except NotApplicable as reason:
            return self._outcome(Verdict.NOT_APPLICABLE, str(reason))
        except HarnessError as error:
            return self._outcome(Verdict.HARNESS_ERROR, str(error))
        except Failure as failure:
            return self._failed(failure.expected, failure.arrived)
        except Unreachable as error:
            return self._failed("a connection", (str(error),))
        except TimeoutError:
            return self._failed(f"an end within {limit:g} s", ())
        except Exception as error:
            # Whatever it is, it is the harness's own, and ends this scenario only.
            return self._outcome(Verdict.HARNESS_ERROR, repr(error), traceback.format_exc().splitlines())
        if self._setting.oracle.violations:
            return self._failed("every frame to keep the documents", ())
        findings = [str(finding) for finding in self._setting.witness.findings()]
        if findings:
            return self._failed("nothing to be doubled, reordered, left out or leaked beside it", findings)
        return Outcome(self._scenario, Verdict.PASS, self._seconds())

    async def _act(self) -> None:
        try:
            given = await self._stage.fixtures(self._scenario.parameters)
            self._ready = True
            self._setting.trace.mark(STAGED)
            await self._scenario.act(**given)
        except Failure as failure:
            # While all connections are as they were when it came. What breaks by design needs none.
            if not self._scenario.disturbs:
                self._hints = [f"hint: {each}" for each in hints(failure, self._stage.connections)]
            raise

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(self._setting.timing.reply):
                await self._stage.close()
        finally:
            issuer = self._setting.subject.issuer
            for each in self._setting.issued:
                if issuer is not None:
                    issuer.take_back(each)

    def _failed(self, expected: str, arrived: Sequence[str]) -> Outcome:
        verdict, when = (Verdict.FAIL, "") if self._ready else (Verdict.UNTESTABLE, "while setting the stage: ")
        violations = [f"violation: {text}" for text in self._setting.oracle.violations]
        notes = [
            f"note: {each.user} took part in an earlier scenario: with more tokens, or a command, that is ruled out"
            for each in self._setting.issued
            if each.used
        ]
        troupe = self._setting.troupe
        if troupe is not None and troupe.played:
            earlier = f"note: its people took part in {troupe.played} earlier scenarios"
            notes.append(f"{earlier}: --only {self._scenario.id} rules that out")
        evidence = [*arrived, *self._hints, *violations, *notes]
        return self._outcome(verdict, f"{when}expected {expected}", evidence, expected)

    def _outcome(self, verdict: Verdict, reason: str, arrived: Sequence[str] = (), expected: str = "") -> Outcome:
        trace = self._setting.trace
        return Outcome(
            self._scenario,
            verdict,
            self._seconds(),
            reason=trace.redact(reason),
            expected=trace.redact(expected),
            arrived=[trace.redact(line) for line in arrived],
            wire=() if verdict is Verdict.NOT_APPLICABLE else trace.shown(),
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._start
