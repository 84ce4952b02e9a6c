"""The report for programs."""

import json
from dataclasses import replace

import jsonschema_rs
from samples import STARTED, outcome, run, scenario

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.report import json as json_report
from palaver_conformance.report import junit
from palaver_conformance.report.comparison import Earlier, compare
from palaver_conformance.report.html import page
from palaver_conformance.report.summary import Run
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing


def test_report_has_everything() -> None:
    """Verdict, evidence, counts and coverage of a run can be read back."""
    read = json.loads(json_report.report(run(Verdict.PASS, Verdict.FAIL)))
    assert (read["specification"], read["conformant"], read["exitCode"]) == ("toy", False, 1)
    assert read["counts"]["fail"] == 1
    assert read["frames"] == 0
    assert read["coverage"]["events"][0] == {"name": "heard", "count": 0, "excuse": ""}
    passed, failed = read["scenarios"]
    assert (passed["verdict"], passed["reason"], passed["wire"]) == ("pass", "", [])
    assert failed["id"] == "area.subject.case1"
    assert failed["case"] == "G5"
    assert failed["arrived"] == ["nothing & <nobody>"]
    assert (failed["reason"], failed["expected"]) == ("expected a wonder", "a wonder")
    assert failed["wire"][3] == {
        "t": 0.004,
        "actor": "alice",
        "connection": "alice/1",
        "instance": 0,
        "direction": "sent",
        "text": '420["say",{"text":"<b>hi</b>"}]',
    }
    assert [entry["direction"] for entry in failed["wire"][2::2]] == ["mark", "received", "violation", "note"]
    assert (read["started"], read["seconds"]) == ("2026-05-04T03:02:01+00:00", 1.5)
    assert read["versions"]["palaver"]
    assert read["comparison"] is None


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


def problems(text: str) -> list[str]:
    """Return what of a report breaks the published schema."""
    found = jsonschema_rs.validator_for(json.loads(json_report.schema())).iter_errors(json.loads(text))
    return [f"{'/'.join(map(str, each.instance_path))}: {each.message}" for each in found]


def test_every_report_keeps_the_published_schema() -> None:
    """Runs with every verdict, repetitions, an early end, a comparison, or nothing at all are as the schema says."""
    whole = run(*Verdict)
    earlier = Earlier("", "toy", whole.started, {"area.subject.case0": Verdict.FAIL, "gone.a.b": Verdict.PASS})
    compared = replace(whole, comparison=compare(earlier, whole.outcomes))
    repeated = [outcome(Verdict.FAIL, tally={Verdict.FAIL: 1, Verdict.PASS: 2})]
    stopped = replace(
        whole, outcomes=repeated, subject="ours", seed=7, stopped="gone", left=3, complaints=["a.yaml:1:1"]
    )
    for each in (run(), whole, compared, stopped):
        assert problems(json_report.report(each)) == []


async def test_report_of_a_real_run_keeps_the_published_schema(reference: str, shipped: Contract) -> None:
    """So does what comes of a server, with wire logs that nobody has made up; no report has a token in it."""
    timing = Timing()
    subject = Subject((reference,), shipped, timing)
    runner = Runner(subject, shipped, timing)
    chosen = [each for each in all_scenarios() if each.id in ("auth.connect.valid", "messages.send.broadcast")]

    async def act(alice: Actor, bob: Actor, room: Facts) -> None:
        await alice.send(room, "hello")
        raise Failure("something else")

    outcomes = await runner.run([*chosen, replace(chosen[1], id="a.b.c", parameters=("alice", "bob", "room"), act=act)])
    await subject.close()
    assert [each.verdict for each in outcomes] == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    judged = Run(shipped.name, subject.urls, outcomes, runner.coverage, STARTED, 1.0)
    text = json_report.report(judged)
    assert problems(text) == []
    for each in (text, junit.report(judged), page.html(judged)):
        assert "[redacted]" in each
        assert "eyJ" not in each
    assert len(json.loads(text)["scenarios"][2]["wire"]) > 10


def test_schema_can_tell_a_bad_report() -> None:
    """The schema is closed: what it does not know, or what is missing, is found."""
    read = json.loads(json_report.report(run(Verdict.FAIL)))
    read["surprise"] = 1
    del read["scenarios"][0]["verdict"]
    assert len(problems(json.dumps(read))) == 2
