"""Verdicts and exit codes."""

import pytest
from samples import outcome

from palaver_conformance.evidence.verdict import Verdict, exit_code

PASS, FAIL, NA = Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE
UNTESTABLE, HARNESS = Verdict.UNTESTABLE, Verdict.HARNESS_ERROR


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([PASS, NA], 0),
        ([PASS, FAIL], 1),
        ([PASS, UNTESTABLE], 1),
        ([], 1),
        ([NA, NA], 1),
        ([PASS, FAIL, HARNESS], 3),
    ],
)
def test_exit_code(verdicts: list[Verdict], code: int) -> None:
    """One bad verdict is enough, a harness error outweighs all, and nothing proven is no success."""
    assert exit_code([outcome(verdict) for verdict in verdicts]) == code
