"""Staying connected, over connections that the tests hold in their hands."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from client.peers import HeldConnection, Peer

from palaver_client.backoff import Backoff
from palaver_client.requests import Answer, Requests
from palaver_client.session import Options, Session
from palaver_client.streams import Streams
from palaver_wire.client import Interrupted, NoAnswer, NotConnected, Resumed
from palaver_wire.gateway import client as gateway
from palaver_wire.gateway import models

TIME = "2026-11-20T09:30:00.000Z"
READY = {"userId": "alice", "socketId": "s", "rooms": 1, "timestamp": TIME}
C = "6565f1a2b3c4d5e6f7a8b901"
UNAUTHORIZED = {"code": "UNAUTHORIZED", "message": "who?", "timestamp": TIME}
OPTIONS = Options(timeout=5.0, connect_timeout=5.0, backoff=Backoff(first=0.001, limit=0.001))


def message(sequence: int) -> dict[str, Any]:
    """Return a message of the conversation c."""
    return {
        "id": f"{sequence:024x}",
        "conversationId": C,
        "senderId": "bob",
        "content": f"m{sequence}",
        "attachments": [],
        "metadata": {},
        "sequence": sequence,
        "revision": sequence,
        "isEdited": False,
        "isDeleted": False,
        "createdAt": TIME,
        "updatedAt": TIME,
    }


class Scene:
    """A session, the store behind it, and all that it told."""

    def __init__(self, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.peer = peer
        self.stored: list[dict[str, Any]] = [message(1)]
        self.tokens = iter(["first", "second", "third"])
        self.streams = Streams(100)
        self.requests = Requests("http://server.test", gateway.DIALECT, self._token, 5.0)
        monkeypatch.setattr(self.requests, "send", self._send)
        peer.answer = self._answer
        self.session = Session("http://server.test", gateway.DIALECT, self.requests, self.streams, OPTIONS)
        self.heard = self.streams.stream(None)

    async def _token(self) -> str:
        return next(self.tokens)

    async def _send(self, operation: str, parts: Any, timeout: float | None = None) -> Answer:
        assert operation == "listConversations"
        return Answer(200, {"conversations": [{"id": C, "revision": len(self.stored), "lastMessage": self.stored[-1]}]})

    def _answer(self, event: str, value: Any) -> Any:
        if event == "ping":
            return {"event": "pong", "timestamp": 1}
        assert event == "messages:sync", event
        found = [each for each in self.stored if each["revision"] > value["revision"]]
        return {"success": True, "messages": found, "changed": [], "hasMore": False, "revision": len(self.stored)}

    async def open(self) -> HeldConnection:
        """Open the session on its first connection."""
        opening = asyncio.ensure_future(self.session.open())
        connection = await self.peer.connection_number(1)
        connection.say("connected", READY)
        await opening
        return connection

    async def told(self, count: int) -> list[Any]:
        """Return the next events."""
        async with asyncio.timeout(30):
            return [await anext(self.heard) for _ in range(count)]


@pytest.fixture
async def scene(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """A session that is not open yet."""
    scene = Scene(peer, monkeypatch)
    yield scene
    await scene.session.close()
    await scene.requests.close()


def names(events: list[Any]) -> list[str]:
    """Return the contents of messages, and the names of what else was told."""
    return [
        each.payload.content if isinstance(each, gateway.MessageNewEvent) else type(each).__name__ for each in events
    ]


async def test_missed_is_told_before_what_is_live(scene: Scene) -> None:
    """Once, in order, also what comes twice: from the store, and on the new connection while that is being asked."""
    connection = await scene.open()
    connection.say("message:new", message(2))
    scene.stored += [message(2), message(3), message(4)]
    connection.listener.ended("cut")
    connection.say("message:new", message(3))
    again = await scene.peer.connection_number(2)
    again.say("connected", READY)
    again.say("message:new", message(4))
    again.say("message:new", message(5))
    assert names(await scene.told(8)) == [
        "ConnectedEvent",
        "m2",
        "Interrupted",
        "m3",
        "m4",
        "Resumed",
        "ConnectedEvent",
        "m5",
    ]
    assert again.sent == [("messages:sync", {"conversationId": C, "lastMessageId": f"{2:024x}", "revision": 2})]
    assert connection.closed


async def test_what_came_while_connecting_for_the_first_time_is_told(scene: Scene) -> None:
    """Between the moment from which on a client hears and the one at which it is heard, nothing is lost."""
    opening = asyncio.ensure_future(scene.session.open())
    connection = await scene.peer.connection_number(1)
    scene.stored.append(message(2))
    connection.say("connected", READY)
    await opening
    assert names(await scene.told(2)) == ["m2", "ConnectedEvent"]


async def test_connection_that_breaks_while_catching_up_loses_nothing(scene: Scene) -> None:
    """Messages that it had held back are asked for on the next one, all else that it brought is told."""
    connection = await scene.open()
    scene.stored += [message(2)]
    connection.listener.ended("cut")
    again = await scene.peer.connection_number(2)
    scene.peer.answer = None
    again.say("connected", READY)
    again.say("message:new", message(3))
    again.say("user:online", {"userId": "bob", "conversationId": C, "timestamp": TIME})
    scene.stored += [message(3)]
    await again.asked_for("messages:sync")
    scene.peer.answer = scene._answer
    again.listener.ended("cut again")
    third = await scene.peer.connection_number(3)
    third.say("connected", READY)
    told = names(await scene.told(8))
    assert told == [
        "ConnectedEvent",
        "Interrupted",
        "ConnectedEvent",
        "UserOnlineEvent",
        "m2",
        "m3",
        "Resumed",
        "ConnectedEvent",
    ]


async def test_attempts_go_on_until_one_succeeds(scene: Scene) -> None:
    """Whatever goes wrong in between."""
    connection = await scene.open()
    scene.peer.opening = [NotConnected("no"), NotConnected("still no")]
    connection.listener.ended("cut")
    (await scene.peer.connection_number(4)).say("connected", READY)
    told = await scene.told(4)
    assert told[1:3] == [Interrupted("cut"), Resumed(complete=True)]


async def test_token_is_replaced_when_it_is_taken_no_longer(scene: Scene) -> None:
    """The refused connection is not the end."""
    connection = await scene.open()
    connection.listener.ended("expired")
    refused = await scene.peer.connection_number(2)
    refused.say("error", UNAUTHORIZED)
    refused.listener.ended("io server disconnect")
    (await scene.peer.connection_number(3)).say("connected", READY)
    assert names(await scene.told(5)) == [
        "ConnectedEvent",
        "Interrupted",
        "ErrorEvent",
        "Resumed",
        "ConnectedEvent",
    ]
    assert [each.token for each in scene.peer.connections] == ["first", "first", "second"]


async def test_first_connection_fails_at_once(scene: Scene) -> None:
    """Nobody has to wait for what will not come."""
    scene.peer.opening = [NotConnected("no")]
    with pytest.raises(NotConnected, match="no"):
        await scene.session.open()
    assert len(scene.peer.connections) == 1
    with pytest.raises(NotConnected, match="call connect"):
        await scene.session.ask("ping", models.Ping(), None)


async def test_refusal_for_good_ends_it(scene: Scene) -> None:
    """Streams and all who ask learn the reason."""
    connection = await scene.open()
    connection.listener.ended("gone")
    refused = await scene.peer.connection_number(2)
    refused.say("error", {**UNAUTHORIZED, "code": "FORBIDDEN"})
    refused.listener.ended("io server disconnect")
    assert names(await scene.told(3)) == ["ConnectedEvent", "Interrupted", "ErrorEvent"]
    with pytest.raises(gateway.Refused, match="FORBIDDEN"):
        await scene.told(1)
    with pytest.raises(gateway.Refused, match="FORBIDDEN"):
        await scene.session.ask("ping", models.Ping(), None)


async def test_asking_waits_for_a_connection(scene: Scene) -> None:
    """While there is none, but no longer than its time."""
    connection = await scene.open()
    connection.listener.ended("cut")
    with pytest.raises(NoAnswer, match=r"ping: no answer in 0\.05 s"):
        await scene.session.ask("ping", models.Ping(), 0.05)
    asking = asyncio.ensure_future(scene.session.ask("ping", models.Ping(), None))
    (await scene.peer.connection_number(2)).say("connected", READY)
    assert isinstance(await asking, models.Pong)


async def test_event_that_is_not_as_documented_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """And what comes after it is heard."""
    connection = await scene.open()
    connection.say("user:online", {"userId": 5})
    connection.say("message:new", message(2))
    assert names(await scene.told(2)) == ["ConnectedEvent", "m2"]
    assert "user:online is not as the documents have it" in caplog.text
