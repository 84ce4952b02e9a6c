"""Connections that hear what they have entered. What all dialects share is tested with the base."""

from doubles.aether import Arrive, Ask, Visitor
from doubles.gateway import handshake, token

from palaver_runtime.core import Core
from palaver_runtime.dialects.aether.sockets import AetherSockets


async def test_connection_is_greeted_by_name(core: Core, sockets: AetherSockets) -> None:
    """Who is connected learns it, with the name of the account, before anything else."""
    ada = await core.accounts.register("ada", "a long password", None)
    client = Visitor("c1")
    assert await sockets.connect(client.connection, handshake({"token": ada.access_token}))
    greeting = {"message": "Successfully connected", "user": {"id": ada.user.id, "username": "ada"}}
    assert await client.next() == ("connected", greeting)


async def test_stranger_is_refused(sockets: AetherSockets) -> None:
    """Without a good token in `auth` there is an error event and nothing else."""
    for given in (handshake(), handshake({"token": "bad"}), handshake({}, {"token": token("alice")})):
        client = Visitor("c1")
        assert not await sockets.connect(client.connection, given)
        assert client.names == ["error"]
        assert client.last["code"] == "UNAUTHORIZED"


async def test_going_offline_and_coming_back_is_told(sockets: AetherSockets, arrive: Arrive) -> None:
    """When a user's last connection ends the others in the room hear user_left, and user_joined on the next one."""
    alice, bob, phone = await arrive("alice", "general"), await arrive("bob", "general"), await arrive("bob")
    told = {"userId": "bob", "username": "bob", "roomId": "general"}
    assert await alice.next() == ("user_joined", told)
    sockets.disconnect(phone.connection, "gone")
    sockets.disconnect(bob.connection, "gone")
    assert await alice.next() == ("user_left", told)
    await arrive("bob")
    assert await alice.next() == ("user_joined", told)


async def test_new_connection_has_entered_nothing(sockets: AetherSockets, arrive: Arrive, ask: Ask) -> None:
    """After a reconnect a room is heard when it has been entered again."""
    bob = await arrive("bob", "general")
    sockets.disconnect(bob.connection, "gone")
    alice, bob = await arrive("alice", "general"), await arrive("bob")
    await ask(alice, "send_message", roomId="general", content="missed")
    await alice.hears("new_message")
    await ask(bob, "join_room", roomId="general")
    assert (await bob.next())[0] == "joined_room"
    await ask(alice, "send_message", roomId="general", content="heard")
    name, payload = await bob.next()
    assert (name, payload["content"], payload["sequence"]) == ("new_message", "heard", 2)


async def test_nothing_is_kept_of_an_ended_connection(sockets: AetherSockets, arrive: Arrive) -> None:
    """What a connection called its rooms goes with it."""
    alice = await arrive("alice", "general")
    sockets.disconnect(alice.connection, "gone")
    assert not sockets._rooms._entries


async def test_refusal_is_not_acknowledged(arrive: Arrive, ask: Ask) -> None:
    """What the document does not have is refused by an event alone, as `ask` checks."""
    alice = await arrive("alice")
    await ask(alice, "join_room", roomId="")
    name, payload = await alice.next()
    assert name == "error"
    assert (payload["code"], payload["originalEvent"]) == ("VALIDATION_ERROR", "join_room")
    assert payload["details"] == {
        "fields": [{"field": "/roomId", "problem": "String should have at least 1 character"}]
    }
