"""The report for programs."""

import json
from dataclasses import replace

from samples import outcome, run, scenario

from palaver_conformance.report import json as json_report
from palaver_conformance.verdict import Verdict


def test_report_has_everything() -> None:
    """Verdict, evidence, counts and coverage of a run can be read back."""
    read = json.loads(json_report.report(run(Verdict.PASS, Verdict.FAIL)))
    assert (read["specification"], read["conformant"], read["exitCode"]) == ("toy", False, 1)
    assert read["counts"]["fail"] == 1
    assert read["coverage"]["events"] == {"heard": 0, "hello": 0, "oops": 0}
    passed, failed = read["scenarios"]
    assert (passed["verdict"], passed["reason"], passed["wire"]) == ("pass", "", [])
    assert failed["id"] == "area.subject.case1"
    assert failed["case"] == "G5"
    assert failed["arrived"] == ["nothing & <nobody>"]
    assert failed["wire"] == ["0.001 alice -> hello"]


def test_how_the_run_went_is_told() -> None:
    """What the server is called, the seed, why it was stopped, the ledger and how often what happened are in it."""
    whole = replace(
        run(Verdict.PASS), subject="ours", seed=7, stopped="gone", left=3, complaints=["a.yaml:1:1: passes"]
    )
    read = json.loads(json_report.report(replace(whole, outcomes=[outcome(Verdict.FAIL, tally={Verdict.FAIL: 2})])))
    assert (read["subject"], read["seed"], read["stopped"], read["left"]) == ("ours", 7, "gone", 3)
    assert read["complaints"] == ["a.yaml:1:1: passes"]
    assert read["scenarios"][0]["tally"] == {"fail": 2}


def test_listing() -> None:
    """The listing has what the text has."""
    read = json.loads(json_report.listing([scenario("a.b.c", needs=("message.send",))]))
    assert read["scenarios"] == [
        {
            "id": "a.b.c",
            "case": None,
            "title": "it works",
            "requirement": "It shall work.",
            "source": "a book",
            "needs": ["message.send"],
            "tags": [],
            "instances": 1,
        }
    ]
