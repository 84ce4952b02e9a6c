"""Who asks for an operation, and what about."""

from samples import judge, scenario

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.generated.casting import prepared
from palaver_conformance.people.stage import Stage


async def test_good_requests_have_what_they_are_about(reference: str, shipped: Contract) -> None:
    """A conversation with a message, somebody else where one is named, and nothing for what names nothing."""
    found = {}

    async def act(stage: Stage) -> None:
        for means in ("message.edit", "participant.remove", "account.login", "conversation.list"):
            case = await prepared(stage, shipped.operation(means, "http"))
            found[means] = (case, await case.caller.perform("account.me") if means == "conversation.list" else None)

    outcome = (await judge(reference, shipped, [scenario("a.b.c", parameters=("stage",), act=act)]))["a.b.c"]
    assert outcome.verdict is Verdict.PASS, outcome.reason
    assert "id" in found["message.edit"][0].matter.message
    assert found["participant.remove"][0].matter.other is not None
    assert found["account.login"][0].caller.account.password
    assert "id" not in found["conversation.list"][0].matter.room
