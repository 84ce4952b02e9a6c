"""A gRPC server on the network."""

import asyncio
import socket
from contextlib import asynccontextmanager

import grpc
import grpc.aio
import pytest
from doubles.bell import LIST_BELLS, RING, Bells, BellWords, calls
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from palaver_runtime.transports.grpc import GrpcServer
from palaver_runtime.transports.grpc.messages import Descriptors
from palaver_runtime.transports.listener import AddressInUse, AddressUnavailable, loop_factory

PATIENCE = 30.0
MESSAGES = Descriptors(calls.descriptors()).pool
TOKEN = (("authorization", "Bearer ann"),)


def message(name, **values):
    """Make a message of the toy."""
    kind = GetMessageClass(MESSAGES.FindMessageTypeByName(f"toy.bell.{name}"))
    return json_format.ParseDict(values, kind())


class Belfry:
    """A server of the toy, and a client."""

    def __init__(self, **limits):
        self.bells, self.words = Bells(), BellWords()
        self.server = GrpcServer(
            calls.bind_calls(self.bells),
            self.words,
            calls.descriptors(),
            code_name=calls.METADATA.code,
            **{"max_request_bytes": 1_000} | limits,
        )

    @asynccontextmanager
    async def open(self):
        """Serve, and connect a client."""
        self.server.bind("127.0.0.1", 0)
        await self.server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{self.server.port}") as self.channel:
                yield self
        finally:
            await self.server.close(PATIENCE)

    async def ring(self, text="hello", **options):
        """Ring, as a client that knows the .proto file."""
        answer = GetMessageClass(MESSAGES.FindMessageTypeByName("toy.bell.RingAnswer"))
        call = self.channel.unary_unary(
            f"/{RING.key}",
            request_serializer=lambda sent: sent.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        request = message("RingRequest", roomId="r1", text=text, times=1, mood="calm")
        return await call(request, metadata=TOKEN, timeout=PATIENCE, **options)


@pytest.fixture
async def belfry():
    """Give a server that answers."""
    async with Belfry().open() as opened:
        yield opened


async def test_call_over_the_network(belfry):
    """A client that knows only the .proto file gets an answer, and a refusal as an answer."""
    answer = await belfry.ring()
    assert (answer.success, answer.rung.text) == (True, "hello")
    refused = await belfry.ring("x" * 81)
    assert (refused.success, refused.error) == (False, "INVALID")


async def test_refusal_by_status(belfry):
    """A status comes with text, and with the code in the trailing metadata."""
    belfry.bells.failures["list"] = RuntimeError("secret")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await belfry.channel.unary_unary(f"/{LIST_BELLS.key}")(b"")
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.INTERNAL, "the server failed")
    assert dict(refused.value.trailing_metadata())["error-code"] == "INTERNAL"
    assert "secret" not in repr(refused.value)


async def test_unknown_rpc_is_unimplemented(belfry):
    """What no document has is refused by gRPC itself."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await belfry.channel.unary_unary("/toy.bell.Bell/Melt")(b"")
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_message_far_over_the_limit_is_not_read(belfry):
    """Of twice the limit and more gRPC itself refuses a message, before the dialect is asked."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await belfry.channel.unary_unary(f"/{RING.key}")(bytes(2_001))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert belfry.words.metadata == []


async def test_deadline_of_the_client_is_kept(belfry):
    """A client that waits no longer is told so, and what was begun is finished."""
    gate = belfry.bells.gates["slow"] = asyncio.Event()
    slow = asyncio.create_task(belfry.ring("slow"))
    await belfry.bells.begun.wait()
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    gate.set()
    await belfry.server.close(PATIENCE)
    assert belfry.bells.rung == [("ann", "slow")]


async def test_reflection_shows_services_and_messages(belfry):
    """Whoever asks learns which services there are and how their messages look, those that are imported included."""
    stub = reflection_pb2_grpc.ServerReflectionStub(belfry.channel)
    asked = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="toy.bell.Bell"),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="grpc.health.v1.Health"),
    ]
    services, bell, health = [answer async for answer in stub.ServerReflectionInfo(iter(asked))]
    assert {service.name for service in services.list_services_response.service} == {
        "toy.bell.Bell",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }
    assert len(bell.file_descriptor_response.file_descriptor_proto) == 3
    assert len(health.file_descriptor_response.file_descriptor_proto) == 1


async def test_health_is_told(belfry):
    """The server and each service are healthy; an unknown service is not found."""
    stub = health_pb2_grpc.HealthStub(belfry.channel)
    for service in ("", "toy.bell.Bell"):
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Check(health_pb2.HealthCheckRequest(service="toy.bell.Gong"))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_call_in_hand_is_answered_before_the_end(belfry):
    """A server that stops lets nobody new in, tells who watches, and answers what it has begun."""
    gate = belfry.bells.gates["slow"] = asyncio.Event()
    slow = asyncio.create_task(belfry.ring("slow"))
    await belfry.bells.begun.wait()
    watched = health_pb2_grpc.HealthStub(belfry.channel).Watch(health_pb2.HealthCheckRequest())
    assert (await watched.read()).status == health_pb2.HealthCheckResponse.SERVING
    closing = asyncio.create_task(belfry.server.close(PATIENCE))
    assert (await watched.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
    async with grpc.aio.insecure_channel(f"127.0.0.1:{belfry.server.port}") as late:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await late.unary_unary(f"/{LIST_BELLS.key}")(b"")
    # gRPC has the second status for a call that arrives in the very moment.
    assert refused.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    gate.set()
    assert (await slow).success is True
    async with asyncio.timeout(PATIENCE):
        await closing


async def test_call_that_does_not_end_is_cut_off(belfry):
    """When time is up, the client of a call that still lasts is told that the server stops."""
    belfry.bells.gates["slow"] = asyncio.Event()
    slow = asyncio.create_task(belfry.ring("slow"))
    await belfry.bells.begun.wait()
    await belfry.server.close(0.1)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await slow
    assert (refused.value.code(), refused.value.details()) == (
        grpc.StatusCode.UNAVAILABLE,
        "the server is stopping",
    )


async def test_taken_port_is_named():
    """A port on which somebody listens, another gRPC server included, is told at once."""
    first, second = Belfry().server, Belfry().server
    first.bind("127.0.0.1", 0)
    with pytest.raises(AddressInUse, match=rf"port {first.port} on 127\.0\.0\.1 is in use"):
        second.bind("127.0.0.1", first.port)
    await first.close(0)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AddressInUse):
        second.bind("127.0.0.1", taken.getsockname()[1])


async def test_address_of_another_machine():
    """An address that is not ours is told apart from a taken port."""
    with pytest.raises(AddressUnavailable, match=r"192\.0\.2\.1"):
        Belfry().server.bind("192.0.2.1", 0)


async def test_port_is_given_back():
    """After the end the port is free, also when nothing was ever started."""
    server = Belfry().server
    await server.close(0)
    server.bind("127.0.0.1", 0)
    await server.close(0)
    again = Belfry().server
    again.bind("127.0.0.1", server.port)
    await again.close(0)


async def test_ends_that_leave_no_time():
    """However short the deadline, gRPC is stopped once at a time: two at once crash the process now and then."""
    for _ in range(150):
        server = Belfry().server
        server.bind("127.0.0.1", 0)
        await server.close(0)


def test_on_the_loop_that_we_serve_on():
    """It works on the event loop of `palaver serve`."""

    async def once():
        async with Belfry().open() as belfry:
            return (await belfry.ring()).success

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert runner.run(once()) is True
