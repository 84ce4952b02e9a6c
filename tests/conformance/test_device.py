"""One connection, in the words of the vocabulary."""

import json

import pytest
from peers import greet, peer
from samples import setting
from websockets.asyncio.server import ServerConnection

from palaver_conformance.client import Account, Client
from palaver_conformance.drivers.socketio import decode
from palaver_conformance.errors import Failure


async def test_events_and_acknowledgements_are_judged() -> None:
    """What arrives is in the inbox by meaning, broken frames are violations, results are canonical."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.send('42["hello",{"who":"alice"}]')
        request = decode(str(await socket.recv())[1:])
        await socket.send('42["heard",{"id":"1"}]')
        await socket.send(f"43{request.id}" + json.dumps([{"note": {"id": "1", "text": "hi"}}]))
        await socket.send("41")
        await socket.wait_closed()

    async with peer(script) as url:
        surroundings = setting(url)
        alice = Client("alice", surroundings, Account("alice", "alice", "t"))
        device = await alice.connect()
        result = await alice.perform("message.send", {"content": "hi"})
        assert result.facts("message").content == "hi"
        await device.closed()
        assert not device.open_still
        await alice.disconnect()
        await surroundings.subject.close()
    assert device.received("session.ready", {"user": "alice"})
    assert len(device.received("message.created")) == 1
    assert any("heard" in violation for violation in surroundings.oracle.violations)
    assert device.log()[-1] == "connection closed: disconnected by the server"


async def test_missing_acknowledgement_lists_what_came() -> None:
    """A request that is never acknowledged fails in time, with what arrived instead."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.send('42["hello",{"who":"alice"}]')
        await socket.recv()
        await socket.send('42["heard",{"id":"1","text":"x"}]')
        await socket.wait_closed()

    async with peer(script) as url:
        surroundings = setting(url)
        alice = Client("alice", surroundings, Account("alice", "alice", "t"))
        await alice.connect()
        with pytest.raises(Failure, match="acknowledgement of say") as caught:
            await alice.perform("message.send", {"content": "hi"})
        await alice.disconnect()
        await surroundings.subject.close()
    assert any("heard" in line for line in caught.value.arrived)
