"""Runs of pytest within a test, in which the judge has made up its mind before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from samples import STARTED, outcome

from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.pytest_plugin import items, judgement, options, session
from palaver_conformance.report.summary import Run
from palaver_conformance.running.judging import Terms
from palaver_conformance.running.plan import Plan
from palaver_conformance.scenario import Scenario

TOY = Path(__file__).parents[2] / "codegen" / "golden" / "expected" / "palaver_wire" / "toy"


@dataclass
class Court:
    """Pytest with the plugin, and the judge that it asks.

    `judged` are the scenarios of each time, by their ids, and `terms` how they are to be run.
    """

    pytester: pytest.Pytester
    judged: list[list[str]]
    terms: list[Terms]
    subject: Path

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run pytest with the subject file and the arguments."""
        return self.pytester.runpytest_inprocess(
            *("--disable-plugin-autoload", "--strict-markers", "--palaver-subject", str(self.subject), *arguments),
            plugins=[options],
        )


Summon = Callable[..., Court]


@pytest.fixture
def summon(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Summon:
    """Return what makes a court of the outcomes that there will be, and of what is raised in place of one."""

    def court(
        *outcomes: Outcome, raised: Exception | None = None, stopped: str = "", ledger: str = "", unsaid: int = 0
    ) -> Court:
        judged: list[list[str]] = []
        asked: list[Terms] = []
        said = outcomes[: len(outcomes) - unsaid]

        async def judge(
            plan: Plan, scenarios: Sequence[Scenario], terms: Terms, progress: Callable[[Outcome], None]
        ) -> Run:
            judged.append([each.id for each in scenarios])
            asked.append(terms)
            if raised is not None:
                raise raised
            told = [each for each in said if each.scenario in scenarios]
            for each in told:
                progress(each)
            return Run(plan.contract.name, ["u"], told, Coverage(plan.contract), STARTED, 1.5, stopped=stopped)

        scenarios = [each.scenario for each in outcomes]
        monkeypatch.setattr(judgement, "judge", judge)
        monkeypatch.setattr(session, "all_scenarios", lambda: scenarios)
        monkeypatch.setattr(items, "all_scenarios", lambda: scenarios)
        subject = pytester.path / "subject.yaml"
        text = f"name: ours\nspec: {TOY}\nurls: ['http://127.0.0.1:1']\naccounts: {{secret: hush-hush}}\n"
        if ledger:
            (pytester.path / "known.yaml").write_text(ledger)
            text += "ledger: known.yaml\n"
        subject.write_text(text)
        return Court(pytester, judged, asked, subject)

    return court


@pytest.fixture
def passing() -> Outcome:
    """The outcome of a scenario that passes."""
    return outcome(Verdict.PASS, "a.b.passes")
