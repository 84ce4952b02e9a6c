"""What shows that a refused request did something after all."""

from collections.abc import Awaitable, Callable

import pytest
from samples import judge, scenario

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.facts import Facts
from palaver_conformance.generated.observation import unchanged
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage

Deed = Callable[[Actor, Actor, Actor, Facts], Awaitable[object]]


async def observed(url: str, known: Contract, deed: Deed, *, heard: bool = True) -> Outcome:
    """Do something under observation; unless it is to be heard, what arrives is forgotten."""

    async def act(stage: Stage, alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
        async with unchanged(stage, room, alice, bob):
            await deed(alice, bob, stranger, room)
            if not heard:
                await stage.fence(alice, alice, bob, room=room)
                for person in (alice, bob):
                    person.device.begin_anew()

    sample = scenario("a.b.c", parameters=("stage", "alice", "bob", "stranger", "room"), act=act)
    return (await judge(url, known, [sample]))["a.b.c"]


async def rename(alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
    """Change the name."""
    await alice.rename(room, "another")


async def add(alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
    """Add somebody."""
    await alice.add(room, stranger)


async def send(alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
    """Say something."""
    await bob.send(room, "something")


async def type_(alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
    """Type."""
    await bob.type(room)


async def ask(alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
    """Ask, and come and go."""
    await alice.history(room)
    await bob.get(room)
    await stranger.connect()


@pytest.mark.parametrize("deed", [rename, add, send, type_])
async def test_what_is_told_is_noticed(reference: str, shipped: Contract, deed: Deed) -> None:
    """An event that reaches anybody is something that has happened."""
    outcome = await observed(reference, shipped, deed)
    assert outcome.verdict is Verdict.FAIL
    assert "to hear nothing" in outcome.reason


@pytest.mark.parametrize("deed", [rename, add, send])
async def test_what_is_stored_is_noticed(reference: str, shipped: Contract, deed: Deed) -> None:
    """A change that nobody was told of is a change."""
    outcome = await observed(reference, shipped, deed, heard=False)
    assert outcome.verdict is Verdict.FAIL
    assert "the conversation after" in outcome.reason


async def test_nothing_is_nothing(reference: str, shipped: Contract) -> None:
    """Questions change nothing, and the markers of an observation are not what it looks for."""
    outcome = await observed(reference, shipped, ask)
    assert outcome.verdict is Verdict.PASS, outcome.reason
