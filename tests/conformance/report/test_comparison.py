"""What is different from an earlier run."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from samples import STARTED, outcome, run

from palaver_conformance.errors import UsageError
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.report import json as json_report
from palaver_conformance.report.comparison import Change, Earlier, compare


def names(changes: Sequence[Change]) -> list[str]:
    """Return the scenarios of changes."""
    return [each.scenario for each in changes]


def test_changes_are_told_apart() -> None:
    """Newly failing, newly passing, changed otherwise, new and gone; what ended as before is in none of them."""
    earlier = Earlier(
        "",
        "toy",
        STARTED,
        {
            "breaks": Verdict.PASS,
            "errs": Verdict.NOT_APPLICABLE,
            "stays": Verdict.PASS,
            "still": Verdict.UNTESTABLE,
            "mended": Verdict.FAIL,
            "known-mended": Verdict.KNOWN_FAILURE,
            "listed": Verdict.FAIL,
            "withdrawn": Verdict.PASS,
            "gone": Verdict.PASS,
        },
    )
    found = compare(
        earlier,
        [
            outcome(Verdict.FAIL, "breaks"),
            outcome(Verdict.HARNESS_ERROR, "errs"),
            outcome(Verdict.PASS, "stays"),
            outcome(Verdict.FAIL, "still"),
            outcome(Verdict.PASS, "mended"),
            outcome(Verdict.PASS, "known-mended"),
            outcome(Verdict.KNOWN_FAILURE, "listed"),
            outcome(Verdict.NOT_APPLICABLE, "withdrawn"),
            outcome(Verdict.FAIL, "new"),
        ],
    )
    assert names(found.newly_failing) == ["breaks", "errs"]
    assert names(found.newly_passing) == ["mended", "known-mended"]
    # From untestable to a failure is a change, and no news.
    assert names(found.changed) == ["still", "listed", "withdrawn"]
    assert found.new == [Change("new", None, Verdict.FAIL)]
    assert found.gone == [Change("gone", Verdict.PASS, None)]
    assert list(found.groups) == ["newly failing", "newly passing", "changed otherwise", "new", "gone"]


def test_own_report_can_be_read(tmp_path: Path) -> None:
    """The JSON report of a run is what a later one is compared with."""
    path = tmp_path / "old.json"
    whole = replace(run(Verdict.PASS, Verdict.FAIL), subject="ours")
    path.write_text(json_report.report(whole))
    verdicts = {"area.subject.case0": Verdict.PASS, "area.subject.case1": Verdict.FAIL}
    assert Earlier.load(path) == Earlier("ours", "toy", STARTED, verdicts)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        ("no JSON", "is no JSON report"),
        ("[]", "version 2"),
        (json.dumps({"version": 1, "scenarios": []}), "version 2"),
        (json.dumps({"version": 2, "scenarios": []}), "of a run"),
        (json.dumps({"version": 2, "scenarios": [{"id": "a", "verdict": "maybe"}]}), "of a run"),
        (
            json.dumps({"version": 2, "scenarios": [], "subject": "", "specification": "", "started": "then"}),
            "of a run",
        ),
    ],
)
def test_anything_else_is_wrong_usage(tmp_path: Path, content: str | None, told: str) -> None:
    """A file that is not there, or no report that this version can read, is said to be so."""
    path = tmp_path / "old.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=told):
        Earlier.load(path)
