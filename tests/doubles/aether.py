"""What stands around the aether dialect in a test: a client's end, and what it can do."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeAlias

import grpc.aio
from doubles.documents import component
from doubles.gateway import PATIENCE, Client, token
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass

from palaver_runtime.transports.grpc.messages import Descriptors
from palaver_wire.aether import calls

Told: TypeAlias = tuple[str, dict[str, object]]


class Visitor(Client):
    """A client that takes what it hears one by one, so that nothing is passed over."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "aether")

    async def next(self) -> Told:
        """Wait for the next event, whatever it is, and take it."""
        async with asyncio.timeout(PATIENCE):
            while not self.events:
                self._news.clear()
                await self._news.wait()
        return self.events.pop(0)


Ask = Callable[..., Awaitable[None]]
"""How a client sends an event: `ask(client, event, roomId="general")`."""

Arrive = Callable[..., Awaitable[Visitor]]
"""How a user comes: `arrive("alice", "general")` gives a client that is greeted and has entered these rooms."""


class Stub:
    """A gRPC client without generated code: requests and answers are JSON values, and fit the document."""

    def __init__(self, channel: grpc.aio.Channel, user_id: str | None = None) -> None:
        self._channel = channel
        self._metadata = () if user_id is None else (("authorization", f"Bearer {token(user_id)}"),)

    async def call(self, key: str, request: dict[str, object] | None = None) -> dict[str, Any]:
        """Make a call and give its answer, fields without presence included."""
        service, _, name = key.partition("/")
        rpc = _descriptors().pool.FindServiceByName(service).FindMethodByName(name)
        method = self._channel.unary_unary(
            f"/{key}", request_serializer=lambda message: message.SerializeToString(), response_deserializer=bytes
        )
        message = json_format.ParseDict(request or {}, GetMessageClass(rpc.input_type)())
        raw = await method(message, metadata=self._metadata, timeout=PATIENCE)
        answer: dict[str, Any] = json_format.MessageToDict(
            GetMessageClass(rpc.output_type).FromString(raw),
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        component("aether", "grpc", rpc.output_type.name).validate(answer)
        return answer


@cache
def _descriptors() -> Descriptors:
    return Descriptors(calls.descriptors())
