"""Talks at random: an honest server passes, a liar is caught by a short story."""

from proxy import acknowledgements, events, proxied
from samples import failures, judge, lie

from palaver_conformance.contract.model import Contract
from palaver_conformance.generated.machine import machine
from palaver_conformance.runner import Runner
from palaver_conformance.scenario import RANDOM
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.verdict import Verdict

SCENARIOS = {each.id: each for each in machine()}


def test_scenarios_say_what_they_are() -> None:
    """They have a tag of their own, and titles and needs that hold for any documents."""
    assert SCENARIOS.keys() == {"machine.talk.messages", "machine.talk.members"}
    for each in SCENARIOS.values():
        assert RANDOM in each.tags
        assert each.needs == ("message.send@socket", "message.created")
    assert len({each.title for each in SCENARIOS.values()}) == 2


async def test_honest_server_passes(reference: str, shipped: Contract) -> None:
    """Whatever people do, the reference server is as the model has it."""
    outcomes = await judge(reference, shipped, list(SCENARIOS.values()))
    assert failures(outcomes) == []


async def test_lost_edit_is_found_and_made_short(reference: str, shipped: Contract) -> None:
    """A server that does not tell of edits is told so by a message that is edited, and little else."""
    forgetful = events("message:updated", lambda _: [])
    timing = Timing(0.3)
    async with proxied(reference, forgetful) as address:
        subject = Subject((address,), shipped)
        runner = Runner(subject, shipped, timing, seed=1, examples=60)
        (outcome,) = await runner.run([SCENARIOS["machine.talk.messages"]])
        await subject.close()
    assert outcome.verdict is Verdict.FAIL
    story = [line for line in outcome.arrived if line.partition(".")[0].isdecimal()]
    assert [line for line in story if "edits" in line]
    assert len(story) <= 4, story
    assert "went wrong" in outcome.arrived[0]
    assert outcome.wire


async def test_refusal_out_of_nowhere_is_found(reference: str, shipped: Contract) -> None:
    """A server that refuses what it may not is caught by the first thing that is done."""
    error = {"code": "FORBIDDEN", "message": "No."}
    outcome = await lie(
        reference,
        shipped,
        SCENARIOS["machine.talk.messages"],
        acknowledgements(lambda _: [{"success": False, "error": error}]),
    )
    assert outcome.verdict is Verdict.FAIL
    assert "to be carried out" in outcome.reason
