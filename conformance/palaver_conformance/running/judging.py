"""Judging one server: get it ready, look whether it is the right one, run the scenarios, sum up."""

import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from palaver_conformance.evidence.redaction import Redaction
from palaver_conformance.evidence.verdict import Outcome
from palaver_conformance.generated.search import get_ready
from palaver_conformance.report.summary import Run
from palaver_conformance.running.plan import Plan
from palaver_conformance.running.repetition import combined
from palaver_conformance.running.runner import Runner
from palaver_conformance.running.smoke import smoke, still_there
from palaver_conformance.scenario import RANDOM, Scenario
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.setting import EXAMPLES
from palaver_conformance.subject import Subject
from palaver_conformance.topology.topology import launched

_REGISTER = "account.register"
_SEEDS = 1_000_000


def drawn() -> int:
    """Return a seed that nobody chose."""
    return random.randrange(_SEEDS)  # noqa: S311 - to be told apart, not secret


@dataclass(frozen=True)
class Terms:
    """How scenarios are run: how many at a time, how often, for how many seconds in all, and by which seed.

    `examples` is how often each of those that are random tries something.
    """

    seed: int = field(default_factory=drawn)
    concurrency: int = 12
    repeat: int = 1
    max_time: float | None = None
    examples: int = EXAMPLES


async def judge(plan: Plan, scenarios: Sequence[Scenario], terms: Terms, progress: Callable[[Outcome], None]) -> Run:
    """Run the scenarios and return what came of them; `progress` is called with each outcome.

    Raises Unreachable when it is not even worth beginning: see `smoke`.
    """
    redaction = Redaction(plan.secrets)
    if any(RANDOM in each.tags for each in scenarios):
        get_ready()
    async with _ready(plan) as subject:
        runner = Runner(
            subject,
            plan.contract,
            plan.timing,
            terms.concurrency,
            terms.max_time,
            progress,
            seed=terms.seed,
            pulse=partial(still_there, subject),
            examples=terms.examples,
        )
        started, start = datetime.now(UTC), time.monotonic()
        rounds = []
        for number in range(terms.repeat):
            runner.seed = terms.seed + number
            rounds.append(await runner.run(scenarios))
            if runner.stopped:
                break
        outcomes, complaints = plan.ledger.settle(
            combined(rounds), {each.id for each in all_scenarios()}, datetime.now(UTC).date()
        )
        return Run(
            plan.contract.name,
            tuple(redaction.redact(url) for url in subject.urls),
            outcomes,
            runner.coverage,
            started,
            time.monotonic() - start,
            subject=plan.name,
            seed=terms.seed,
            stopped=redaction.redact(runner.stopped),
            complaints=complaints,
            left=len(scenarios) - len(outcomes),
        )


@asynccontextmanager
async def _ready(plan: Plan) -> AsyncIterator[Subject]:
    """Yield the server: the one that listens at the addresses, or one that is launched for the purpose."""
    if plan.reset is not None:
        await plan.reset.run({}, plan.timing.hook)
    async with AsyncExitStack() as stack:
        topology, secret, urls = None, plan.secret, plan.urls
        if plan.launch is not None:
            topology = await stack.enter_async_context(
                launched(plan.launch.command, plan.launch.instances or 1, plan.contract, plan.timing, plan.secret)
            )
            urls = topology.urls
            if secret is None and plan.launch.command.asks_for("secret") and not plan.contract.has(_REGISTER):
                secret = topology.secret
        subject = Subject(
            urls,
            plan.contract,
            plan.timing,
            secret,
            topology,
            plan.grpc,
            plan.issuer,
            plan.limits,
            plan.secrets,
            plan.origin,
        )
        stack.push_async_callback(subject.close)
        await smoke(subject)
        yield subject
