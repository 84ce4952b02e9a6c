"""People, in domain words, against the reference server."""

from dataclasses import replace

import pytest
from samples import contract, setting

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import NotApplicable
from palaver_conformance.facts import Facts
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage


async def test_conversation_is_named_as_the_operation_can() -> None:
    """By its id where there is a place for it, even beside a recipient; else by the other of two, if there is one."""
    surroundings = setting("http://nowhere.invalid", contract())
    alice = Actor("alice", surroundings, Account("alice", "a", ""))
    alice.partners["r"] = "b"
    room, group = Facts({"id": "r"}), Facts({"id": "g"})
    send = contract().operation("message.send")
    by_recipient = replace(send, fields={"recipient": "/to"})
    by_either = replace(send, fields={"recipient": "/to", "conversation": "/in"})
    assert alice.address(by_recipient, room) == {"recipient": "b"}
    assert alice.address(by_either, room) == {"conversation": "r"}
    assert alice.address(by_either, group) == {"conversation": "g"}
    with pytest.raises(NotApplicable):
        alice.address(by_recipient, group)
    await surroundings.subject.close()


async def test_verbs_give_canonical_values(reference: str, shipped: Contract) -> None:
    """What alice does comes back, and reaches bob, under the names of the vocabulary."""
    stage = Stage(setting(reference, shipped, 1.0))
    given = await stage.fixtures(["alice", "bob", "room"])
    alice, bob, room = given["alice"], given["bob"], given["room"]
    sent = await alice.send(room, "hello", client_id="c1", metadata={"a": 1})
    event = await bob.expect("message.created", {"message.client_id": "c1"})
    assert event.facts.facts("message") == sent
    assert (await alice.edit(sent, "bye")).content == "bye"
    assert await bob.unread(room) == 1
    assert (await bob.mark_read(room, sent)).number("unread") == 0
    assert [each.content for each in (await bob.history(room)).many("messages")] == ["bye"]
    assert [each.content for each in (await bob.sync(room)).many("messages")] == ["bye"]
    assert await alice.online(room) == {alice.user, bob.user}
    assert (await alice.rename(room, "name")).text("name") == "name"
    assert (await alice.look_up(bob)).id == bob.user
    await alice.type(room)
    await alice.stop_typing(room)
    await alice.mute(room)
    await alice.enter(room)
    await alice.delete(sent)
    await bob.leave(room)
    assert len((await alice.get(room)).many("participants")) == 1
    assert (await alice.direct(bob)).id == (await bob.direct(alice)).id
    await stage.close()
    await stage.setting.subject.close()
    assert stage.setting.oracle.violations == []
