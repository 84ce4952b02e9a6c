"""The items of a run: each scenario, and what belongs to none of them."""

import io
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn, Self

import pytest

from palaver_conformance.errors import HarnessError, Unreachable, UsageError, told
from palaver_conformance.evidence.redaction import Redaction
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.pytest_plugin.judgement import Judgement, NoOutcome
from palaver_conformance.report.terminal import Terminal
from palaver_conformance.running.plan import Plan
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import all_scenarios

NAME: Final = "palaver"
"""Where the items are: the first part of the id of each, and a marker of all."""
SMOKE, LEDGER, PROOF = "smoke", "ledger", "proof"
OTHERS: Final = (SMOKE, LEDGER, PROOF)
"""The items that are no scenarios."""

_FAILED = (Verdict.FAIL, Verdict.UNTESTABLE, Verdict.KNOWN_FAILURE)


class Suite(pytest.Collector):
    """The items about one server. `judgement` is there once it is known which of them are run."""

    plan: Plan
    scenarios: Sequence[Scenario]
    others: Sequence[str]
    judgement: Judgement
    _told = False

    @classmethod
    def of(
        cls, session: pytest.Session, file: Path, plan: Plan, scenarios: Sequence[Scenario], others: Sequence[str]
    ) -> Self:
        """Make the suite of some scenarios and some of OTHERS."""
        suite: Self = cls.from_parent(session, name=NAME, nodeid=NAME, path=file)
        suite.plan, suite.scenarios, suite.others = plan, scenarios, others
        suite.add_marker(NAME)
        return suite

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the items: the stage that everything rests on first, what is said of all scenarios last."""
        if SMOKE in self.others:
            yield SmokeItem.from_parent(self, name=SMOKE)
        for each in self.scenarios:
            yield ScenarioItem.of(self, each)
        if LEDGER in self.others and self.plan.ledger.entries:
            yield LedgerItem.from_parent(self, name=LEDGER)
        if PROOF in self.others:
            yield ProofItem.from_parent(self, name=PROOF)

    def give_up(self, why: BaseException) -> NoReturn:
        """Fail an item for which there is nothing, and tell why; skip every further one."""
        text = told(why)
        if not isinstance(why, UsageError | Unreachable | HarnessError):
            text += "\n" + "".join(traceback.format_exception(why))
        text = Redaction(self.plan.secrets).redact(text)
        if self._told:
            raise pytest.skip.Exception(f"not run: {text.splitlines()[0]}") from None
        self._told = True
        raise pytest.fail.Exception(text, pytrace=False) from None


class SuiteItem(pytest.Item):
    """An item of the suite. `seconds` is how long it took by itself, which is not how long pytest waited for it."""

    headline: str
    seconds = 0.0

    @property
    def suite(self) -> Suite:
        """The suite that it belongs to."""
        assert isinstance(self.parent, Suite)
        return self.parent

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where it comes from, and the headline of a failure."""
        return self.path, None, self.headline


class SmokeItem(SuiteItem):
    """Whether this is the server that was meant, and lets a user in."""

    headline = "smoke: the server can be tested"

    def runtest(self) -> None:
        """Wait until that is known."""
        try:
            self.suite.judgement.begun()
        except NoOutcome as nothing:
            self.suite.give_up(nothing.why)


class ScenarioItem(SuiteItem):
    """A scenario, of which the tags are markers."""

    scenario: Scenario
    _outcome: Outcome
    _complaints: Sequence[str]

    @classmethod
    def of(cls, suite: Suite, scenario: Scenario) -> Self:
        """Make the item of a scenario."""
        item: Self = cls.from_parent(suite, name=scenario.id)
        item.scenario = scenario
        item.headline = f"{scenario.id}: {scenario.title}"
        for tag in scenario.tags:
            item.add_marker(tag)
        if scenario.case is not None:
            item.extra_keyword_matches.add(scenario.case)
        item.user_properties += [("requirement", scenario.requirement), ("source", scenario.source)]
        return item

    def setup(self) -> None:
        """Wait for the outcome; it is an error when there is none, or none that says something about the server."""
        suite = self.suite
        try:
            outcome = suite.judgement.outcome(self.scenario)
        except NoOutcome as nothing:
            suite.give_up(nothing.why)
        ledger = suite.plan.ledger.of(self.scenario.id)
        known = {each.id for each in all_scenarios()}
        (self._outcome,), self._complaints = ledger.settle([outcome], known, datetime.now(UTC).date())
        self.seconds = outcome.seconds
        if outcome.verdict is Verdict.HARNESS_ERROR:
            pytest.fail(self._text(), pytrace=False)

    def runtest(self) -> None:
        """Turn the verdict into pytest's."""
        verdict, reason = self._outcome.verdict, self._outcome.reason
        if verdict is Verdict.KNOWN_FAILURE:
            # Which does nothing with --runxfail.
            pytest.xfail(reason)
        if verdict in _FAILED:
            pytest.fail(self._text(), pytrace=False)
        if self._complaints:
            pytest.fail("\n".join(self._complaints), pytrace=False)
        if verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(reason)

    def _text(self) -> str:
        """Return the reason, by itself as it goes into the summary, and the evidence."""
        stream = io.StringIO()
        Terminal(stream).evidence(replace(self._outcome, reason=""))
        steps = f"    steps: palaver conform --show {self.scenario.id}"
        return "\n".join([self._outcome.reason, stream.getvalue() + steps, *self._complaints])


class LedgerItem(SuiteItem):
    """Whether every entry of the ledger is about a scenario; the rest is said at its scenario."""

    headline = "ledger: every known failure is one of a scenario"

    def runtest(self) -> None:
        """Read them all; no server is needed."""
        known = {each.id for each in all_scenarios()}
        _, complaints = self.suite.plan.ledger.settle([], known, datetime.now(UTC).date())
        if complaints:
            pytest.fail("\n".join(complaints), pytrace=False)


class ProofItem(SuiteItem):
    """Whether anything was proven: where nothing applies nothing fails either."""

    headline = "proof: at least one scenario passes"

    def runtest(self) -> None:
        """Wait for the end of the whole run."""
        try:
            run = self.suite.judgement.whole()
        except NoOutcome as nothing:
            self.suite.give_up(nothing.why)
        if not run.counts[Verdict.PASS]:
            pytest.fail(f"nothing was proven: {run.tally}", pytrace=False)
