"""Calls over gRPC, against the toy's server."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from doubles.bell import BUNDLE, Bells, BellWords, calls

from palaver_conformance.contract.service import CallService, service
from palaver_conformance.drivers.grpc import GrpcClient, checked_addresses
from palaver_conformance.errors import Failure, NotApplicable, Unreachable, UsageError
from palaver_conformance.evidence.trace import Trace
from palaver_runtime.transports.grpc import GrpcServer

RING, HEALTH = "toy.bell.Bell/Ring", "toy.bell.Bell/ListBells"
REQUEST = {"roomId": "r1", "text": "hello", "times": 1, "mood": "calm"}


def _service() -> CallService:
    found = service(BUNDLE["grpc"])
    assert found is not None
    return found


class Tower:
    """The toy's server, a client of it, and what the client logs."""

    def __init__(self) -> None:
        self.bells = Bells()
        self.server = GrpcServer(
            calls.bind_calls(self.bells), BellWords(), calls.descriptors(), code_name=calls.METADATA.code
        )
        self.server.bind("127.0.0.1", 0)
        self.client = GrpcClient(f"127.0.0.1:{self.server.port}", _service(), 2.0)
        self.trace = Trace()
        self.wire = self.trace.wire("alice/grpc")


@pytest.fixture
async def tower() -> AsyncIterator[Tower]:
    """Give a server that answers, and its client."""
    tower = Tower()
    await tower.server.start()
    yield tower
    await tower.client.close()
    await tower.server.close(1)


async def test_call_and_answer(tower: Tower) -> None:
    """A request goes out with its metadata, the answer comes back as JSON; both are in the log, the token is not."""
    answer = await tower.client.call(tower.wire, RING, REQUEST, tower.client.metadata("secret-token"))
    assert (answer.status, answer.metadata) == ("OK", {})
    assert answer.body is not None
    assert answer.body["success"] is True
    assert tower.bells.rung == [("secret-token", "hello")]
    assert [entry.direction for entry in tower.trace.entries] == ["->", "<-"]
    assert tower.trace.entries[0].text.startswith(f"{RING} {{")


async def test_refusal_by_status(tower: Tower) -> None:
    """A status other than OK has its details and trailing metadata, and no message."""
    tower.bells.failures["list"] = RuntimeError("secret")
    answer = await tower.client.call(tower.wire, HEALTH, {}, {})
    assert (answer.status, answer.details, answer.body) == ("INTERNAL", "the server failed", None)
    assert answer.metadata["error-code"] == "INTERNAL"
    assert "INTERNAL the server failed" in tower.trace.entries[-1].text


async def test_bytes_as_they_are(tower: Tower) -> None:
    """What is no message can be sent all the same."""
    answer = await tower.client.send(tower.wire, RING, b"\xff", tower.client.metadata("ann"))
    assert answer.body == {"success": False, "error": "INVALID"}


async def test_payload_that_cannot_be_sent(tower: Tower) -> None:
    """What protobuf has no way to say is not sent."""
    with pytest.raises(NotApplicable):
        await tower.client.call(tower.wire, RING, {"text": 5}, {})
    assert tower.trace.entries == []


async def test_answer_that_does_not_come(tower: Tower) -> None:
    """The wait for an answer has an end, and the server did not do what it should."""
    tower.bells.gates["hello"] = asyncio.Event()
    impatient = GrpcClient(tower.client.address, _service(), 0.2)
    with pytest.raises(Failure, match="an answer to toy"):
        await impatient.call(tower.wire, RING, REQUEST, impatient.metadata("ann"))
    await impatient.close()
    tower.bells.gates["hello"].set()


async def test_reaching(tower: Tower) -> None:
    """A server that answers is reached; where nobody listens, or nobody speaks gRPC, it is not."""
    await tower.client.reach(2.0)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for port in (1, mute.getsockname()[1]):
            nobody = GrpcClient(f"127.0.0.1:{port}", _service(), 1.0)
            with pytest.raises(Unreachable, match="nobody answers calls"):
                await nobody.reach(0.3)
            await nobody.close()


@pytest.mark.parametrize("address", ["", "h", "h:", ":1", "http://h:1", "h:0", "h:99999", "h:x"])
def test_bad_addresses_are_usage_errors(address: str) -> None:
    """An address that cannot be called is refused with an example."""
    with pytest.raises(UsageError, match="like"):
        checked_addresses([address])


def test_good_addresses() -> None:
    """Hosts by name and by number are taken as they are."""
    assert checked_addresses(["h:1", "[::1]:50051"]) == ("h:1", "[::1]:50051")
