"""The report for programs."""

import json

from samples import run, scenario

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
            "instances": 1,
        }
    ]
