"""A talk on a server."""

from collections.abc import Sequence

import pytest
from samples import judge, scenario

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.generated.talk.deeds import Deed
from palaver_conformance.generated.talk.performance import Performance
from palaver_conformance.generated.talk.world import World
from palaver_conformance.people.stage import MEMBERS, Stage

TALK = (
    Deed("send", "alice", 1, 1, 1),
    Deed("connect", "bob", device=2),
    Deed("edit", "alice", 1, None, 1),
    Deed("edit", "bob", 1, 2, 1, refusal="FORBIDDEN"),
    Deed("edit", "carol", 1, 1, 1, refusal="NOT_FOUND"),
    Deed("interrupt", "bob", 1, 1, 2),
    Deed("repeat", "bob", 1, 3, 2),
    Deed("mark", "bob", 1, 3, 1),
    Deed("type", "bob", 1, 2),
    Deed("mute", "alice", 1, 1),
    Deed("enter", "alice", 1, 1),
    Deed("add", "alice", 1, other="carol"),
    Deed("rename", "alice", 1),
    Deed("look", "carol", 1),
    Deed("sync", "carol", 1, 1, place=1),
    Deed("sync", "bob", 1, 2, place=2),
    Deed("delete", "bob", 1, 2, 2),
    Deed("remove", "alice", 1, other="bob"),
    Deed("look", "bob", 1, refusal="FORBIDDEN"),
    Deed("leave", "alice", 1),
    Deed("close", "carol", device=1),
    Deed("drop", "bob", device=2),
)


async def performed(url: str, known: Contract, deeds: Sequence[Deed], seen: list[Performance] | None = None) -> Outcome:
    """Do some deeds on a server."""

    async def act(stage: Stage) -> None:
        world = World(MEMBERS)
        world.open_room(*MEMBERS)
        world.open_room(*MEMBERS[:2])
        performance = Performance(stage, world, {name: await stage.newcomer(name) for name in MEMBERS})
        if seen is not None:
            seen.append(performance)
        await performance.begin()
        for deed in deeds:
            await performance.do(deed)

    return (await judge(url, known, [scenario("a.b.c", parameters=("stage",), act=act)]))["a.b.c"]


async def test_every_deed_can_be_done(reference: str, shipped: Contract) -> None:
    """What the model takes, an honest server does, and refuses what the model has refused."""
    seen: list[Performance] = []
    outcome = await performed(reference, shipped, TALK, seen)
    assert outcome.verdict is Verdict.PASS, (outcome.reason, outcome.arrived)
    assert sorted(seen[0].messages) == [1, 2]
    assert seen[0].world.rooms[1].members == ["carol"]


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (Deed("send", "alice", 1, 1, 1, refusal="FORBIDDEN"), "a refusal with FORBIDDEN"),
        (Deed("send", "carol", 1, 1, 1), "to be carried out"),
    ],
)
async def test_other_answers_fail(reference: str, shipped: Contract, deed: Deed, reason: str) -> None:
    """A server that does what must be refused, or refuses what must be done, is told so."""
    outcome = await performed(reference, shipped, [deed])
    assert outcome.verdict is Verdict.FAIL
    assert reason in outcome.reason


def test_messages_of_nobody_are_noticed(shipped: Contract) -> None:
    """What nobody sent, and what should be gone, is no part of a history."""
    from samples import facts, setting

    performance = Performance(Stage(setting("http://nowhere.invalid", shipped)), World(MEMBERS), {})
    performance.numbers["a"] = 1
    assert performance.seen([facts(id="a", content="m1")]) == [(1, "m1")]
    with pytest.raises(Failure, match="nobody sent"):
        performance.seen([facts(id="b", content="m1")])
    with pytest.raises(Failure, match="to be gone"):
        performance.seen([facts(id="a", content="m1", deleted=True)])
