"""One connection, in the words of the vocabulary."""

import json

import pytest
from peers import greet, peer
from samples import setting, tagged_bundle
from websockets.asyncio.server import ServerConnection

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.drivers.socketio import decode
from palaver_conformance.errors import Failure
from palaver_conformance.people.account import Account
from palaver_conformance.people.client import Client


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


def _echo() -> dict:
    """Return documents in which a message that is sent comes back as an event, with the client's own id of it."""
    documents = tagged_bundle()
    asyncapi = documents["asyncapi"]
    messages, operations = asyncapi["components"]["messages"], asyncapi["operations"]
    text = {"type": "string"}
    for tag in ("say", "said"):
        asyncapi["channels"]["main"]["messages"][tag] = {"$ref": f"#/components/messages/{tag}"}
        fields = {"key": text, "text": text, "id": text}
        messages[tag] = {
            "name": tag,
            "payload": {"type": "object", "properties": {"type": {"const": tag}, "payload": {"properties": fields}}},
        }
    messages["said"]["payload"]["properties"]["payload"]["x-chat"] = {
        "entity": "message",
        "fields": {"id": "/id", "content": "/text", "client_id": "/key"},
    }
    said = {"$ref": "#/channels/main/messages/said"}
    operations["say"] = {
        "action": "receive",
        "messages": [{"$ref": "#/channels/main/messages/say"}],
        "reply": {"messages": [said]},
        "x-chat": {
            "means": "message.send",
            "fields": {"content": "/payload/text", "client_id": "/payload/key"},
            "result": {"message": "/payload"},
            "errors": [],
        },
    }
    operations["said"] = {
        "action": "send",
        "messages": [said],
        "x-chat": {"means": "message.created", "fields": {"message": "/payload"}},
    }
    return documents


@pytest.mark.parametrize(
    ("key", "said", "heard"),
    [
        ("k1", {"key": "k1"}, ["1", "2"]),
        (None, {"key": "k1"}, ["1", "1", "2", "2"]),
        (None, {}, ["1", "1", "2", "2"]),
    ],
)
async def test_message_that_answers_its_repetition_counts_once(
    key: str | None, said: dict[str, str], heard: list[str]
) -> None:
    """Where a message is the answer to sending it, it comes again when it is sent again; any other one may not."""

    async def script(socket: ServerConnection) -> None:
        for number in ("1", "1", "2", "2"):
            await socket.recv()
            await socket.send(json.dumps({"type": "said", "payload": {"id": number, "text": "hi", **said}}))
        await socket.wait_closed()

    async with peer(script) as url:
        surroundings = setting(url, read_bundle(_echo()))
        alice = Client("alice", surroundings, Account("alice", "alice", "t"))
        device = await alice.dial("t")
        for _ in range(4):
            await alice.perform("message.send", {"content": "hi", "client_id": key})
        await alice.disconnect()
        await surroundings.subject.close()
    assert [each.facts.facts("message").id for each in device.received("message.created")] == heard


async def test_slow_reader_hears_later() -> None:
    """What arrives while nothing is read is in the inbox when it is; what is sent in pieces is one event."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.send('42["hello",{"who":"alice"}]')
        asked = decode(str(await socket.recv())[1:].rstrip())
        await socket.send('42["heard",' + json.dumps({"id": "1", "text": asked.data[1]["text"]}) + "]")
        await socket.wait_closed()

    async with peer(script) as url:
        surroundings = setting(url)
        alice = Client("alice", surroundings, Account("alice", "alice", "t"))
        device = await alice.connect(slow=True)
        device.hold()
        await device.emit_in_pieces("say", {"text": "hi"}, 3)
        device.read_on()
        heard = await device.expect("message.created", {"message.content": "hi"})
        assert heard.facts.facts("message").id == "1"
        await alice.disconnect()
        await surroundings.subject.close()
