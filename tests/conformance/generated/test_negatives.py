"""Bad requests: an honest server refuses them and does nothing, a liar is caught."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from proxy import acknowledgements
from samples import failures, judge, lie, untried

import palaver_codegen.documents
from palaver_conformance.contract import sources
from palaver_conformance.contract.model import VIAS, Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.generated import those_for
from palaver_conformance.generated.negatives import negatives

SCENARIOS = {each.id: each for each in negatives()}
VOCABULARY = Path(palaver_codegen.documents.__path__[0]) / "vocabulary.yaml"

NOTHING_IN_IT = {
    "aether": {"service.health"},
    "envelope": {"conversation.list", "typing.stop"},
    "gateway": {"account.me", "account.logout"},
    "messenger": set(),
    "social": set(),
}
"""What takes no values, or is asked for as something else is."""

Change = Callable[[dict], list[dict]]


def refusals(change: Change) -> Change:
    """Change those acknowledgements alone that say no."""
    return lambda answer: [answer] if answer["success"] else change(answer)


def busy() -> Change:
    """Put off every fifth refusal."""
    count = 0

    def change(answer: dict) -> list[dict]:
        nonlocal count
        count += 1
        if count % 5:
            return [answer]
        error = {**answer["error"], "code": "RATE_LIMITED", "details": {"retryAfterMs": 1}}
        return [{**answer, "error": error}]

    return refusals(change)


def bare(answer: dict) -> list[dict]:
    """Leave out why."""
    return [{**answer, "error": {name: value for name, value in answer["error"].items() if name != "details"}}]


def other(answer: dict) -> list[dict]:
    """Give another reason."""
    return [{**answer, "error": {**answer["error"], "code": "FORBIDDEN"}}]


LIES = {
    "negatives.typing-start.socket": refusals(lambda _: [{"success": True}]),
    "negatives.room-join.socket": refusals(bare),
    "negatives.message-delete.socket": refusals(other),
}


def test_every_operation_is_tried() -> None:
    """There are bad requests for every operation of the vocabulary, over every transport."""
    meanings = yaml.safe_load(VOCABULARY.read_text(encoding="utf-8"))["meanings"]
    operations = {name for name, entry in meanings.items() if entry["kind"] == "operation"} - {"typing.set"}
    assert {each.needs[0] for each in SCENARIOS.values()} == {f"{name}@{via}" for name in operations for via in VIAS}


@pytest.mark.parametrize("spec", sources.known())
def test_scenarios_of_some_documents(spec: str) -> None:
    """There is one for each operation in a request for which something can be wrong, and no other."""
    known = sources.load(spec)
    tried = {each.needs[0] for each in those_for(known, list(SCENARIOS.values()))}
    assert {f"{each.means}@{each.via}" for each in known.operations} - tried == {
        f"{each.means}@{each.via}" for each in known.operations if each.means in NOTHING_IN_IT[spec]
    }


async def test_honest_server_passes(reference: str, shipped: Contract) -> None:
    """The reference server passes every scenario, and none that is for its documents goes without being tried."""
    outcomes = await judge(reference, shipped, those_for(shipped, list(SCENARIOS.values())))
    assert failures(outcomes) == []
    assert untried(outcomes, shipped) == []
    assert len(outcomes) == 28


@pytest.mark.parametrize("identity", LIES)
async def test_liar_is_caught(identity: str, reference: str, shipped: Contract) -> None:
    """A server that lies about what the scenario is for fails it, with evidence that says which field it was."""
    outcome = await lie(reference, shipped, SCENARIOS[identity], acknowledgements(LIES[identity]))
    assert outcome.verdict is Verdict.FAIL
    assert ", as " in outcome.reason
    assert outcome.wire


async def test_busy_server_is_asked_again(reference: str, shipped: Contract) -> None:
    """Whoever is told to ask later does, and is not wrong about the server."""
    outcome = await lie(reference, shipped, SCENARIOS["negatives.room-leave.socket"], acknowledgements(busy()))
    assert outcome.verdict is Verdict.PASS, outcome.reason
