"""Requests that are begun where they are read, without a task."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from doubles import acknowledged
from doubles.gateway import Client, GatewaySockets

from palaver_runtime import spans
from palaver_runtime.core import Core
from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.errors import RateLimited
from palaver_runtime.domain.values import Caller, ConversationType
from palaver_runtime.transports.sockets import NOT_NOW, Pending

Connect = Callable[[GatewaySockets, str, str], Awaitable[Client]]


async def test_plain_handler_answers_at_once(
    sockets: GatewaySockets, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """With what it returns, or with why its payload is refused; those that wait are for `receive`."""
    client = await connect(sockets, "alice", "c1")
    before = sockets.meter.metrics.events.values().get(("", "ping", "ok"), 0)
    answer = acknowledged.read(sockets.receive_at_once(client.connection, "ping", ["{}"], acknowledge=True))
    assert isinstance(answer, dict)
    assert answer["event"] == "pong"
    assert sockets.meter.metrics.events.values()["", "ping", "ok"] == before + 1
    refused = acknowledged.read(sockets.receive_at_once(client.connection, "ping", ['{"x":1}'], acknowledge=True))
    assert isinstance(refused, dict)
    assert refused["error"]["code"] == "VALIDATION_ERROR"
    for event in ("message:edit", "nothing of the kind"):
        assert sockets.receive_at_once(client.connection, event, ["{}"], acknowledge=True) is NOT_NOW
    assert sockets.receive_at_once(Client("c2").connection, "ping", ["{}"], acknowledge=True) is NOT_NOW
    assert not caplog.records


async def test_message_is_begun_at_once(
    core: Core, sockets: GatewaySockets, connect: Connect, alice: Caller, bob: Caller
) -> None:
    """Its acknowledgement is pending until it is durable; a refusal takes its place, and who gives up has neither."""
    client = await connect(sockets, "alice", "c1")
    group = CreateConversation(type=ConversationType.GROUP, user_ids=(bob.user_id,))
    conversation, _ = await core.conversations.create(alice, group)

    async def send(content: str, conversation_id: str = conversation.id, *, cancel: bool = False) -> object:
        text = json.dumps({"conversationId": conversation_id, "content": content})
        pending = sockets.receive_at_once(client.connection, "message:send", [text], acknowledge=True)
        assert isinstance(pending, Pending)
        assert not pending.done
        if cancel:
            pending.cancel()
        return await acknowledged.settled(pending)

    sent = await send("hello")
    assert isinstance(sent, dict)
    assert sent["message"]["content"] == "hello"
    refused = await send("hello", "a" * 24)
    assert isinstance(refused, dict)
    assert refused["error"]["code"] == client.last["code"] == "FORBIDDEN"
    with pytest.raises(asyncio.CancelledError):
        await send("hello", cancel=True)


@pytest.mark.parametrize("at_once", [True, False])
async def test_messages_of_a_client_are_under_way_together(
    core: Core,
    sockets: GatewaySockets,
    connect: Connect,
    alice: Caller,
    monkeypatch: pytest.MonkeyPatch,
    at_once: bool,
) -> None:
    """Also where somebody has to be asked for each; one that is refused is so in its place."""
    client = await connect(sockets, "alice", "c1")
    group = CreateConversation(type=ConversationType.GROUP, user_ids=())
    conversation, _ = await core.conversations.create(alice, group)
    if not at_once:
        monkeypatch.setattr(core.limits, "at_once", lambda *_: False)
    assert sockets.keeps_order("message:send")
    assert not any(map(sockets.keeps_order, ("ping", "message:edit", "nothing of the kind")))
    pending = []
    for content in ("one", "", "two"):
        text = json.dumps({"conversationId": conversation.id, "content": content})
        request = client.connection, "message:send", [text]
        begun: object = sockets.receive_at_once(*request, acknowledge=True)
        assert (begun is NOT_NOW) is not at_once
        if not at_once:
            begun = await sockets.receive(*request, acknowledge=True)
        assert isinstance(begun, Pending)
        assert not begun.alone
        pending.append(begun)
    assert [each.done for each in pending] == [False, True, False]
    one, refused, two = [await acknowledged.settled(each) for each in pending]
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert isinstance(refused, dict)
    assert [one["message"]["sequence"], two["message"]["sequence"]] == [1, 2]
    assert refused["error"]["code"] == "VALIDATION_ERROR"


async def test_too_many_messages_are_refused_later_and_later(
    core: Core, sockets: GatewaySockets, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they are refused at once: who is refused over and over is told so after a while."""
    client = await connect(sockets, "alice", "c1")

    def refuse(user_id: str) -> bool:
        raise RateLimited("Too many messages", 1.0)

    monkeypatch.setattr(core.limits, "message_at_once", refuse)
    state = client.connection.state
    assert state is not None
    text = json.dumps({"conversationId": "a" * 24, "content": "x"})
    told = sockets.receive_at_once(client.connection, "message:send", [text], acknowledge=True)
    assert isinstance(told, Pending)
    assert (told.done, told.alone) == (True, False)
    ack = await acknowledged.settled(told)
    assert isinstance(ack, dict)
    assert ack["error"]["code"] == "RATE_LIMITED"
    while not state.patience.refused(0):
        pass
    pending = sockets.receive_at_once(client.connection, "message:send", [text], acknowledge=True)
    assert isinstance(pending, Pending)
    assert (pending.done, pending.alone) == (False, True)
    assert await acknowledged.settled(pending) == ack


async def test_nothing_is_answered_at_once_over_a_limit_or_while_traced(
    core: Core, sockets: GatewaySockets, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are for `receive`, which refuses, and makes spans."""
    client = await connect(sockets, "alice", "c1")
    with monkeypatch.context() as patched:
        patched.setattr(spans, "traced", lambda: True)
        assert sockets.receive_at_once(client.connection, "ping", ["{}"], acknowledge=True) is NOT_NOW
    with monkeypatch.context() as patched:
        patched.setattr(core.limits, "at_once", lambda *_: False)
        assert sockets.receive_at_once(client.connection, "ping", ["{}"], acknowledge=True) is NOT_NOW
    assert sockets.receive_at_once(client.connection, "ping", ["{}"], acknowledge=True) is not NOT_NOW


async def test_a_handler_that_fails_at_once_is_timed(
    core: Core, sockets: GatewaySockets, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes long and fails is not to be missing in the figures."""
    client = await connect(sockets, "alice", "c1")

    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(core.messages, "begin", fail)
    text = json.dumps({"conversationId": "a" * 24, "content": "x"})
    with pytest.raises(RuntimeError, match="a defect"):
        sockets.receive_at_once(client.connection, "message:send", [text], acknowledge=True)
    assert sum(sockets.meter.metrics.event_seconds.series()["", "message:send"].counts) == 1
