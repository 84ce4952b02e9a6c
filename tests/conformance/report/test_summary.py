"""A whole run."""

from samples import run

from palaver_conformance.verdict import Verdict


def test_counts_and_exit_code() -> None:
    """Every verdict is counted, those that did not occur with zero."""
    summary = run(Verdict.PASS, Verdict.PASS, Verdict.FAIL)
    assert summary.counts == {
        Verdict.PASS: 2,
        Verdict.FAIL: 1,
        Verdict.NOT_APPLICABLE: 0,
        Verdict.UNTESTABLE: 0,
        Verdict.HARNESS_ERROR: 0,
    }
    assert summary.exit_code == 1
    assert run(Verdict.PASS).exit_code == 0
