"""What becomes of verdicts, and of what is no scenario's."""

import pytest
from samples import outcome, scenario

from palaver_conformance.errors import HarnessError, Unreachable
from palaver_conformance.evidence.verdict import Outcome, Verdict

LEDGER = "{scenario}: {{reason: ticket 12, owner: us, expires: {expires}}}\n"
KNOWN = LEDGER.format(scenario="a.b.c", expires="2999-12-31")


@pytest.mark.parametrize(
    ("verdict", "counts"),
    [
        (Verdict.PASS, {"passed": 2}),
        (Verdict.FAIL, {"passed": 1, "failed": 1}),
        (Verdict.UNTESTABLE, {"passed": 1, "failed": 1}),
        (Verdict.NOT_APPLICABLE, {"passed": 1, "skipped": 1}),
        (Verdict.HARNESS_ERROR, {"passed": 1, "errors": 1}),
    ],
)
def test_verdicts(summon, passing: Outcome, verdict: Verdict, counts: dict[str, int]) -> None:
    """A pass passes, what counts as failure fails, what does not apply is skipped, the harness's own is an error."""
    summon(passing, outcome(verdict, "a.b.c")).run("palaver::a.*").assert_outcomes(**counts)


def test_failure_shows_its_evidence(summon, passing: Outcome) -> None:
    """Title, requirement, source, expectation, what arrived, the wire log, and where the steps are: no traceback."""
    result = summon(passing, outcome(Verdict.FAIL, "a.b.c")).run()
    result.stdout.fnmatch_lines(
        [
            "* a.b.c: it works *",
            "expected a wonder",
            "*required: It shall work. (a book)",
            "*arrived:",
            "*nothing & <nobody>",
            "*wire:",
            '*-> 420?"say"*',
            "*steps: palaver conform --show a.b.c",
            "FAILED palaver::a.b.c - Failed: expected a wonder",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*items.py*")


def test_error_of_the_harness_is_shown(summon, passing: Outcome) -> None:
    """It is told apart from a failure of the server, with what happened."""
    broken = outcome(Verdict.HARNESS_ERROR, "a.b.c", reason="ValueError('x')", arrived=["Traceback", "  a line"])
    summon(passing, broken).run().stdout.fnmatch_lines(
        ["* ERROR at setup of a.b.c: it works *", "ValueError('x')", "*a line"]
    )


def test_what_does_not_apply_is_skipped_by_reason(summon, passing: Outcome) -> None:
    """Those that lack the same are one line of the summary, which names the subject file."""
    lacking = [outcome(Verdict.NOT_APPLICABLE, f"a.b.{name}", reason="no edits") for name in "xyz"]
    summon(passing, *lacking).run("-rs").stdout.fnmatch_lines(["SKIPPED [[]3] subject.yaml:1: no edits"])


def test_known_failure_is_expected(summon, passing: Outcome) -> None:
    """What the ledger knows is an expected failure, with its reason; with --runxfail it is a failure."""
    court = summon(passing, outcome(Verdict.FAIL, "a.b.c"), ledger=KNOWN)
    result = court.run("-rx")
    result.assert_outcomes(passed=4, xfailed=1)
    result.stdout.fnmatch_lines(["XFAIL palaver::a.b.c - known: ticket 12 (us, until 2999-12-31); expected a wonder"])
    court.run("--runxfail").assert_outcomes(passed=4, failed=1)


@pytest.mark.parametrize(
    ("verdict", "expires", "told"),
    [
        (Verdict.PASS, "2999-12-31", "*known.yaml:1:1: a.b.c is listed as a known failure, and passes*"),
        (Verdict.NOT_APPLICABLE, "2999-12-31", "*known.yaml:1:1: a.b.c does not apply*"),
        (Verdict.FAIL, "2001-12-31", "*known.yaml:1:1: a.b.c was to be mended by us*"),
    ],
)
def test_wrong_entry_fails_its_scenario(summon, passing: Outcome, verdict: Verdict, expires: str, told: str) -> None:
    """An unexpected pass is a failure, as are an entry for what does not apply and one that has expired."""
    court = summon(passing, outcome(verdict, "a.b.c"), ledger=LEDGER.format(scenario="a.b.c", expires=expires))
    result = court.run("palaver::a.b.c", "palaver::ledger")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines([told])


def test_entry_of_no_scenario_fails_the_ledger(summon, passing: Outcome) -> None:
    """It belongs to no scenario, and so it has an item, which is there when there is a ledger."""
    court = summon(passing, ledger=LEDGER.format(scenario="a.b.pases", expires="2999-12-31"))
    result = court.run("palaver::ledger")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no scenario is called a.b.pases: did you mean a.b.passes*"])
    assert court.judged == []
    summon(passing).run("-v").stdout.no_fnmatch_line("palaver::ledger*")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unreachable("nothing listens at hush-hush"), "the server cannot be tested: nothing listens at [redacted]"),
        (HarnessError("no more hands"), "the harness failed: no more hands"),
        (ZeroDivisionError("of ours"), "the harness failed: ZeroDivisionError('of ours')"),
    ],
)
def test_smoke_is_told_once(summon, passing: Outcome, error: Exception, told: str) -> None:
    """When the server cannot be tested one item says why, and nothing else is run."""
    result = summon(passing, outcome(Verdict.PASS, "a.b.c"), raised=error).run()
    result.assert_outcomes(failed=1, skipped=3)
    result.stdout.fnmatch_lines(["* smoke: the server can be tested *"])
    assert result.outlines.count(told) == 1
    result.stdout.no_fnmatch_line("*hush*")


def test_smoke_is_told_where_it_was_not_asked_for(summon, passing: Outcome) -> None:
    """Of some scenarios it is the first that says so, as an error."""
    result = summon(passing, outcome(Verdict.PASS, "a.b.c"), raised=Unreachable("nobody there")).run("palaver::a.*")
    result.assert_outcomes(errors=1, skipped=1)
    result.stdout.fnmatch_lines(["ERROR palaver::a.b.passes - Failed: the server cannot be tested: nobody there"])


def test_server_that_goes_half_way(summon, passing: Outcome) -> None:
    """What was found before stays; the first scenario without an outcome says why, and the others are not run."""
    rest = [outcome(Verdict.PASS, f"a.b.{name}") for name in "xyz"]
    result = summon(passing, *rest, unsaid=3, stopped="it is gone").run()
    result.assert_outcomes(passed=3, errors=1, skipped=2)
    result.stdout.fnmatch_lines(["the server cannot be tested: it is gone", "*scenarios were not run to their end*"])


def test_nothing_proven_fails(summon) -> None:
    """A suite in which nothing applied does not look like success."""
    result = summon(outcome(Verdict.NOT_APPLICABLE, "a.b.c")).run()
    result.assert_outcomes(passed=1, skipped=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED palaver::proof - Failed: nothing was proven: 1 not-applicable"])


def test_tags_cases_and_properties(summon) -> None:
    """-m chooses by tag, -k by id and seed case; the requirement goes into pytest's own JUnit report."""
    tagged = outcome(Verdict.PASS, scenario=scenario("a.b.tagged", tags=("typing", "very-slow")))
    numbered = outcome(Verdict.PASS, scenario=scenario("a.b.numbered", case="G5"))
    court = summon(tagged, numbered)
    for arguments, chosen in (
        (["-m", "typing and very-slow"], ["a.b.tagged"]),
        (["-m", "palaver and not typing"], ["a.b.numbered"]),
        (["-k", "G5"], ["a.b.numbered"]),
        (["-k", "a.b.tagged"], ["a.b.tagged"]),
        (["--deselect", "palaver::a.b.tagged"], ["a.b.numbered"]),
    ):
        court.run(*arguments, "--junitxml", "own.xml")
        assert court.judged.pop() == chosen
    text = (court.pytester.path / "own.xml").read_text()
    assert '<property name="requirement" value="It shall work."' in text
    assert 'classname="palaver" name="a.b.numbered" time="0.250"' in text
