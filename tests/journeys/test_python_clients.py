"""The generated Python clients, dialect by dialect, against a running server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import pytest
from servers.all_dialects import token
from servers.palaver import Server

from palaver_client import (
    Backoff,
    ClientError,
    Interrupted,
    NotConnected,
    NotSignedIn,
    Options,
    Resumed,
    open_client,
)
from palaver_conformance.topology.proxy import CUT, PASS, Proxy
from palaver_wire.aether import client as aether
from palaver_wire.aether import models as aether_models
from palaver_wire.client import Client
from palaver_wire.envelope import client as envelope
from palaver_wire.envelope import models as envelope_models
from palaver_wire.gateway import client as gateway
from palaver_wire.gateway import models as gateway_models
from palaver_wire.messenger import client as messenger
from palaver_wire.messenger import models as messenger_models
from palaver_wire.social import client as social
from palaver_wire.social import models as social_models

OPTIONS = Options(timeout=30.0, connect_timeout=30.0, backoff=Backoff(first=0.02, limit=0.2))
ELSEWHERE = "6565f1a2b3c4d5e6f7a8b901"
"""The id of a conversation that does not exist."""

C = TypeVar("C", bound=Client[Any])
K = TypeVar("K")


@pytest.fixture
def server(all_dialects: Server) -> Server:
    """The server of all dialects."""
    return all_dialects


@pytest.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    """A way to that server that can be cut."""
    proxy = Proxy(int(server.url.rpartition(":")[2]))
    await proxy.open()
    yield proxy
    await proxy.close()


@asynccontextmanager
async def connected(kind: type[C], server: Server, *users: str) -> AsyncIterator[list[C]]:
    """Give the connected client of each of these users."""
    async with AsyncExitStack() as stack:
        url = f"{server.url}/{kind.DIALECT.name}"
        people = [open_client(kind, url, token=token(user), options=OPTIONS) for user in users]
        for each in people:
            await stack.enter_async_context(each)
            await each.connect()
        yield people


@asynccontextmanager
async def behind(proxy: Proxy, kind: type[C], user: str) -> AsyncIterator[C]:
    """Give a client whose way to the server can be cut."""
    url = f"http://127.0.0.1:{proxy.port}/{kind.DIALECT.name}"
    async with open_client(kind, url, token=token(user), options=OPTIONS) as client:
        yield client


async def until(stream: AsyncIterator[K], last: Callable[[K], bool]) -> list[K]:
    """Read a stream up to and with the event that is the last."""
    found = []
    async with asyncio.timeout(30):
        async for event in stream:
            found.append(event)
            if last(event):
                return found
    raise AssertionError(f"the stream ended after {found}")


async def away(proxy: Proxy, stream: AsyncIterator[Any]) -> None:
    """Cut the way, so that nobody comes through until it is opened, and wait until the client has seen it."""
    proxy.obey(CUT)
    await until(stream, lambda event: isinstance(event, Interrupted))


def contents(events: Iterable[object], kind: type[Any], body: Callable[[Any], str]) -> list[str]:
    """Return the texts of the events of one kind, in order."""
    return [body(event) for event in events if isinstance(event, kind)]


async def test_gateway(server: Server, proxy: Proxy) -> None:
    """Accounts, sending, editing, refusals; and what was missed, edits and deletions too, comes once and in order."""
    url = f"{server.url}/gateway"
    async with (
        open_client(gateway.Client, url, options=OPTIONS) as alice,
        behind(proxy, gateway.Client, "bob-of-gateway") as bob,
    ):
        session = await alice.register(gateway_models.Registration(username="alice_g", password="correct horse 1"))
        await bob.connect()
        await alice.connect()
        heard = bob.events()
        conversation = await alice.create_conversation(
            gateway_models.NewConversation(
                type=gateway_models.ConversationType.GROUP,
                name="Harbour",
                participant_ids=["bob-of-gateway"],
            )
        )

        async def say(text: str) -> gateway_models.Message:
            payload = gateway_models.SendMessage(conversation_id=conversation.id, content=text)
            return (await alice.message_send(payload)).message

        first = await say("one")
        (event,) = (
            each
            for each in await until(heard, lambda event: isinstance(event, gateway.MessageNewEvent))
            if isinstance(each, gateway.MessageNewEvent)
        )
        assert event.payload == first
        assert first.sender_id == session.user.id

        with pytest.raises(gateway.Refused) as refused:
            await bob.message_edit(gateway_models.EditMessage(message_id=first.id, content="mine"))
        assert (refused.value.code, refused.value.status, refused.value.retryable) == ("FORBIDDEN", 403, False)
        with pytest.raises(gateway.Refused) as refused:
            await bob.get_conversation(gateway_models.GetConversationParameters(conversation_id=ELSEWHERE))
        assert refused.value.operation == "GET /conversations/{conversationId}"

        await say("to be edited")
        doomed = await say("to be deleted")
        await until(heard, lambda event: isinstance(event, gateway.MessageNewEvent) and event.payload.sequence == 3)

        await away(proxy, heard)
        missed = [(await say(f"missed {number}")).content for number in range(105)]
        await alice.message_edit(gateway_models.EditMessage(message_id=first.id, content="one, edited"))
        await alice.message_delete(gateway_models.DeleteMessage(message_id=doomed.id))
        fresh = await alice.create_conversation(
            gateway_models.NewConversation(
                type=gateway_models.ConversationType.GROUP, name="New", participant_ids=["bob-of-gateway"]
            )
        )
        await alice.message_send(gateway_models.SendMessage(conversation_id=fresh.id, content="in a new one"))
        proxy.obey(PASS)

        told = await until(heard, lambda event: isinstance(event, Resumed))
        assert told[-1] == Resumed(complete=True)
        await say("live")
        told += await until(
            heard, lambda event: isinstance(event, gateway.MessageNewEvent) and event.payload.content == "live"
        )
        by_conversation: dict[str, list[str]] = {}
        for each in told:
            if isinstance(each, gateway.MessageNewEvent):
                by_conversation.setdefault(each.payload.conversation_id, []).append(each.payload.content)
        assert by_conversation == {conversation.id: [*missed, "live"], fresh.id: ["in a new one"]}
        assert contents(told, gateway.MessageUpdatedEvent, lambda event: event.payload.content) == ["one, edited"]
        assert contents(told, gateway.MessageDeletedEvent, lambda event: event.payload.message_id) == [doomed.id]


async def test_messenger(server: Server, proxy: Proxy) -> None:
    """Conversations by REST, messages by events; what was missed is read from the history that is newest first."""
    async with (
        connected(messenger.Client, server, "alice-of-messenger") as (alice,),
        behind(proxy, messenger.Client, "bob-of-messenger") as bob,
    ):
        await bob.connect()
        heard = bob.only(messenger.MessageNewEvent)
        everything = bob.events()
        conversation = await alice.create_conversation(
            messenger_models.CreateConversation(
                type=messenger_models.ConversationType.GROUP, name="Harbour", member_ids=["bob-of-messenger"]
            )
        )

        async def say(text: str) -> str:
            payload = messenger_models.SendMessage(conversation_id=conversation.id, content=text)
            await alice.message_send(payload)
            return text

        await say("one")
        await until(heard, lambda event: event.payload.content == "one")
        with pytest.raises(messenger.Refused) as refused:
            await bob.message_send(messenger_models.SendMessage(conversation_id=ELSEWHERE, content="x"))
        assert refused.value.code is messenger.ErrorCode.FORBIDDEN

        await away(proxy, everything)
        missed = [await say(f"missed {number}") for number in range(55)]
        proxy.obey(PASS)
        await until(everything, lambda event: isinstance(event, Resumed))
        await say("live")
        told = await until(heard, lambda event: event.payload.content == "live")
        assert [event.payload.content for event in told] == [*missed, "live"]


async def test_social(server: Server, proxy: Proxy) -> None:
    """The first message makes the conversation; the history after the last message has what was missed."""
    async with (
        connected(social.Client, server, "alice-of-social") as (alice,),
        behind(proxy, social.Client, "bob-of-social") as bob,
    ):
        await bob.connect()
        heard, everything = bob.only(social.NewMessageEvent), bob.events()

        async def say(text: str) -> social_models.Message:
            payload = social_models.NewMessage(recipient_id="bob-of-social", content=text)
            return (await alice.send_message(payload)).message

        await away(proxy, everything)
        # He knows of no conversation yet.
        await say("the very first")
        proxy.obey(PASS)
        await until(everything, lambda event: isinstance(event, Resumed))
        assert [event.payload.content for event in await until(heard, lambda _: True)] == ["the very first"]

        with pytest.raises(social.Refused) as refused:
            await bob.send_message(social_models.NewMessage(conversation_id=ELSEWHERE, content="x"))
        assert refused.value.code is social.ErrorCode.FORBIDDEN

        await away(proxy, everything)
        missed = [(await say(f"missed {number}")).content for number in range(3)]
        proxy.obey(PASS)
        await until(everything, lambda event: isinstance(event, Resumed))
        await say("live")
        told = await until(heard, lambda event: event.payload.content == "live")
        assert [event.payload.content for event in told] == [*missed, "live"]


async def test_envelope(server: Server, proxy: Proxy) -> None:
    """Frames: rooms are entered again on each connection, and the history backwards has what was missed."""
    async with (
        connected(envelope.Client, server, "alice-of-envelope") as (alice,),
        behind(proxy, envelope.Client, "bob-of-envelope") as bob,
    ):
        await bob.connect()
        heard, everything = bob.only(envelope.MessageEvent), bob.events()
        entered = await alice.join_room(envelope_models.JoinRoom(target_user_id="bob-of-envelope"))
        room = entered.room.id

        async def say(text: str) -> envelope_models.Message:
            return await alice.send_message(envelope_models.SendMessage(room_id=room, content=text))

        await say("before he came")
        (known,) = (await bob.join_room(envelope_models.JoinRoom(room_id=room))).messages
        assert known.content == "before he came"
        sent = await say("one")
        assert (await until(heard, lambda _: True))[0].payload == sent

        with pytest.raises(envelope.Refused) as refused:
            await bob.send_message(envelope_models.SendMessage(room_id=ELSEWHERE, content="x"))
        assert refused.value.code is envelope.ErrorCode.FORBIDDEN

        await away(proxy, everything)
        missed = [(await say(f"missed {number}")).content for number in range(105)]
        proxy.obey(PASS)
        await until(everything, lambda event: isinstance(event, Resumed))
        await say("live")
        told = await until(heard, lambda event: event.payload.content == "live")
        assert [event.payload.content for event in told] == [*missed, "live"]


async def test_aether(server: Server, proxy: Proxy) -> None:
    """Answers are events. Its sockets have no way to ask for what was missed, and the client says so."""
    async with (
        connected(aether.Client, server, "alice-of-aether") as (alice,),
        behind(proxy, aether.Client, "bob-of-aether") as bob,
    ):
        await bob.connect()
        heard, everything = bob.only(aether.NewMessageEvent), bob.events()
        for each in (alice, bob):
            assert (await each.join_room(aether_models.RoomRequest(room_id="harbour"))).room_id == "harbour"

        async def say(text: str) -> aether_models.Message:
            return await alice.send_message(aether_models.SendMessage(room_id="harbour", content=text))

        sent = await say("one")
        assert (await until(heard, lambda _: True))[0].payload == sent
        with pytest.raises(aether.Refused) as refused:
            await bob.send_message(aether_models.SendMessage(room_id=ELSEWHERE, content="x"))
        assert refused.value.code is aether.ErrorCode.FORBIDDEN

        await away(proxy, everything)
        await say("missed")
        proxy.obey(PASS)
        told = await until(everything, lambda event: isinstance(event, Resumed))
        assert told[-1] == Resumed(complete=False)
        await say("live")
        told_after = await until(heard, lambda event: event.payload.content == "live")
        assert [event.payload.content for event in told_after] == ["live"]


async def test_token_that_ends_is_replaced(server: Server, proxy: Proxy) -> None:
    """A connection whose token is taken no longer is replaced with a new one, and so is the token of a request."""
    asked = 0

    async def source() -> str:
        nonlocal asked
        asked += 1
        return token("carol-of-gateway", seconds=1.5 if asked == 1 else 3600)

    async with open_client(gateway.Client, f"{server.url}/gateway", token=source, options=OPTIONS) as carol:
        await carol.connect()
        everything = carol.events()
        await until(everything, lambda event: isinstance(event, Resumed))
        assert asked == 2
        assert (await carol.get_me()).id == "carol-of-gateway"


async def test_refresh_token_is_exchanged_once(server: Server) -> None:
    """When the access token is refused, many requests at once cause one exchange, and all of them succeed."""
    async with open_client(gateway.Client, f"{server.url}/gateway", options=OPTIONS) as dora:
        await dora.register(gateway_models.Registration(username="dora_g", password="correct horse 1"))
        credentials = dora._link._requests.credentials  # type: ignore[attr-defined]
        credentials._token = "stale"
        found = await asyncio.gather(*(dora.get_me() for _ in range(5)))
        assert len({each.id for each in found}) == 1
        await dora.logout()
        with pytest.raises(gateway.Refused):
            await dora.get_me()


async def test_bad_token_is_refused_at_once(server: Server) -> None:
    """The first connection fails with the server's own reason, in each dialect."""
    for kind in (gateway.Client, messenger.Client, social.Client, envelope.Client, aether.Client):
        url = f"{server.url}/{kind.DIALECT.name}"
        async with open_client(kind, url, token="not.a.token", options=OPTIONS) as nobody:
            with pytest.raises(ClientError, match="UNAUTHORIZED"):
                await nobody.connect()


async def test_what_ends_a_client_is_told(server: Server) -> None:
    """Streams end quietly on close, and what is asked for later is told that the client is closed."""
    (client,) = [open_client(gateway.Client, f"{server.url}/gateway", token=token("erin"), options=OPTIONS)]
    with pytest.raises(NotConnected, match="connect"):
        await client.ping(gateway_models.Ping())
    await client.connect()
    assert (await client.ping(gateway_models.Ping())).event == "pong"
    stream = client.only(gateway.MessageNewEvent)
    await client.close()
    assert [event async for event in stream] == []
    with pytest.raises(NotConnected, match="closed"):
        await client.ping(gateway_models.Ping())


async def test_revoked_session_without_another_token_ends_the_client(server: Server) -> None:
    """A token that ends, with no way to the next, ends the streams with the server's reason."""
    url = f"{server.url}/gateway"
    async with open_client(gateway.Client, url, token=token("frank", 1.5), options=OPTIONS) as frank:
        await frank.connect()
        stream = frank.events()
        with pytest.raises((gateway.Refused, NotSignedIn)):
            await until(stream, lambda _: False)


async def test_no_server_is_told(server: Server) -> None:
    """Where nobody listens the first connection fails, and says where."""
    proxy = Proxy(1)
    await proxy.open()
    url = f"http://127.0.0.1:{proxy.port}"
    await proxy.close()
    async with open_client(gateway.Client, url, token=token("gina"), options=OPTIONS) as gina:
        with pytest.raises(NotConnected):
            await gina.connect()
