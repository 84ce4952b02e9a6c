"""The end of a talk: what differs from the model is noticed."""

from collections.abc import Callable

import pytest
from samples import judge, scenario

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.generated.talk.comparison import Comparison
from palaver_conformance.generated.talk.deeds import Deed
from palaver_conformance.generated.talk.performance import Performance
from palaver_conformance.generated.talk.world import Told, World
from palaver_conformance.people.stage import MEMBERS, Stage

TALK = (
    Deed("send", "alice", 1, 1, 1),
    Deed("mark", "bob", 1, 1, 1),
    Deed("type", "bob", 1, 1),
    Deed("add", "alice", 1, other="carol"),
    Deed("send", "alice", 1, 1, 2),
    Deed("close", "carol", device=1),
)
Change = Callable[[World], object]

CHANGES: dict[str, Change] = {
    "to have heard in room 1": lambda it: it.handset("bob", 1).heard[1].append(Told("edited", 1, "m1, edit 1")),
    "carol's device 1 to have heard": lambda it: it.handset("carol", 1).heard.clear(),
    "has read": lambda it: it.handset("alice", 1).marks.clear(),
    "types": lambda it: it.handset("alice", 1).typing.clear(),
    "was added": lambda it: it.handset("bob", 1).comings.clear(),
    "is called": lambda it: it.handset("bob", 1).names.add((1, "another")),
    "the history of room 1": lambda it: it.rooms[1].messages.pop(0),
    "the members of room 1": lambda it: it.rooms[1].members.remove("bob"),
    "the owner of room 1": lambda it: setattr(it.rooms[1], "owner", "bob"),
    "as it is listed": lambda it: it.rooms[1].read.update(bob=1),
}
"""What is changed in the model, by what is then said of the server."""


async def compared(url: str, known: Contract, change: Change) -> Outcome:
    """Play a talk, and compare it with a model that was changed in the end."""

    async def act(stage: Stage) -> None:
        world = World(MEMBERS)
        world.open_room(*MEMBERS)
        world.open_room(*MEMBERS[:2])
        performance = Performance(stage, world, {name: await stage.newcomer(name) for name in MEMBERS})
        await performance.begin()
        for deed in TALK:
            await performance.do(deed)
        comparison = Comparison(performance)
        fence = comparison._fence

        async def fenced() -> None:
            await fence()
            change(world)

        comparison._fence = fenced
        await comparison.end()

    return (await judge(url, known, [scenario("a.b.c", parameters=("stage",), act=act)]))["a.b.c"]


async def test_honest_server_is_as_its_model(reference: str, shipped: Contract) -> None:
    """Nothing differs, and who was away has come back."""
    outcome = await compared(reference, shipped, lambda _: None)
    assert outcome.verdict is Verdict.PASS, (outcome.reason, outcome.arrived)


@pytest.mark.parametrize("what", CHANGES)
async def test_whatever_differs_is_noticed(reference: str, shipped: Contract, what: str) -> None:
    """What the model has otherwise is told, with who and where."""
    outcome = await compared(reference, shipped, CHANGES[what])
    assert outcome.verdict is Verdict.FAIL
    assert what in outcome.reason
