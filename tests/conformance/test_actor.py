"""People, in domain words, against the reference server."""

from samples import setting

from palaver_conformance.contract.model import Contract
from palaver_conformance.stage import Stage


async def test_verbs_give_canonical_values(reference: str, shipped: Contract) -> None:
    """What alice does comes back, and reaches bob, under the names of the vocabulary."""
    stage = Stage(setting(reference, shipped))
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
