"""The authorisation matrix: an honest server passes it, a liar is caught."""

from dataclasses import replace

import pytest
from proxy import acknowledgements, events
from samples import failures, judge, lie, untried

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import VIAS, Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.generated import those_for
from palaver_conformance.generated.matrix import matrix
from palaver_conformance.generated.policy import names_something

SCENARIOS = {each.id: each for each in matrix()}


def forgive(answer: dict) -> list[dict]:
    """Say that a refused request was carried out."""
    return [answer] if answer["success"] else [{"success": True}]


def blame(answer: dict) -> list[dict]:
    """Give another reason for a refusal."""
    return [answer] if answer["success"] else [{**answer, "error": {**answer["error"], "code": "NOT_FOUND"}}]


LIES = {
    "matrix.typing-start.socket": acknowledgements(forgive),
    "matrix.room-leave.socket": acknowledgements(blame),
    "matrix.message-send.socket": events("message:new", lambda it: [it, {**it, "id": "e" * 24, "content": "more"}]),
}


@pytest.mark.parametrize("spec", sources.known())
def test_everything_that_names_something_is_in_the_matrix(spec: str) -> None:
    """There is a scenario for each operation of the documents that names a conversation or a message, and no other."""
    known = sources.load(spec)
    wanted = {f"matrix.{each.means.replace('.', '-')}.{each.via}" for each in known.operations if names_something(each)}
    assert {each.id for each in those_for(known, list(SCENARIOS.values()))} == wanted


def test_what_names_nothing_is_not_in_it(shipped: Contract) -> None:
    """Where a message is sent to a user, there is no conversation to be a member or a stranger of."""
    by_recipient = [
        replace(each, fields={"recipient": "/to", "content": "/content"}) if each.means == "message.send" else each
        for each in shipped.operations
    ]
    found = those_for(replace(shipped, operations=tuple(by_recipient)), list(SCENARIOS.values()))
    assert {each.needs[0] for each in found} & {"message.send@socket", "message.edit@socket"} == {"message.edit@socket"}


def test_scenarios_say_what_they_require() -> None:
    """Each has its own title, and names those who may."""
    assert len({each.title for each in SCENARIOS.values()}) == len(SCENARIOS) == 19 * len(VIAS)
    edit = SCENARIOS["matrix.message-edit.http"]
    assert edit.title == "message.edit over http is for those who may"
    assert "message.edit is for: member." in edit.requirement
    assert "message.edit@http" in edit.needs


async def test_honest_server_passes(reference: str, shipped: Contract) -> None:
    """The reference server passes every scenario, and none that is for its documents goes without being tried."""
    outcomes = await judge(reference, shipped, those_for(shipped, list(SCENARIOS.values())))
    assert failures(outcomes) == []
    assert untried(outcomes, shipped) == []
    assert len(outcomes) == 21


@pytest.mark.parametrize("identity", LIES)
async def test_liar_is_caught(identity: str, reference: str, shipped: Contract) -> None:
    """A server that lies about what the scenario is for fails it, with evidence."""
    outcome = await lie(reference, shipped, SCENARIOS[identity], LIES[identity])
    assert outcome.verdict is Verdict.FAIL
    assert outcome.reason
    assert outcome.wire
