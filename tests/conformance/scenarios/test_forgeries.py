"""The scenario about tokens that were tampered with: an honest server passes it, a liar is caught.

That a server passes it with tokens of an issuer is shown in tests/journeys/test_issuer.py.
"""

from proxy import events
from samples import failures, judge, lie

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.scenarios.forgeries import a_token_that_was_altered_is_refused as altered


async def test_honest_server_passes(reference: str, shipped: Contract) -> None:
    """The reference server takes none of them."""
    outcomes = await judge(reference, shipped, [altered])
    assert failures(outcomes) == []
    assert outcomes[altered.id].verdict is Verdict.PASS


async def test_liar_is_caught(reference: str, shipped: Contract) -> None:
    """A server that refuses for another reason fails it, and it is told which token that was."""
    outcome = await lie(reference, shipped, altered, events("error", lambda it: [{**it, "code": "FORBIDDEN"}]))
    assert outcome.verdict is Verdict.FAIL
    assert "a token that names somebody else to be refused" in outcome.reason
