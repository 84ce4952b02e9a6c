"""Where scenarios play, on the reference server."""

import pytest
from samples import setting
from servers.palaver import serving

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import NotApplicable
from palaver_conformance.people.account import Account
from palaver_conformance.people.accounts import sign
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage


async def test_fixtures_are_what_their_names_say(reference: str, shipped: Contract) -> None:
    """Members are connected and in the room, which alice owns; strangers and newcomers are in none."""
    stage = Stage(setting(reference, shipped, 1.0))
    names = ["alice", "bob", "stranger", "newcomer", "registered", "room", "stage"]
    given = await stage.fixtures(names)
    assert set(given) == set(names)
    assert given["stage"] is stage
    members = {member.text("user"): member.text("role") for member in given["room"].many("participants")}
    assert members == {given["alice"].user: "owner", given["bob"].user: "member"}
    connections = {name: len(given[name].devices) for name in ("alice", "bob", "stranger", "newcomer", "registered")}
    assert connections == {"alice": 1, "bob": 1, "stranger": 1, "newcomer": 0, "registered": 0}
    assert given["registered"].account.password
    await stage.close()
    assert not given["alice"].device.open_still
    await stage.setting.subject.close()


async def test_nobody_is_alone_in_a_conversation_of_two() -> None:
    """Where the first message makes the conversation, the room is one with somebody else, and nothing is in it yet."""
    secret = "the secret of these tests, which is long enough"
    contract = sources.load("social")
    async with serving("--dialect", "social", env={"PALAVER_JWT_SECRET": secret}) as server:
        surroundings = setting(server.url, contract, 1.0)
        surroundings.subject.secret = secret
        stage = Stage(surroundings)
        given = await stage.fixtures(["alice", "room"])
        alice, room = given["alice"], given["room"]
        sent = await alice.send(room, "hello")
        assert sent.text("conversation") == room.id
        assert (await alice.history(room)).many("messages") == [sent]
        await stage.close()
        await surroundings.subject.close()


async def test_tokens_are_the_users_own() -> None:
    """A token for a user names that user, and has what is asked of it; where no secret is known there is none."""
    stage = Stage(setting("http://127.0.0.1:1"))
    alice = Actor("alice", stage.setting, Account("alice", "alice-1", ""))
    with pytest.raises(NotApplicable):
        stage.token(alice)
    stage.setting.subject.secret = "secret"
    assert stage.token(alice, iat=1, exp=2) == sign({"sub": "alice-1", "iat": 1, "exp": 2}, "secret")
    assert stage.token(alice, algorithm="none").endswith(".")
    await stage.setting.subject.close()


async def test_fence_comes_after_what_was_sent_before(reference: str, shipped: Contract) -> None:
    """Behind the fence every earlier message has arrived, on every connection, also of those in another room."""
    stage = Stage(setting(reference, shipped, 1.0))
    given = await stage.fixtures(["alice", "bob", "stranger", "room"])
    alice, bob, stranger, room = (given[name] for name in ("alice", "bob", "stranger", "room"))
    phone = await bob.connect()
    asked = await alice.hurry("message.send", [{"conversation": room.id, "content": str(n)} for n in range(10)])
    await stage.fence(alice, bob, room=room)
    for device in (bob.device, phone):
        assert len(device.received("message.created", {"message.conversation": room.id})) == 11
    await stage.fence(alice, stranger)
    assert len(stranger.device.received("message.created")) == 1
    assert all(each.done() for each in asked)
    await stage.close()
    await stage.setting.subject.close()
