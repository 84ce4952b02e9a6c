"""Connections of the mock, without a network."""

import json
from typing import Any

from doubles.mocked import BUNDLES

from palaver_runtime.mock.answering import Answers, Wishes
from palaver_runtime.mock.contract import Meaning, read_contract
from palaver_runtime.mock.sockets import MockSockets
from palaver_runtime.mock.speaking import Facts
from palaver_runtime.transports.sockets import NO_ACK, Handshake


class Line:
    """A connection that keeps what is said."""

    def __init__(self) -> None:
        self.state: str | None = None
        self.closed = False
        self.said: list[tuple[str, Any]] = []

    def emit(self, event: str, payload: object) -> None:
        """Keep an event."""
        self.said.append((event, payload))

    def close(self, reason: str, error: str | None = None) -> None:
        """Keep that it was closed."""
        self.closed = True


def sockets(name: str) -> MockSockets:
    """Return the connections of a dialect's mock."""
    contract = read_contract(BUNDLES[name])
    assert contract.channel is not None
    return MockSockets(Answers(contract, Wishes()), contract.channel)


async def admitted(mock: MockSockets, token: str) -> Line:
    """Return a connection with a token, what it was greeted with forgotten."""
    line = Line()
    handshake = Handshake(auth={"token": token}, query={"token": token}, headers={}, namespace="/", address="")
    assert await mock.connect(line, handshake)
    line.said.clear()
    return line


async def test_who_left_hears_nothing() -> None:
    """What happens after a connection has ended is not sent to it."""
    mock = sockets("gateway")
    alice, bob = await admitted(mock, "alice"), await admitted(mock, "bob")
    mock.disconnect(bob, "gone")
    payload = {"conversationId": "6565f1a2b3c4d5e6f7a8b901", "content": "hello"}
    answer = await mock.receive(alice, "message:send", [json.dumps(payload)], acknowledge=True)
    assert isinstance(answer, dict)
    assert answer["message"]["senderId"] == "alice"
    assert [name for name, _ in alice.said] == ["message:new"]
    assert bob.said == []


async def test_a_refusal_is_told_once_where_the_documents_say_so() -> None:
    """By the acknowledgement alone where an error event is no answer, else by both, or by the event alone."""
    for name, event, acknowledged, events in (
        ("messenger", "message:send", True, []),
        ("messenger", "message:send", False, ["error"]),
        ("gateway", "message:send", True, ["error"]),
        ("aether", "send_message", True, ["error"]),
    ):
        mock = sockets(name)
        line = await admitted(mock, "alice")
        answer = await mock.receive(line, event, ["{}"], acknowledge=acknowledged)
        assert [each for each, _ in line.said] == events, name
        assert (answer is NO_ACK) == (name == "aether")


async def test_what_no_handler_sees() -> None:
    """Too large, binary, unreadable and failing events are refused each with its code."""
    mock = sockets("gateway")
    line = await admitted(mock, "alice")
    assert "PAYLOAD_TOO_LARGE" in str(mock.oversized(line, "message:send", 70_000, acknowledge=True))
    assert "VALIDATION_ERROR" in str(mock.binary(line, "message:send", acknowledge=True))
    assert "INTERNAL_ERROR" in str(mock.failed(line, "message:send", acknowledge=True))
    assert "VALIDATION_ERROR" in str(await mock.receive(line, "message:send", ["{"], acknowledge=True))
    assert mock.oversized(line, None, 70_000, acknowledge=False) is NO_ACK
    assert [name for name, _ in line.said] == ["error"] * 5


async def test_others_and_the_sender_hear_what_concerns_them() -> None:
    """Typing goes to the others alone, and that a message was accepted to its sender alone, also if it came by REST."""
    mock = sockets("gateway")
    alice, bob = await admitted(mock, "alice"), await admitted(mock, "bob")
    payload = json.dumps({"conversationId": "6565f1a2b3c4d5e6f7a8b901"})
    await mock.receive(alice, "typing:start", [payload], acknowledge=False)
    assert alice.said == []
    assert [(name, told["userId"]) for name, told in bob.said] == [("user:typing", "alice")]
    mock = sockets("messenger")
    alice, bob = await admitted(mock, "alice"), await admitted(mock, "bob")
    payload = json.dumps({"conversationId": "6565f1a2b3c4d5e6f7a8b901", "content": "hello"})
    await mock.receive(alice, "message:send", [payload], acknowledge=False)
    assert sorted(name for name, _ in alice.said) == ["message:new", "message:sent"]
    assert [name for name, _ in bob.said] == ["message:new"]
    accepted = Meaning(emits=("message.accepted",))
    mock.tell(accepted, Facts(user="bob"))
    assert [name for name, _ in bob.said] == ["message:new", "message:sent"]
    assert len(alice.said) == 2
