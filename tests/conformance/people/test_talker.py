"""A user who reconnects, catches up and repeats."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from samples import facts, setting

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import HarnessError, Refused
from palaver_conformance.evidence.checkers import judge
from palaver_conformance.evidence.chronicle import Acknowledged, Caught, Chronicle, Entered, Message, Received, Sent
from palaver_conformance.people.accounts import newcomer
from palaver_conformance.people.talker import Cursor, Place, Talker
from palaver_conformance.setting import Setting
from palaver_conformance.topology.proxy import CUT, DROP, PASS, Proxy


def test_cursor_goes_forward_only() -> None:
    """A late or changed message moves the revision alone; nothing moves it back."""
    cursor = Cursor()
    cursor.advance(Message("m2", "r", sequence=2, revision=2))
    cursor.advance(Message("m1", "r", sequence=1, revision=4))
    cursor.advance(Message("m2", "r", sequence=2, revision=3))
    assert cursor == Cursor("m2", 2, 4)


def test_what_is_heard_while_catching_up_counts_afterwards() -> None:
    """A connection that ends before its user has caught up leaves the cursor where it was."""
    place = Place("r", catching=True)
    place.hear(Message("m9", "r", sequence=9, revision=9))
    assert place.cursor == Cursor()
    place.caught_up()
    assert place.cursor == Cursor("m9", 9, 9)
    place.hear(Message("m10", "r", sequence=10, revision=10))
    assert place.cursor.last == "m10"


@asynccontextmanager
async def talking(
    url: str, contract: Contract, chronicle: Chronicle
) -> AsyncIterator[tuple[Talker, Talker, str, Proxy]]:
    """Yield two users of a conversation, and the proxy that the second one's connections go through."""
    proxy = Proxy(urlsplit(url).port or 0)
    await proxy.open()
    near, far = setting(url, contract, 1.0), setting(f"http://127.0.0.1:{proxy.port}", contract, 1.0)
    alice, bob = [await _talker(name, each, chronicle) for name, each in (("alice", near), ("bob", far))]
    following = [asyncio.create_task(each.follow()) for each in (alice, bob)]
    try:
        await _until(lambda: alice.present and bob.present)
        made = await alice.insist("conversation.create", {"type": "group", "users": [bob.user]})
        room = made.facts("conversation").id
        for each in (alice, bob):
            chronicle.add(Entered(each.user, room))
            each.enter_place(room)
        yield alice, bob, room, proxy
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        for each in (alice, bob):
            await each.leave_stage()
            await each.setting.subject.close()
        await proxy.close()


async def _talker(name: str, around: Setting, chronicle: Chronicle) -> Talker:
    account = (await newcomer(name, around)).account
    return Talker(name, around, account, chronicle, random.Random(1))


async def _until(holds: object) -> None:
    async with asyncio.timeout(30):
        while not holds():  # type: ignore[operator] # noqa: ASYNC110 - a state of several
            await asyncio.sleep(0.01)


async def test_a_cut_connection_is_made_up_for(reference: str, shipped: Contract) -> None:
    """What was said, edited and deleted while a user was away is caught, once, and the live stream goes on."""
    chronicle = Chronicle()
    async with talking(reference, shipped, chronicle) as (alice, bob, room, proxy):
        first, doomed = await alice.say(room, "one"), await alice.say(room, "two")
        await _until(lambda: bob.places[room].cursor.sequence == 2)
        proxy.obey(CUT)
        await _until(lambda: not bob.present)
        missed = await alice.say(room, "three")
        await alice.change(first, "one, edited")
        await alice.withdraw(doomed)
        proxy.obey(PASS)
        await _until(lambda: bob.present)
        last = await alice.say(room, "four")
        await _until(lambda: bob.places[room].cursor.last == last.id)
    caught = [each.id for entry in chronicle.all(Caught) if entry.user == bob.user for each in entry.messages]
    assert sorted(caught) == sorted([missed.id, first.id, doomed.id])
    assert [e.message.id for e in chronicle.all(Received) if e.user == bob.user and e.kind == "created"] == [
        first.id,
        doomed.id,
        last.id,
    ]
    assert bob.reconnects == 1
    assert not any(judge(chronicle).values())


async def test_a_lost_acknowledgement_is_asked_for_again(reference: str, shipped: Contract) -> None:
    """A message whose acknowledgement never came is repeated under its id, and is one message."""
    chronicle = Chronicle()
    async with talking(reference, shipped, chronicle) as (alice, bob, room, proxy):
        proxy.obey(DROP)
        saying = asyncio.create_task(bob.say(room, "can you hear me"))
        await _until(lambda: any(chronicle.all(Sent)))
        await asyncio.sleep(0)
        proxy.obey(CUT)
        await _until(lambda: not bob.present)
        proxy.obey(PASS)
        said = await saying
        await _until(lambda: alice.places[room].cursor.last == said.id)
    assert len(list(chronicle.all(Sent))) == 1
    assert [each.message.id for each in chronicle.all(Acknowledged)] == [said.id]
    assert said.sequence == 1


async def test_refusals_that_no_repetition_mends_are_raised(reference: str, shipped: Contract) -> None:
    """A code that is not retryable ends it; one that says that it is done, ends a repetition well."""
    async with talking(reference, shipped, Chronicle()) as (alice, _, room, _):
        with pytest.raises(Refused, match="message"):
            await alice.say("0" * 24, "into the void")
        assert alice.refusals == {"FORBIDDEN": 1}
        said = await alice.say(room, "gone soon")
        await alice.withdraw(said)
        assert alice.own == []


async def test_events_of_every_form_are_heard(reference: str, shipped: Contract) -> None:
    """An event that holds a whole message, and one that holds its fields; a deletion has no content."""
    around = setting(reference, shipped, 1.0)
    chronicle = Chronicle()
    talker = await _talker("alice", around, chronicle)
    with pytest.raises(HarnessError, match="no connection"):
        _ = talker.device
    whole = facts(id="1", conversation="r", content="x", sequence=1, revision=1)
    talker.hear("c", "created", facts(message=whole))
    talker.hear("c", "edited", facts(id="1", conversation="r", content="y", revision=2))
    talker.hear("c", "deleted", facts(id="1", conversation="r", content="y", revision=3))
    seen = [(each.kind, each.message.content, each.message.deleted) for each in chronicle.all(Received)]
    assert seen == [("created", "x", False), ("edited", "y", False), ("deleted", "", True)]
    await around.subject.close()
