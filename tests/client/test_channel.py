"""One connection: answers, what is held back, and its end."""

import asyncio
from typing import Any

import pytest
from client.peers import HeldConnection, Peer

from palaver_client.channel import Channel
from palaver_wire.aether import client as aether
from palaver_wire.client import ConnectionLost, Dialect, NotConnected, UnexpectedAnswer
from palaver_wire.gateway import client as gateway
from palaver_wire.gateway import models

READY = {"userId": "alice", "socketId": "s", "rooms": 0, "timestamp": "2026-11-20T09:30:00.000Z"}
PING = gateway.DIALECT.sent["ping"]
PONG = {"event": "pong", "timestamp": 1}


class Scene:
    """A channel, and all that it told."""

    def __init__(self, peer: Peer, dialect: Dialect) -> None:
        self.heard: list[str] = []
        self.settled: list[tuple[str, Any]] = []
        self.channel = Channel(
            "http://server.test",
            dialect,
            lambda name, _: self.heard.append(name),
            lambda name, _, __, answer: self.settled.append((name, answer)),
        )
        self.connection: HeldConnection = peer.connections[-1]

    async def open(self, **ready: Any) -> None:
        """Open it, and say that it is ready."""
        opening = asyncio.ensure_future(self.channel.open("token"))
        await asyncio.sleep(0)
        assert not opening.done()
        self.connection.say("connected", ready)
        await opening


async def test_is_open_when_the_server_is_ready(peer: Peer) -> None:
    """What comes before it is released is held back, and given in order then; later events come at once."""
    scene = Scene(peer, gateway.DIALECT)
    await scene.open(**READY)
    scene.connection.say("user:online", {})
    scene.connection.say("of nobody", {})
    assert (scene.heard, scene.connection.token) == ([], "token")
    scene.channel.release()
    scene.connection.say("user:offline", {})
    assert scene.heard == ["connected", "user:online", "user:offline"]


async def test_acknowledgement_is_the_answer(peer: Peer) -> None:
    """As it stands on the wire and as a model; one that is not as documented is unexpected."""
    scene = Scene(peer, gateway.DIALECT)
    await scene.open(**READY)
    peer.answer = lambda event, value: PONG
    raw, model = await scene.channel.ask("ping", PING, {})
    assert (raw, model) == (PONG, models.Pong(event="pong", timestamp=1))
    assert scene.connection.sent == [("ping", {})]
    peer.answer = lambda event, value: {"event": "bang"}
    with pytest.raises(UnexpectedAnswer):
        await scene.channel.ask("ping", PING, {})


async def test_answer_is_an_event(peer: Peer) -> None:
    """It is settled at once, and heard as well; a refusal is raised; where nothing answers nothing is waited for."""
    scene = Scene(peer, aether.DIALECT)
    await scene.open(user={"id": "alice", "username": "Alice"}, message="hi", timestamp="2026-11-20T09:30:00.000Z")
    sent = aether.DIALECT.sent["join_room"]
    asking = asyncio.ensure_future(scene.channel.ask("join_room", sent, {"roomId": "r"}))
    await asyncio.sleep(0)
    told = {"roomId": "r", "message": "in"}
    scene.connection.say("joined_room", told)
    assert scene.settled == [("join_room", told)]
    asking.cancel()
    asking = asyncio.ensure_future(scene.channel.ask("join_room", sent, {"roomId": "r"}))
    await asyncio.sleep(0)
    error = {"code": "FORBIDDEN", "message": "no", "timestamp": "2026-11-20T09:30:00.000Z"}
    scene.connection.say("error", {**error, "originalEvent": "join_room"})
    with pytest.raises(aether.Refused, match="join_room was refused: FORBIDDEN: no"):
        await asking
    assert await scene.channel.ask("typing_start", aether.DIALECT.sent["typing_start"], {"roomId": "r"}) == (None, None)


async def test_end_is_told_to_all_who_wait(peer: Peer) -> None:
    """Those who ask later learn it at once, and nothing that comes late is heard."""
    scene = Scene(peer, gateway.DIALECT)
    await scene.open(**READY)
    scene.channel.release()
    asking = asyncio.ensure_future(scene.channel.ask("ping", PING, {}))
    await asyncio.sleep(0)
    scene.connection.listener.ended("gone")
    scene.connection.listener.ended("again")
    with pytest.raises(ConnectionLost, match="gone"):
        await asking
    with pytest.raises(ConnectionLost, match="gone"):
        await scene.channel.ask("ping", PING, {})
    scene.connection.say("user:online", {})
    assert (scene.channel.ended.result(), scene.heard) == ("gone", ["connected"])


async def test_refused_handshake_is_the_servers_own_reason(peer: Peer) -> None:
    """An error that names no event, and then the end; without one it is just an end."""
    scene = Scene(peer, gateway.DIALECT)
    opening = asyncio.ensure_future(scene.channel.open(None))
    await asyncio.sleep(0)
    scene.connection.say("error", {"code": "UNAUTHORIZED", "message": "who?", "timestamp": "2026-11-20T09:30:00.000Z"})
    scene.connection.listener.ended("io server disconnect")
    with pytest.raises(gateway.Refused, match="UNAUTHORIZED"):
        await opening
    scene = Scene(peer, gateway.DIALECT)
    opening = asyncio.ensure_future(scene.channel.open(None))
    await asyncio.sleep(0)
    scene.connection.listener.ended("transport error")
    with pytest.raises(NotConnected, match="transport error"):
        await opening


async def test_what_was_held_back_can_be_given_up(peer: Peer) -> None:
    """It is returned, and not given."""
    scene = Scene(peer, gateway.DIALECT)
    await scene.open(**READY)
    assert scene.channel.abandon() == [("connected", READY)]
    scene.channel.release()
    assert scene.heard == []
    await scene.channel.close()
    assert (scene.connection.closed, scene.channel.ended.result()) == (True, "closed")
