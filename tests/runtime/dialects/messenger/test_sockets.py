"""The messenger's connections, from the handshake on."""

import json
from collections.abc import Awaitable, Callable

import pytest
from doubles import acknowledged
from doubles.gateway import Client, handshake

from palaver_runtime.core import Core
from palaver_runtime.dialects.messenger.sockets import MessengerSockets
from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.values import Caller, ConversationType
from palaver_runtime.transports.sockets import NO_ACK

NOWHERE = "0" * 24
Connect = Callable[[str, str], Awaitable[Client]]


async def _shared(core: Core, owner: Caller, *others: str) -> str:
    group = CreateConversation(type=ConversationType.GROUP, user_ids=others)
    conversation, _ = await core.conversations.create(owner, group)
    return conversation.id


async def _ask(sockets: MessengerSockets, client: Client, event: str, payload: object) -> object:
    return acknowledged.read(await sockets.receive(client.connection, event, [json.dumps(payload)], acknowledge=True))


async def test_nobody_is_greeted(connect: Connect) -> None:
    """A connection that is ready hears nothing of it."""
    client = await connect("alice", "c1")
    assert (client.events, client.reason) == ([], None)


@pytest.mark.parametrize("auth", [{}, {"token": "made.up.token"}])
async def test_refused_connection_is_told_why(sockets: MessengerSockets, auth: dict[str, str]) -> None:
    """Without a good token there is an `error` event, and no connection."""
    client = Client("c1", "messenger")
    assert not await sockets.connect(client.connection, handshake(auth))
    assert client.names == ["error"]
    assert client.last["code"] == "UNAUTHORIZED"
    assert "originalEvent" not in client.last


async def test_refusal_is_told_once(sockets: MessengerSockets, connect: Connect) -> None:
    """An acknowledgement that was asked for says no, else an `error` event does."""
    client = await connect("alice", "c1")
    payload = {"conversationId": NOWHERE, "content": "hello"}
    ack = await _ask(sockets, client, "message:send", payload)
    assert isinstance(ack, dict)
    assert ack["code"] == "FORBIDDEN"
    assert client.events == []
    assert await sockets.receive(client.connection, "message:send", [json.dumps(payload)], acknowledge=False) is NO_ACK
    assert client.names == ["error"]
    assert (client.last["code"], client.last["originalEvent"]) == ("FORBIDDEN", "message:send")
    assert client.last["error"] == ack["error"]


async def test_message_reaches_everybody_and_is_confirmed_to_one(
    core: Core, sockets: MessengerSockets, connect: Connect, alice: Caller, bob: Caller
) -> None:
    """Every connection hears the message, the sending one the confirmation too."""
    here = await _shared(core, alice, bob.user_id)
    desk, phone, his = await connect("alice", "c1"), await connect("alice", "c2"), await connect("bob", "c3")
    for each in (desk, phone, his):
        each.events.clear()
    ack = await _ask(sockets, desk, "message:send", {"conversationId": here, "content": "hello"})
    assert isinstance(ack, dict)
    assert sorted(desk.names) == ["message:new", "message:sent"]
    assert phone.names == his.names == ["message:new"]
    assert his.last["id"] == ack["messageId"]


async def test_who_is_added_hears_without_joining(
    core: Core, sockets: MessengerSockets, connect: Connect, alice: Caller, bob: Caller
) -> None:
    """Nothing is said of a new member, whose connections hear what comes then; who joins hears it once."""
    his = await connect("bob", "c1")
    hers = await connect("alice", "c2")
    here = await _shared(core, alice)
    await core.conversations.add(alice, here, bob.user_id)
    assert his.events == hers.events == []
    assert await _ask(sockets, his, "conversation:join", {"conversationId": here}) == {"success": True}
    await _ask(sockets, hers, "message:send", {"conversationId": here, "content": "welcome"})
    assert his.names == ["message:new"]


async def test_status_is_told_once(
    core: Core, sockets: MessengerSockets, connect: Connect, alice: Caller, bob: Caller
) -> None:
    """However many conversations two people share, each hears once that the other comes and goes."""
    for _ in range(3):
        await _shared(core, alice, bob.user_id)
    hers, elsewhere = await connect("alice", "c1"), await connect("alice", "c2")
    his = await connect("bob", "c3")
    for each in (hers, elsewhere):
        assert each.events == [("status:online", {"userId": "bob"})]
    sockets.disconnect(his.connection, "test")
    assert await hers.hears("status:online") == await hers.hears("status:offline") == {"userId": "bob"}
    assert hers.events == []
    his = await connect("bob", "c4")
    assert hers.events == [("status:online", {"userId": "bob"})]
    assert his.events == []


async def test_ended_connection_is_forgotten(
    core: Core, sockets: MessengerSockets, connect: Connect, alice: Caller, bob: Caller
) -> None:
    """What one connection was told is not held against a later one of the same id."""
    await _shared(core, alice, bob.user_id)
    watching, hers = await connect("alice", "c1"), await connect("alice", "c2")
    his = await connect("bob", "c3")
    assert hers.names == ["status:online"]
    sockets.disconnect(hers.connection, "test")
    sockets.disconnect(his.connection, "test")
    await watching.hears("status:offline")
    again = await connect("alice", "c2")
    await connect("bob", "c4")
    assert again.names == ["status:online"]
