"""A crowd: sound against an honest server, and not against one that lies."""

import asyncio
from collections import Counter

import pytest
from proxy import Tamper, events, honest, proxied
from samples import setting

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure
from palaver_conformance.people.crowd import Crowd, Plan

PLAN = Plan(users=7, size=3, pace=0.05, seed=5, weights=(60, 15, 10, 10, 5))


async def crowd_at(url: str, contract: Contract, acknowledged: int) -> Crowd:
    """Have a crowd talk until so many messages were acknowledged, and settle."""
    around = setting(url, contract, 1.0)
    crowd = Crowd(around, PLAN)
    try:
        await crowd.gather()
        crowd.talk()
        async with asyncio.timeout(60):
            while crowd.figures().acknowledged < acknowledged:  # noqa: ASYNC110 - it is measured, not told
                await asyncio.sleep(0.02)
        await crowd.settle()
    finally:
        await crowd.close()
        await around.subject.close()
    return crowd


async def test_honest_server_is_sound(reference: str, shipped: Contract) -> None:
    """Everybody is in a conversation, every kind of deed is done, and nothing is found."""
    crowd = await crowd_at(reference, shipped, 60)
    assert [len(room.members) for room in crowd.rooms] == [4, 3]
    assert all(room.visitor is not None for room in crowd.rooms)
    crowd.ensure_sound()
    figures = crowd.figures()
    assert figures.acknowledged > 7
    assert figures.deliveries > 3 * figures.acknowledged
    assert (figures.reconnects, figures.refusals) == (0, Counter())
    kinds = {entry.kind for stream in crowd.chronicle.streams().values() for entry in stream}
    assert kinds == {"created", "edited", "deleted"}


def _every(number: int, change: str) -> Tamper:
    """Return a tamper that does something to every so many messages."""
    seen = Counter[str]()

    def change_some(payload: dict) -> list[dict]:
        seen["all"] += 1
        if seen["all"] % number:
            return [payload]
        return {"drop": [], "twice": [payload, payload]}[change]

    return events("message:new", change_some)


@pytest.mark.parametrize(("change", "checker"), [("drop", "gap"), ("twice", "duplicate")])
async def test_lies_are_found(reference: str, shipped: Contract, change: str, checker: str) -> None:
    """Messages that do not arrive, or arrive twice, are found by the checker that is for them."""
    async with proxied(reference, _every(7, change)) as liar:
        crowd = await crowd_at(liar, shipped, 30)
    found = {name for name, findings in crowd.judge().items() if findings}
    assert checker in found
    with pytest.raises(Failure, match="nothing to be lost"):
        crowd.ensure_sound()


async def test_same_seed_same_crowd(reference: str, shipped: Contract) -> None:
    """The deeds of a crowd are drawn from its seed alone."""
    async with proxied(reference, honest) as first:
        drawn = []
        for url in (reference, first):
            around = setting(url, shipped, 1.0)
            crowd = Crowd(around, PLAN)
            await crowd.gather()
            drawn.append([talker.instance for talker in crowd.talkers])
            await crowd.close()
            await around.subject.close()
    assert drawn[0] == drawn[1]
