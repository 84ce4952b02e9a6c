"""Talks at random: an honest server passes, a liar is caught by a short story."""

from proxy import acknowledgements, events, proxied
from samples import failures, judge, lie, setting

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.generated.machine import Talks, _stories, machine
from palaver_conformance.generated.search import Bounds, FromThread, search
from palaver_conformance.generated.talk.deeds import Abilities
from palaver_conformance.scenario import RANDOM

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
    """A server that does not tell of edits is told so by a message that is edited, and nothing else."""
    async with proxied(reference, events("message:updated", lambda _: [])) as address:
        surroundings = setting(address, shipped, 1.0)
        talks = Talks(surroundings, Abilities.of(shipped))
        bounds = Bounds("1", 40, 300.0, 300.0)
        found = await search(lambda: _stories(("send", "edit")), FromThread(talks.play), bounds)
        await surroundings.subject.close()
    assert found is not None
    assert [deed.what for deed in talks.deeds] == ["send", "edit"]
    assert "to have heard" in found.failure.expected
    assert talks.entries


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
