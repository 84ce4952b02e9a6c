"""The scenarios about patience fail where a server waits longer, or for more, than it is said to.

That it passes them where it does not, in every dialect, is shown in tests/journeys/test_small_limits.py.
"""

from dataclasses import replace

import pytest
from peers import silent
from samples import setting
from servers.inside import inside

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure, NotApplicable
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.limits import Limits
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenarios import patience
from palaver_conformance.subject import Subject

UNFINISHED = patience.a_request_that_does_not_go_on_is_cut_off
UNREAD = patience.who_does_not_read_is_cut_off


async def judged(url: str, contract: Contract, limits: Limits) -> Outcome:
    """Judge a server by how it treats a slow reader."""
    subject = Subject((url,), contract, limits=limits)
    try:
        (outcome,) = await Runner(subject, contract).run([UNREAD])
    finally:
        await subject.close()
    return outcome


async def test_a_server_that_waits_for_ever_fails() -> None:
    """One that never cuts anybody off is seen when the time is over."""
    async with silent() as url:
        given = setting(url, factor=0.02)
        for known, error in ((1, Failure), (None, NotApplicable)):
            given.subject.limits = replace(Limits(), handshake=known)
            with pytest.raises(error):
                await UNFINISHED.act(Actor("newcomer", given, Account("newcomer", "", "")))


async def test_a_server_that_keeps_everything_fails(monkeypatch: pytest.MonkeyPatch, shipped: Contract) -> None:
    """A reader who gets all in the end, after having left too much unread, was not cut off."""
    monkeypatch.setattr(patience, "_ROOM", (4_096, 8_192))
    async with inside("gateway", limit_messages="1000/1s") as there:
        outcome = await judged(there["gateway"].url, shipped, Limits(unread=1_000))
    assert (outcome.verdict, outcome.expected) == (
        Verdict.FAIL,
        "who leaves more than 1000 bytes unread to be cut off",
    )


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(), "limits.unread in the subject file"),
        (Limits(unread=2**30), "or very much"),
        (Limits(unread=1_000_000), "too few messages may be sent"),
    ],
)
async def test_what_cannot_be_seen_does_not_apply(
    limits: Limits, reason: str, reference: str, shipped: Contract
) -> None:
    """What is not known, very much, or more than one may send, is not demanded."""
    outcome = await judged(reference, shipped, limits)
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert reason in outcome.reason
