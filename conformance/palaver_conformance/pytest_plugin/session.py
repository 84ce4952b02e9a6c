"""One run of pytest in which a server is judged."""

import io
import signal
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from palaver_conformance.errors import Unwritten, UsageError
from palaver_conformance.evidence.redaction import Redaction
from palaver_conformance.generated import those_for
from palaver_conformance.pytest_plugin.items import NAME, OTHERS, ScenarioItem, Suite, SuiteItem
from palaver_conformance.pytest_plugin.judgement import Judgement
from palaver_conformance.report.terminal import Terminal
from palaver_conformance.report.writing import Targets, write
from palaver_conformance.running import plan as plans
from palaver_conformance.running.judging import Terms, drawn
from palaver_conformance.running.plan import Flags
from palaver_conformance.running.selection import choose
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.setting import EXAMPLES

_TERMINATED = 143


class Conformance:
    """Adds the suite to what pytest collects, begins the judgement, and reports what came of it.

    Raises pytest.UsageError for a subject file or an option that cannot be used.
    """

    def __init__(self, config: pytest.Config) -> None:
        if getattr(config.option, "dist", "no") != "no" or hasattr(config, "workerinput"):
            raise pytest.UsageError("scenarios run at the same time by themselves: leave out -n, or say -n 0")
        seed, self._report = config.getoption("--palaver-seed"), config.getoption("--palaver-report")
        self._file = Path(config.getoption("--palaver-subject"))
        self._terms = Terms(
            drawn() if seed is None else seed, examples=config.getoption("--palaver-examples") or EXAMPLES
        )
        self._trouble = ""
        self._judgement: Judgement | None = None
        try:
            self._targets = Targets() if self._report is None else Targets().all_in(self._report)
            self._plan = plans.made(
                Flags(subject=self._file, time_factor=config.getoption("--palaver-time-factor")),
            )
            scenarios = those_for(self._plan.contract, all_scenarios())
            self._scenarios, self._others = _chosen(scenarios, _taken(config))
        except UsageError as error:
            raise pytest.UsageError(Redaction().redact(str(error))) from error
        config.addinivalue_line("markers", f"{NAME}: a scenario that a chat server is judged by.")
        for tag in sorted({tag for each in scenarios for tag in each.tags}):
            config.addinivalue_line("markers", f"{tag}: a tag of scenarios, see palaver conform --list.")

    def pytest_report_header(self) -> str:
        """Say what is judged, and by which seed."""
        return f"palaver: {self._plan.name or self._plan.contract.name} ({self._file}), seed {self._terms.seed}"

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the suite behind the files and folders of the session."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed and (self._scenarios or self._others):
            suite = Suite.of(collector, self._file.resolve(), self._plan, self._scenarios, self._others)
            report.result = [*(report.result or []), suite]
        return report

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Prepare the judgement of what is left to be run."""
        items = [item for item in session.items if isinstance(item, SuiteItem)]
        scenarios = [item.scenario for item in items if isinstance(item, ScenarioItem)]
        self._judgement = Judgement(self._plan, scenarios, self._terms)
        for suite in {item.suite for item in items}:
            suite.judgement = self._judgement

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Let SIGTERM end the run as Ctrl-C does, which stops what was launched, unless somebody else minds it."""
        mine = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is (
            signal.SIG_DFL
        )
        if mine:
            signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", returncode=_TERMINATED))
        try:
            return (yield)
        finally:
            if mine:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell the scenario's own time, and where a reason to skip it comes from: the documents and the subject."""
        report = yield
        if isinstance(item, SuiteItem):
            report.duration = item.seconds if call.when == "call" else 0.0
            if report.skipped and isinstance(report.longrepr, tuple):
                report.longrepr = (str(item.path), 1, report.longrepr[2])
        return report

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop what still runs, and write the reports."""
        if self._judgement is None:
            return
        self._judgement.close()
        if self._judgement.run is not None:
            try:
                write(self._judgement.run, self._targets)
            except Unwritten as error:
                self._trouble = str(error)
                session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Say what the run came to, and where the reports are."""
        judgement = self._judgement
        if judgement is None or not judgement.asked:
            return
        terminalreporter.write_sep("=", "palaver")
        if judgement.run is None:
            terminalreporter.write_line("nothing is concluded, and no report is written")
            return
        stream = io.StringIO()
        Terminal(stream).conclusion(judgement.run)
        terminalreporter.write(stream.getvalue())
        if self._trouble:
            terminalreporter.write_line(self._trouble, red=True)
        elif self._report is not None:
            terminalreporter.write_line(f"reports: {self._report}")


def _taken(config: pytest.Config) -> list[str]:
    """Take what chooses items out of the arguments, which are else files and folders; return the names and patterns.

    One that chooses them all is empty.
    """
    ours = [each for each in config.args if _is_ours(each, config)]
    config.args = [each for each in config.args if each not in ours]
    return [each.partition("::")[2] for each in ours]


def _is_ours(argument: str, config: pytest.Config) -> bool:
    """Tell whether an argument begins like an id of the suite, as pytest shows it from the current folder."""
    place, within, _ = argument.partition("::")
    path = config.invocation_params.dir / place
    begins = place == NAME or path.resolve() == config.rootpath / NAME
    return begins and (bool(within) or not path.exists())


def _chosen(scenarios: Sequence[Scenario], names: Sequence[str]) -> tuple[Sequence[Scenario], Sequence[str]]:
    """Return the scenarios and the other items that were asked for: all, where none was."""
    if not names or "" in names:
        return scenarios, OTHERS
    patterns = [each for each in names if each not in OTHERS]
    return choose(scenarios, patterns) if patterns else [], [each for each in OTHERS if each in names]
