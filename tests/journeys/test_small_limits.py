"""Limits that show only where they are small: every dialect keeps them, as clients see it."""

import asyncio
from collections.abc import Collection
from typing import Any

import pytest
from servers.conditions import SCARCE, SMALL, STRICT
from servers.inside import SECRET, Inside, inside

from palaver_conformance.contract import sources
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.limits import Limits
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

EACH = {"limits.frame.oversized", "limits.frame.fragments", "limits.outbound.unread", "limits.handshake.unfinished"}
"""What is there on every wire."""

SOCKET_IO = {"limits.frame.packets", "limits.attachments.size", "limits.handshake.silent"}
PROVEN = {
    "aether": EACH | SOCKET_IO | {"limits.members.count", "limits.page.size"},
    "envelope": EACH | {"limits.page.size"},
    "gateway": EACH | SOCKET_IO | {"limits.members.count", "limits.page.size"},
    "messenger": EACH | SOCKET_IO | {"limits.members.count", "limits.page.size"},
    "social": EACH | SOCKET_IO | {"limits.page.size"},
}
"""What is to be seen in each dialect: not all have groups."""

WHOLE = {"limits.connections.total", "limits.requests.address"}


async def judged(dialect: str, there: Inside, known: Limits, names: Collection[str]) -> list[Outcome]:
    """Judge a dialect by some scenarios."""
    contract = sources.load(dialect)
    secret = None if contract.has("account.register") else SECRET
    # A wait that ends with an event takes no longer for being patient.
    timing = Timing(4.0)
    subject = Subject((there.url,), contract, timing, secret, grpc=there.grpc, limits=known)
    try:
        return await Runner(subject, contract, timing).run([each for each in all_scenarios() if each.id in names])
    finally:
        await subject.close()


def shortcomings(outcomes: Collection[Outcome]) -> dict[str, Any]:
    """Return what did not pass, with what was found."""
    return {each.scenario.id: (each.reason, each.arrived) for each in outcomes if each.verdict is not Verdict.PASS}


async def test_every_dialect_keeps_what_holds_for_one_client(caplog: pytest.LogCaptureFixture) -> None:
    """Sizes, pieces and patience, of all dialects side by side."""
    async with inside(*PROVEN, **dict(SMALL.settings)) as there:
        found = await asyncio.gather(*(judged(name, there[name], SMALL.limits, PROVEN[name]) for name in PROVEN))
    assert [shortcomings(each) for each in found] == [{}] * len(PROVEN)
    assert [len(each) for each in found] == [len(each) for each in PROVEN.values()]
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []


@pytest.mark.parametrize("dialect", [name for name in PROVEN if PROVEN[name] >= SOCKET_IO])
async def test_connections_that_nobody_joins_are_few(dialect: str) -> None:
    """Of an address, with Socket.IO: elsewhere who comes has joined."""
    async with inside(dialect, **dict(STRICT.settings)) as there:
        found = await judged(dialect, there[dialect], STRICT.limits, {"limits.connections.joining"})
    assert shortcomings(found) == {}
    assert len(found) == 1


async def test_every_dialect_keeps_what_all_share(caplog: pytest.LogCaptureFixture) -> None:
    """Connections in all, and requests of an address, of each dialect by itself. A refusal is no error of ours."""

    async def alone(dialect: str) -> list[Outcome]:
        async with inside(dialect, **dict(SCARCE.settings)) as there:
            return await judged(dialect, there[dialect], SCARCE.limits, WHOLE)

    found = await asyncio.gather(*(alone(name) for name in PROVEN))
    assert [shortcomings(each) for each in found] == [{}] * len(PROVEN)
    assert [len(each) for each in found] == [len(WHOLE)] * len(PROVEN)
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []
