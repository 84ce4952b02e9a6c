"""The report for CI servers."""

from dataclasses import replace
from xml.etree import ElementTree as ET

from samples import outcome, run

from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.report import junit


def test_every_verdict_has_its_element() -> None:
    """Failures, errors and skipped ones are counted and marked as CI servers expect."""
    suite = ET.fromstring(junit.report(run(*Verdict)))
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "2",
        "errors": "1",
        "skipped": "2",
    }
    elements = [[child.tag for child in case] for case in suite]
    assert elements == [[], ["failure"], ["skipped"], ["skipped"], ["failure"], ["error"]]


def test_ledger_and_early_end_are_cases() -> None:
    """What is wrong with the ledger fails a case of its own, and a run that was stopped has an error."""
    whole = replace(run(Verdict.PASS), complaints=["known.yaml:1:1: a.b.c passes"], stopped="the server is gone")
    suite = ET.fromstring(junit.report(whole))
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["3", "1", "1"]
    assert [(case.get("name"), case[0].tag) for case in list(suite)[1:]] == [
        ("known.yaml:1:1: a.b.c passes", "failure"),
        ("all scenarios are run", "error"),
    ]
    assert suite[2][0].get("message") == "the server is gone"


def test_evidence_survives_the_markup() -> None:
    """Markup and characters that XML cannot hold do not break the report."""
    summary = run(Verdict.FAIL)
    odd = outcome(Verdict.FAIL, reason="a \x00 b", arrived=["<&>\x1b[31m\ud800"])
    whole = replace(summary, outcomes=[odd])
    (case,) = ET.fromstring(junit.report(whole))
    assert case[0].get("message") == "a \N{REPLACEMENT CHARACTER} b"
    assert case[0].text is not None
    assert "<&>" in case[0].text
    assert "It shall work." in case[0].text
    assert case.get("classname") == "area"
