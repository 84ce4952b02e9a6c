"""A whole run."""

from dataclasses import replace

from samples import run

from palaver_conformance.evidence.verdict import Verdict


def test_counts_and_exit_code() -> None:
    """Every verdict is counted, those that did not occur with zero."""
    summary = run(Verdict.PASS, Verdict.PASS, Verdict.FAIL)
    assert summary.counts == {
        Verdict.PASS: 2,
        Verdict.FAIL: 1,
        Verdict.KNOWN_FAILURE: 0,
        Verdict.NOT_APPLICABLE: 0,
        Verdict.UNTESTABLE: 0,
        Verdict.HARNESS_ERROR: 0,
    }
    assert summary.exit_code == 1
    assert run(Verdict.PASS).exit_code == 0


def test_ledger_and_early_end_decide_the_exit_code() -> None:
    """A complaint about the ledger is not conformant; a run that was stopped says nothing."""
    assert replace(run(Verdict.PASS), complaints=["passes"]).exit_code == 1
    assert replace(run(Verdict.PASS, Verdict.FAIL), stopped="gone").exit_code == 3
