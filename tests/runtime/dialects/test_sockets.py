"""Connections from the handshake to the farewell, with the gateway's voice."""

import asyncio
import gc
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doubles import acknowledged
from doubles.clock import ManualClock
from doubles.gateway import Client, GatewaySockets, component, handshake, token

from palaver_runtime.adapters.sql.prepared import Text
from palaver_runtime.adapters.sql.sqlite_driver import _Connection
from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._sockets import MAX_ADMISSIONS, Sockets
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.gateway import gateway_sockets
from palaver_runtime.dialects.gateway.events import GatewayEvents
from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.errors import Conflict, Unauthorized
from palaver_runtime.domain.events import Announced, ParticipantAdded, ParticipantRemoved, TypingChanged
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import Caller, Conversation, ConversationType
from palaver_runtime.transports.socketio import broadcast
from palaver_runtime.transports.sockets import NO_ACK, Handshake
from palaver_wire.gateway import table

Refusal = dict[str, dict[str, object]]
Reading = Callable[[], Awaitable[Mapping[str, int]]]


async def _group(core: Core, owner: Caller, *others: Caller) -> Conversation:
    command = CreateConversation(type=ConversationType.GROUP, user_ids=tuple(each.user_id for each in others))
    conversation, _ = await core.conversations.create(owner, command)
    return conversation


async def _ask(sockets: GatewaySockets, client: Client, event: str, *arguments: object) -> Refusal:
    """Send an event and give its acknowledgement."""
    texts = [json.dumps(each) for each in arguments]
    ack = await acknowledged.settled(await sockets.receive(client.connection, event, texts, acknowledge=True))
    assert isinstance(ack, dict)
    return ack


# The handshake.


async def test_a_storm_of_connections_waits_its_turn(
    core: Core, sockets: GatewaySockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many come at once, few are set up at a time, and all are greeted in the end."""
    introduce = core.accounts.introduce
    running, most = 0, 0

    async def count(caller: Caller) -> tuple[Caller, Mapping[str, int]]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await introduce(caller)
        finally:
            running -= 1

    monkeypatch.setattr(core.accounts, "introduce", count)
    clients = [Client(f"c{number}") for number in range(3 * MAX_ADMISSIONS)]
    admitted = await asyncio.gather(
        *(
            sockets.connect(each.connection, handshake({"token": token(f"user{number}")}))
            for number, each in enumerate(clients)
        )
    )
    assert all(admitted)
    assert all(each.names == ["connected"] for each in clients)
    assert 1 < most <= MAX_ADMISSIONS


async def test_slow_issuer_holds_nobody_else_back(
    core: Core, sockets: GatewaySockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait until the issuer of their tokens is asked for its keys, others are set up meanwhile."""
    read = core.accounts._tokens.read
    answered = asyncio.Event()

    async def slow(given: str, now: datetime) -> Caller:
        if given == "foreign":
            await answered.wait()
            raise Unauthorized("The token is signed with a key that its issuer does not have")
        return await read(given, now)

    monkeypatch.setattr(core.accounts._tokens, "read", slow)
    strangers = [Client(f"s{number}") for number in range(3 * MAX_ADMISSIONS)]
    waiting = [
        asyncio.create_task(sockets.connect(each.connection, handshake({"token": "foreign"}))) for each in strangers
    ]
    known = Client("k")
    assert await asyncio.wait_for(sockets.connect(known.connection, handshake({"token": token("alice")})), 10)
    assert not any(each.done() for each in waiting)
    answered.set()
    assert not any(await asyncio.gather(*waiting))


@pytest.mark.parametrize(
    "place",
    [
        lambda good: handshake({"token": good}),
        lambda good: handshake(query={"token": good}),
        lambda good: handshake(headers={"authorization": f"Bearer {good}"}),
        lambda good: handshake(headers={"authorization": f"bearer  {good} "}),
        # Earlier places go first, and an empty one does not count.
        lambda good: handshake({"token": good}, {"token": "bad"}, {"authorization": "Bearer bad"}),
        lambda good: handshake({"token": ""}, {"token": good}, {"authorization": "Bearer bad"}),
        lambda good: handshake({"token": None}, {"token": ""}, {"authorization": f"Bearer {good}"}),
    ],
    ids=["auth", "query", "header", "header-blanks", "auth-first", "query-second", "header-last"],
)
async def test_token_is_found(sockets: GatewaySockets, place: Callable[[str], Handshake]) -> None:
    """The token is taken from auth, else from the query, else from the header; the client is greeted by name."""
    client = Client("c1")
    assert await sockets.connect(client.connection, place(token("alice")))
    assert client.names == ["connected"]
    assert {**client.last, "timestamp": ""} == {"userId": "alice", "socketId": "c1", "rooms": 0, "timestamp": ""}
    assert client.reason is None


@pytest.mark.parametrize(
    "place",
    [
        lambda _: handshake(),
        lambda _: handshake({"token": "bad"}),
        lambda good: handshake({"token": "bad"}, {"token": good}),
        lambda good: handshake({}, {"token": "bad"}, {"authorization": f"Bearer {good}"}),
        lambda good: handshake({"token": [good]}),
        lambda good: handshake({"token": {"token": good}}, {"token": good}),
        lambda good: handshake({"token": 5}, {"token": good}),
        lambda good: handshake(headers={"authorization": f"Basic {good}"}),
        lambda good: handshake(headers={"authorization": good}),
        lambda good: handshake({"Token": good}, {"auth": good}),
    ],
)
async def test_stranger_is_told_and_leaves_nothing(
    core: Core, sockets: GatewaySockets, alice: Caller, bob: Caller, place: Callable[[str], Handshake]
) -> None:
    """Without a good token in the first place that has one: UNAUTHORIZED, and no trace in hub or presence."""
    conversation = await _group(core, alice, bob)
    client = Client("c1")
    assert not await sockets.connect(client.connection, place(token("alice")))
    assert client.names == ["error"]
    assert client.last["code"] == "UNAUTHORIZED"
    assert "originalEvent" not in client.last
    await core.messages.send(bob, SendMessage(conversation_id=conversation.id, content="hello"))
    assert client.names == ["error"]
    assert await core.presence.online(bob, conversation.id) == ()


async def test_greeting_counts_the_conversations(
    core: Core, sockets: GatewaySockets, alice: Caller, bob: Caller
) -> None:
    """The greeting says of how many conversations events will come."""
    await _group(core, alice)
    await _group(core, bob, alice)
    client = Client("c1")
    await sockets.connect(client.connection, handshake({"token": token("alice")}))
    assert client.last["rooms"] == 2


@pytest.mark.parametrize(
    ("reason", "level"), [("transport close", "DEBUG"), ("client disconnect", "DEBUG"), ("ping timeout", "INFO")]
)
async def test_ends_of_connections_are_logged(
    sockets: GatewaySockets, alice: Caller, caplog: pytest.LogCaptureFixture, reason: str, level: str
) -> None:
    """Those that clients bring about are nothing to look into, and of them there may be thousands."""
    caplog.set_level(logging.DEBUG, "palaver_runtime.dialects._sockets")
    client = Client("c1")
    assert await sockets.connect(client.connection, handshake({"token": token("alice")}))
    sockets.disconnect(client.connection, reason)
    said = f"connection c1 of user {alice.user_id} ended: {reason}"
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [(level, said)]


async def test_failure_to_connect_is_told_and_undone(
    core: Core,
    sockets: GatewaySockets,
    alice: Caller,
    bob: Caller,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An exception half-way gives CONNECTION_ERROR without its text, stands in the log, and leaves no trace."""
    conversation = await _group(core, alice, bob)
    attach = core.hub.attach

    async def broken(member: Member, greet: Callable[[], None], read: Reading) -> None:
        await attach(member, lambda: None, read)
        raise RuntimeError("the secret of the database")

    monkeypatch.setattr(core.hub, "attach", broken)
    client = Client("c1")
    assert not await sockets.connect(client.connection, handshake({"token": token("alice")}))
    assert client.names == ["error"]
    assert client.last["code"] == "CONNECTION_ERROR"
    assert "secret" not in str(client.last)
    assert "the secret of the database" in caplog.text
    await core.messages.send(bob, SendMessage(conversation_id=conversation.id, content="hello"))
    assert client.names == ["error"]
    assert await core.presence.online(bob, conversation.id) == ()


async def test_refusal_that_no_connection_may_give_is_a_connection_error(
    core: Core, sockets: GatewaySockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal whose code the document does not name for connections becomes CONNECTION_ERROR."""

    async def conflict(given: str | None) -> Caller:
        raise Conflict("not for connections")

    monkeypatch.setattr(core.accounts, "identify", conflict)
    client = Client("c1")
    assert not await sockets.connect(client.connection, handshake({"token": token("alice")}))
    assert client.last["code"] == "CONNECTION_ERROR"


async def test_too_many_connections_are_refused(open_core: Callable[..., Core], connect: Callable[..., Client]) -> None:
    """One connection too many is refused with CONNECTION_ERROR; when another has ended there is room again."""
    async with open_core(max_connections=1) as core:
        sockets = gateway_sockets(core)
        first = await connect(sockets, "alice", "c1")
        second = Client("c2")
        assert not await sockets.connect(second.connection, handshake({"token": token("alice")}))
        assert second.names == ["error"]
        assert second.last["code"] == "CONNECTION_ERROR"
        assert "at most 1" in str(second.last["message"])
        sockets.disconnect(first.connection, "gone")
        await connect(sockets, "alice", "c3")
        await sockets.close()


# Requests.


async def test_request_is_handled_and_acknowledged(
    core: Core, sockets: GatewaySockets, alice: Caller, connect: Callable[..., Client]
) -> None:
    """A request gets its acknowledgement, which fits the document, and the event that it caused arrives."""
    conversation = await _group(core, alice)
    client = await connect(sockets, "alice", "c1")
    ack = await _ask(sockets, client, "message:send", {"conversationId": conversation.id, "content": "hello"})
    component("asyncapi", "MessageAck").validate(ack)
    assert client.events == [("message:new", ack["message"])]


async def test_event_without_argument_is_an_empty_object(
    sockets: GatewaySockets, connect: Callable[..., Client]
) -> None:
    """An event may come without an argument, and is then read as {}."""
    client = await connect(sockets, "alice", "c1")
    assert (await _ask(sockets, client, "ping"))["event"] == "pong"


@pytest.mark.parametrize(
    ("event", "arguments", "words"),
    [
        ("message:sing", [{}], "There is no event 'message:sing'"),
        ("x" * 300, [{}], "There is no event 'xxx"),
        ("ping", [{}, {}], "one object"),
        ("ping", [{"x": 1}], "/x: "),
        ("ping", [5], "payload: "),
    ],
    ids=["unknown", "unknown-long", "two-arguments", "unknown-field", "no-object"],
)
async def test_bad_request_is_refused(
    sockets: GatewaySockets, connect: Callable[..., Client], event: str, arguments: list[object], words: str
) -> None:
    """What the document does not have gets VALIDATION_ERROR, as an acknowledgement and as an error event."""
    client = await connect(sockets, "alice", "c1")
    ack = await _ask(sockets, client, event, *arguments)
    component("asyncapi", "Refused").validate(ack)
    assert ack["error"]["code"] == "VALIDATION_ERROR"
    assert words in str(ack["error"]["message"])
    assert client.names == ["error"]
    assert client.last == {**ack["error"], "timestamp": client.last["timestamp"], "originalEvent": event[:255]}


async def test_event_of_too_many_values_is_refused(
    core: Core, sockets: GatewaySockets, connect: Callable[..., Client]
) -> None:
    """However small they are, and before anybody looks what they are."""
    client = await connect(sockets, "alice", "c1")
    ack = await _ask(sockets, client, "message:send", {"conversationId": "c", "content": [[] for _ in range(5_000)]})
    assert ack["error"]["message"] == "payload: has more than 4,096 values"
    assert ack["error"]["code"] == "VALIDATION_ERROR"
    assert core.meter.metrics.refusals.values()["values",] == 1


async def test_refusal_without_acknowledgement_is_an_event_alone(
    sockets: GatewaySockets, connect: Callable[..., Client]
) -> None:
    """Who did not ask for an acknowledgement learns of a refusal by the error event."""
    client = await connect(sockets, "alice", "c1")
    assert await sockets.receive(client.connection, "nothing", ["{}"], acknowledge=False) is NO_ACK
    assert client.names == ["error"]


async def test_event_before_the_greeting_is_refused(sockets: GatewaySockets) -> None:
    """A connection without a session may ask for nothing."""
    client = Client("c1")
    ack = await _ask(sockets, client, "ping", {})
    assert ack["error"]["code"] == "UNAUTHORIZED"


async def test_undeclared_code_is_ours(
    core: Core,
    sockets: GatewaySockets,
    connect: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A refusal that the document does not name for the event is answered INTERNAL_ERROR, and logged by its code."""

    async def conflict(caller: Caller, command: SendMessage) -> None:
        raise Conflict("the private reason")

    monkeypatch.setattr(core.messages, "begin", conflict)
    client = await connect(sockets, "alice", "c1")
    ack = await _ask(sockets, client, "message:send", {"conversationId": "a" * 24, "content": "hello"})
    assert ack["error"]["code"] == client.last["code"] == "INTERNAL_ERROR"
    assert "private" not in str(ack)
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "message:send" in record.getMessage()
    assert "CONFLICT" in record.getMessage()


async def test_requests_of_all_kinds_are_counted(
    open_core: Callable[..., Core], connect: Callable[..., Client]
) -> None:
    """Also unknown and malformed events count for the rate; beyond it the answer says how long to wait."""
    async with open_core(limit_requests=Rate(2, 60)) as core:
        sockets = gateway_sockets(core)
        client = await connect(sockets, "alice", "c1")
        await _ask(sockets, client, "nothing", {})
        await _ask(sockets, client, "ping", 5)
        ack = await _ask(sockets, client, "ping", {})
        assert ack["error"]["code"] == "RATE_LIMITED"
        details = ack["error"]["details"]
        assert isinstance(details, dict)
        assert 0 < details["retryAfterMs"] <= 60_000
        await sockets.close()


async def test_a_message_that_is_not_valid_is_none(
    open_core: Callable[..., Core], connect: Callable[..., Client]
) -> None:
    """It counts as a request alone; one too many of those is told so before anything that is wrong with it."""
    async with open_core(limit_messages=Rate(1, 60), limit_requests=Rate(4, 60)) as core:
        sockets = gateway_sockets(core)
        client = await connect(sockets, "alice", "c1")
        conversation = await _group(core, Caller(user_id="alice"))
        message = {"conversationId": conversation.id, "content": "hello"}
        codes = []
        for payload in ({"content": ""}, message, message, {}, message, {}):
            ack = await _ask(sockets, client, "message:send", payload)
            codes.append((ack.get("error") or {}).get("code"))
        assert codes == ["VALIDATION_ERROR", None, "RATE_LIMITED", "VALIDATION_ERROR", "RATE_LIMITED", "RATE_LIMITED"]
        assert "at most 4 in" in str(ack["error"]["message"])
        await sockets.close()


@pytest.mark.parametrize("event", ["message:send", None])
async def test_what_the_transport_refuses_is_answered(
    sockets: GatewaySockets, connect: Callable[..., Client], event: str | None
) -> None:
    """Oversized and binary events and failures get their codes; what cannot be named is not."""
    client = await connect(sockets, "alice", "c1")
    answers = [
        (sockets.oversized(client.connection, event, 70_000, True), "PAYLOAD_TOO_LARGE"),
        (sockets.binary(client.connection, event or "", True), "VALIDATION_ERROR"),
        (sockets.failed(client.connection, event, True), "INTERNAL_ERROR"),
    ]
    for (answer, code), (name, payload) in zip(answers, client.events, strict=True):
        ack = acknowledged.read(answer)
        component("asyncapi", "Refused").validate(ack)
        assert isinstance(ack, dict)
        assert (name, payload["code"], ack["error"]["code"]) == ("error", code, code)
    assert client.last.get("originalEvent") == event
    assert sockets.oversized(client.connection, event, 70_000, False) is NO_ACK
    assert sockets.binary(client.connection, event or "", False) is NO_ACK
    assert sockets.failed(client.connection, event, False) is NO_ACK


# Delivery.


async def test_membership_is_told_to_each_in_its_own_way(
    core: Core, sockets: GatewaySockets, alice: Caller, bob: Caller, connect: Callable[..., Client]
) -> None:
    """Of coming and going, all connections of the one concerned hear other events than those of the others."""
    conversation = await _group(core, alice, bob)
    clients = {name: await connect(sockets, name[:-1], name) for name in ("alice1", "bob1", "bob2")}
    members = [each.connection.state.member for each in clients.values() if each.connection.state]
    at = core.clock.now()
    for client in clients.values():
        client.events.clear()
    sockets.deliver(
        ParticipantAdded(conversation_id=conversation.id, revision=2, conversation=conversation, user_id="bob", at=at),
        members,
    )
    sockets.deliver(ParticipantRemoved(conversation_id=conversation.id, revision=3, user_id="bob", at=at), members)
    assert clients["alice1"].names == ["participant:added", "participant:removed"]
    assert clients["bob1"].names == clients["bob2"].names == ["conversation:joined", "conversation:removed"]


async def test_other_events_are_told_to_all_alike(
    core: Core, sockets: GatewaySockets, alice: Caller, connect: Callable[..., Client]
) -> None:
    """An event that concerns nobody in particular is the same for all, also for whom it names."""
    conversation = await _group(core, alice)
    clients = [await connect(sockets, name, name) for name in ("alice", "bob")]
    members = [each.connection.state.member for each in clients if each.connection.state]
    for client in clients:
        client.events.clear()
    event = TypingChanged(conversation_id=conversation.id, user_id="bob", active=True, at=core.clock.now())
    sockets.deliver(event, members)
    assert [each.names for each in clients] == [["user:typing"]] * 2
    assert clients[0].events == clients[1].events


# The end.


async def test_leaving_ends_what_the_connection_did(
    core: Core, sockets: GatewaySockets, alice: Caller, bob: Caller, connect: Callable[..., Client]
) -> None:
    """When a connection ends, its typing ends, the others see the user go, and nothing more is sent to it."""
    conversation = await _group(core, alice, bob)
    watcher = await connect(sockets, "bob", "b")
    client = await connect(sockets, "alice", "a")
    await watcher.hears("user:online")
    await _ask(sockets, client, "typing:start", {"conversationId": conversation.id})
    assert (await watcher.hears("user:typing"))["isTyping"] is True
    client.events.clear()
    sockets.disconnect(client.connection, "gone")
    assert (await watcher.hears("user:typing"))["isTyping"] is False
    assert (await watcher.hears("user:offline"))["userId"] == "alice"
    await core.messages.send(bob, SendMessage(conversation_id=conversation.id, content="hello"))
    assert client.events == []
    assert await core.presence.online(bob, conversation.id) == ("bob",)


async def test_connection_ends_with_its_token(core: Core) -> None:
    """When the token expires, the client is told UNAUTHORIZED and closed."""
    clock = ManualClock()
    sockets = gateway_sockets(replace(core, clock=clock))
    good = token("alice")
    caller = await core.accounts.authenticate(good)
    assert caller.expires_at is not None
    clock.time = caller.expires_at - timedelta(milliseconds=1)
    client = Client("c1")
    assert await sockets.connect(client.connection, handshake({"token": good}))
    assert await client.closed() == "the token has expired"
    assert client.last["code"] == "UNAUTHORIZED"
    await sockets.close()


async def test_connections_of_an_ended_session_are_closed(core: Core, sockets: GatewaySockets) -> None:
    """Signing out closes the connections of that session, and no other of the user's."""
    signed_in = await core.accounts.register("alice", "correct horse battery", None)
    again = await core.accounts.login("alice", "correct horse battery")
    clients = []
    for name, access_token in (("c1", signed_in.access_token), ("c2", again.access_token)):
        clients.append(Client(name))
        assert await sockets.connect(clients[-1].connection, handshake({"token": access_token}))
    await core.accounts.logout(await core.accounts.authenticate(signed_in.access_token))
    assert await clients[0].closed() == "session ended"
    assert clients[0].last["code"] == "UNAUTHORIZED"
    assert clients[1].reason is None
    assert clients[1].names == ["connected"]


async def test_session_that_ends_while_connecting_is_closed(
    core: Core, sockets: GatewaySockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who signs out right after the store was asked about the session is not let in by what it said."""
    signed_in = await core.accounts.register("alice", "correct horse battery", None)
    introduce = core.accounts.introduce

    async def signing_out(caller: Caller) -> tuple[Caller, Mapping[str, int]]:
        found = await introduce(caller)
        await core.accounts.logout(caller)
        return found

    monkeypatch.setattr(core.accounts, "introduce", signing_out)
    client = Client("c1")
    await sockets.connect(client.connection, handshake({"token": signed_in.access_token}))
    assert await client.closed() == "session ended"


async def test_connection_is_set_up_with_one_statement(
    core: Core, sockets: GatewaySockets, alice: Caller, bob: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who it is, whether the session still holds and where the user is: the database is asked all that at once.

    Of all who go together it is asked how they are called and where they are, if anybody is left to hear of it.
    """
    await _group(core, alice, bob)
    other = Client("c2")
    assert await sockets.connect(other.connection, handshake({"token": token("bob")}))
    said: list[str] = []
    rows, do = Text.rows, _Connection.do

    def prepared(text: Text, found: Sequence[Sequence[Any]]) -> object:
        said.append(text.sql)
        return rows(text, found)

    def others(connection: _Connection, operation: str, *how: Any, **more: Any) -> object:
        said.append(operation)
        return do(connection, operation, *how, **more)

    monkeypatch.setattr(Text, "rows", prepared)
    monkeypatch.setattr(_Connection, "do", others)
    client = Client("c1")
    assert await sockets.connect(client.connection, handshake({"token": token("alice")}))
    assert client.last["rooms"] == 1
    assert len(said) == 1, said
    sockets.disconnect(client.connection, "gone")
    await core.presence.close()
    assert len(said) == 3, said
    sockets.disconnect(other.connection, "gone")
    await core.presence.close()
    assert len(said) == 3, said


async def test_who_goes_leaves_nothing_to_the_collector_of_garbage(sockets: GatewaySockets) -> None:
    """All that a connection was is gone with it: to look for it among thousands keeps everybody waiting."""
    client = Client("c1")
    assert await sockets.connect(client.connection, handshake({"token": token("without a trace")}))
    collects = gc.isenabled()
    gc.disable()
    try:
        assert _sessions_of("without a trace")
        sockets.disconnect(client.connection, "gone")
        del client
        assert not _sessions_of("without a trace")
    finally:
        if collects:
            gc.enable()


def _sessions_of(user_id: str) -> list[Session]:
    return [each for each in gc.get_objects() if isinstance(each, Session) and each.caller.user_id == user_id]


async def test_who_is_gone_is_not_kept_for_what_was_written_last(
    sockets: GatewaySockets, connect: Callable[..., Client]
) -> None:
    """Those to whom an event was written are known for the next one, until one of them goes."""
    alice, bob = await connect(sockets, "alice", "c1"), await connect(sockets, "bob", "c2")
    assert alice.connection.state is not None
    assert bob.connection.state is not None
    members = [alice.connection.state.member, bob.connection.state.member]
    typing = TypingChanged(conversation_id="0" * 24, user_id="carol", active=True, at=datetime.now(UTC))
    for _ in range(2):
        sockets.deliver(typing, members)
    assert [len(each.events) for each in (alice, bob)] == [2, 2]
    assert sockets._audience == (members, [alice.connection, bob.connection])
    sockets.disconnect(bob.connection, "gone")
    assert sockets._audience is None


async def test_dismissing_who_is_gone_changes_nothing(sockets: GatewaySockets, connect: Callable[..., Client]) -> None:
    """A connection that has ended meanwhile is not told anything."""
    client = await connect(sockets, "alice", "c1")
    assert client.connection.state is not None
    member = client.connection.state.member
    sockets.disconnect(client.connection, "gone")
    sockets.dismiss(member, "session ended")
    assert client.events == []
    assert client.reason is None


async def test_an_announcement_is_told_where_it_is_announced(core: Core) -> None:
    """In the dialect of its name it is an event as it was said; others, who have no word for it, hear nothing."""
    desk = Sockets(core, GatewayVoice(), table.bind_events(GatewayEvents(core)), broadcast, dialect="desk")
    other = gateway_sockets(core)
    payload = {"userId": "alice", "conversationId": "0" * 24, "timestamp": "2026-11-20T09:30:00.000Z"}
    for sockets, name, heard in ((desk, "a1", ["user:online"]), (other, "b1", [])):
        alice = Client(name)
        assert await sockets.connect(alice.connection, handshake({"token": token("alice")}))
        assert alice.connection.state is not None
        del alice.events[:]
        said = Announced(
            conversation_id="0" * 24,
            revision=2,
            dialect="desk",
            event="user:online",
            payload=payload,
            at=datetime.now(UTC),
        )
        sockets.deliver(said, [alice.connection.state.member])
        assert alice.names == heard
        sockets.disconnect(alice.connection, "done")
        await sockets.close()
