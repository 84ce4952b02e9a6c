"""A run of pytest in which a server is judged."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from samples import outcome

from palaver_conformance.errors import Unreachable
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.running.judging import Terms

SABOTAGED = Path(__file__).parents[2] / "mutants" / "serve.py"


def test_alone_in_a_folder(summon, passing: Outcome) -> None:
    """Without tests of its own, and without arguments, a folder's run is that of the scenarios."""
    court = summon(passing, outcome(Verdict.PASS, "a.b.c"))
    result = court.run("-v", "--palaver-seed", "7")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "palaver: ours (*subject.yaml), seed 7",
            "palaver::smoke PASSED*",
            "palaver::a.b.passes PASSED*",
            "palaver::a.b.c PASSED*",
            "palaver::proof PASSED*",
            "conformant: toy at u: 2 pass, 0 frames judged, 1.5 s",
        ]
    )
    assert court.judged == [["a.b.passes", "a.b.c"]]


def test_how_scenarios_are_run(summon, passing: Outcome) -> None:
    """What is random is tried as often as for `palaver conform` unless one says how often."""
    court = summon(passing)
    court.run()
    court.run("--palaver-examples", "7", "--palaver-seed", "3")
    assert [each.examples for each in court.terms] == [Terms().examples, 7]
    assert court.terms[1].seed == 3


def test_beside_other_tests(summon, passing: Outcome) -> None:
    """A project's own tests are run too, and arguments choose among both."""
    court = summon(passing, outcome(Verdict.PASS, "a.b.c"))
    court.pytester.makepyfile(test_own="def test_one(): pass\ndef test_two(): pass")
    for arguments, passed, deselected, judged in (
        ([], 6, 0, [["a.b.passes", "a.b.c"]]),
        (["test_own.py"], 6, 0, [["a.b.passes", "a.b.c"]]),
        (["test_own.py::test_one", "palaver::a.b.c"], 2, 0, [["a.b.c"]]),
        (["palaver"], 4, 0, [["a.b.passes", "a.b.c"]]),
        (["palaver::a.b.[cd]"], 1, 0, [["a.b.c"]]),
        (["-k", "test_one or passes"], 2, 4, [["a.b.passes"]]),
        (["-m", "not palaver"], 2, 4, []),
        (["test_own.py::test_two", "palaver::proof", "-k", "two"], 1, 1, []),
    ):
        court.run(*arguments).assert_outcomes(passed=passed, deselected=deselected)
        assert court.judged == judged
        court.judged.clear()


def test_from_a_folder_below(summon, passing: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id can be given as it is shown there, and as it is shown above."""
    court = summon(passing)
    court.pytester.makeini("[pytest]")
    court.pytester.mkdir("below")
    monkeypatch.chdir("below")
    for name in ("../palaver::a.b.passes", "palaver::a.b.passes"):
        court.run(name).assert_outcomes(passed=1)


def test_folder_of_the_same_name(summon, passing: Outcome) -> None:
    """A folder that happens to be called palaver stays one; its tests and an id can be told apart."""
    court = summon(passing)
    folder = court.pytester.mkdir("palaver")
    (folder / "test_own.py").write_text("def test_one(): pass")
    court.run("palaver", "palaver::a.b.passes").assert_outcomes(passed=2)


def test_collecting_asks_nobody(summon, passing: Outcome) -> None:
    """To list the items no server is needed, and failed ones can be tried again by themselves."""
    court = summon(passing, outcome(Verdict.FAIL, "a.b.c"))
    court.run("--collect-only", "-q").stdout.fnmatch_lines(["palaver::smoke", "palaver::a.b.passes", "palaver::a.b.c"])
    assert court.judged == []
    court.run()
    court.judged.clear()
    court.run("--last-failed")
    assert court.judged == [["a.b.c"]]


def test_reports(summon, passing: Outcome) -> None:
    """All reports of the command go into the folder, and it is said where."""
    court = summon(passing)
    court.run("--palaver-report", "out").stdout.fnmatch_lines(["reports: out"])
    folder = court.pytester.path / "out"
    assert {path.name for path in folder.iterdir()} == {
        "badge.svg",
        "junit.xml",
        "report.html",
        "report.json",
        "summary.md",
    }
    assert json.loads((folder / "report.json").read_text())["conformant"] is True


def test_reports_that_cannot_be_written(summon, passing: Outcome) -> None:
    """That is wrong usage, found at the beginning where it can be."""
    court = summon(passing)
    result = court.run("--palaver-report", "subject.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert court.judged == []
    result.stderr.fnmatch_lines(["ERROR: the reports cannot be written to subject.yaml: *; name another folder"])
    (court.pytester.path / "out" / "junit.xml").mkdir(parents=True)
    result = court.run("--palaver-report", "out")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["the report cannot be written*"])


def test_first_failure_may_end_it(summon, passing: Outcome) -> None:
    """With -x what has all its outcomes by then is reported, and of what has not nothing is concluded."""
    bad = outcome(Verdict.FAIL, "a.b.bad")
    result = summon(bad, passing).run("-x", "--palaver-report", "out")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["not conformant: toy*1 pass, 1 fail*"])
    summon(passing, raised=Unreachable("nobody")).run("-x", "--palaver-report", "none").stdout.fnmatch_lines(
        ["nothing is concluded, and no report is written"]
    )


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        ("spec: [", (), "*subject.yaml:*"),
        ("spec: gateway\n", (), "*give either --url, where the server listens, or --launch*"),
        (None, ("palaver::a.b.pases",), "*no scenario is called 'a.b.pases': see palaver conform --list"),
    ],
)
def test_wrong_usage(summon, passing: Outcome, text: str | None, arguments: tuple[str, ...], told: str) -> None:
    """A subject file or an id that is wrong is told before anything is run."""
    court = summon(passing)
    if text is not None:
        court.subject.write_text(text)
    result = court.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])


def test_workers_are_refused(summon, passing: Outcome) -> None:
    """Several processes would each judge a server of their own: pytest-xdist's option is refused in so many words."""
    court = summon(passing)
    court.pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--dist', default='no')")
    result = court.run("--dist", "load")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: scenarios run at the same time by themselves: leave out -n, or say -n 0"])
    assert court.run("--dist", "no").ret == pytest.ExitCode.OK


def launching(folder: Path, *words: str) -> Path:
    """Write a subject file that launches a server."""
    subject = folder / "subject.yaml"
    command = " ".join([sys.executable, *words])
    subject.write_text(f"spec: gateway\ntime_factor: 4\nlaunch:\n  command: {command} --port {{port}}\n")
    return subject


def test_server_that_conforms(pytester: pytest.Pytester) -> None:
    """The reference server, launched by the file, passes, and pytest-asyncio may be there."""
    subject = launching(pytester.path, "-m", "palaver", "serve", "--dialect", "gateway")
    chosen = ["palaver::smoke", "palaver::messages.send.[be]*", "palaver::proof"]
    result = pytester.runpytest_subprocess("-p", "pytest_asyncio", "--palaver-subject", str(subject), *chosen)
    result.stdout.fnmatch_lines(["plugins: *asyncio*palaver*", "conformant: gateway at http://127.0.0.1:*"])
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] > 3


def test_server_that_does_not(pytester: pytest.Pytester) -> None:
    """A broken one fails the scenario for it, with the evidence; the others pass."""
    subject = launching(pytester.path, str(SABOTAGED), "messages:lets-non-members-send", "--dialect", "gateway")
    chosen = ["palaver::messages.send.non-member", "palaver::messages.send.broadcast"]
    result = pytester.runpytest_subprocess("-p", "no:asyncio", "--palaver-subject", str(subject), *chosen)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*expected a refusal with FORBIDDEN*",
            "*required: *",
            "*wire*",
            "FAILED palaver::messages.send.non-member - *",
        ]
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, pytest.ExitCode.INTERRUPTED), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_signals_stop_what_was_launched(pytester: pytest.Pytester, number: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM end the run, and the server."""
    mark = pytester.path / "mark"
    program = pytester.makepyfile(
        server=f"""
        import pathlib, signal, sys, time
        mark = pathlib.Path({str(mark)!r})
        def stop(*_):
            mark.write_text("stopped")
            sys.exit()
        signal.signal(signal.SIGTERM, stop)
        mark.write_text("started")
        time.sleep(600)
        """
    )
    command = [sys.executable, "-m", "pytest", "--palaver-subject", launching(pytester.path, str(program))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ}) as running:
        deadline = time.monotonic() + 110
        while not mark.exists() or mark.read_text() != "started":
            assert time.monotonic() < deadline
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(number)
        output, _ = running.communicate()
    assert running.returncode == code, output
    assert mark.read_text() == "stopped"
    assert b"INTERNALERROR" not in output
