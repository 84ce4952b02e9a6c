"""Calls over gRPC, recorded; the messages are made of the descriptor set in the documents."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import grpc
import grpc.aio

from palaver_conformance.contract.service import CallService
from palaver_conformance.errors import Failure, Unreachable, UsageError
from palaver_conformance.evidence.trace import Wire

_OPTIONS: Final = (
    # Proxies of the environment stay out of the way, and so do other clients' connections.
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),
    # A server that was started again is to be found again soon.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
)

_LAST_PORT: Final = 65_535


@dataclass(frozen=True)
class CallAnswer:
    """How a call ended: the name of its status with details and trailing metadata, and the message if it is OK."""

    status: str
    details: str
    metadata: Mapping[str, str]
    body: Mapping[str, object] | None


class GrpcClient:
    """A client of one server; close it with `close()`."""

    def __init__(self, address: str, service: CallService, patience: float) -> None:
        self.address = address
        self._service = service
        self._patience = patience
        self._open: grpc.aio.Channel | None = None

    @property
    def _channel(self) -> grpc.aio.Channel:
        # Made at the first use, as it belongs to the event loop.
        if self._open is None:
            self._open = grpc.aio.insecure_channel(self.address, options=_OPTIONS)
        return self._open

    def metadata(self, token: str) -> dict[str, str]:
        """Return the metadata of whom a token stands for; an empty one stands for nobody."""
        return self._service.metadata(token)

    async def call(self, wire: Wire, key: str, payload: object, metadata: Mapping[str, str]) -> CallAnswer:
        """Make a call and return how it ended.

        Raises NotApplicable for a payload that protobuf cannot carry, Failure when the call does not end in time or
        its answer is no message.
        """
        raw = self._service.messages.encode(key, payload)
        wire.sent(f"{key} {json.dumps(payload, ensure_ascii=False)}")
        return await self.send(wire, key, raw, metadata)

    async def send(self, wire: Wire, key: str, raw: bytes, metadata: Mapping[str, str]) -> CallAnswer:
        """Make a call with bytes as they are, a message or not."""
        ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(f"/{key}")
        try:
            answered = await ask(raw, metadata=tuple(metadata.items()), timeout=self._patience)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                wire.note("no answer in time")
                raise Failure(f"an answer to {key}", (f"none within {self._patience:g} s",)) from error
            trailing = {name: str(value) for name, value in error.trailing_metadata() or ()}
            wire.received(f"{error.code().name} {error.details()} {json.dumps(trailing)}")
            return CallAnswer(error.code().name, error.details() or "", trailing, None)
        body = self._service.messages.decode(key, answered)
        wire.received(f"OK {json.dumps(body, ensure_ascii=False)}")
        return CallAnswer("OK", "", {}, body)

    async def reach(self, patience: float) -> None:
        """Wait until there is a connection; raises Unreachable when there is none in time."""
        try:
            async with asyncio.timeout(patience):
                await self._channel.channel_ready()
        except TimeoutError as error:
            raise Unreachable(f"nobody answers calls at {self.address}") from error

    async def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            await self._open.close()
            self._open = None


def checked_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses; raises UsageError for one that is no host and port."""
    for address in addresses:
        host, _, port = address.rpartition(":")
        if not host or "/" in address or not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
            raise UsageError(f"{address!r} is no address for calls: give it like 127.0.0.1:50051")
    return tuple(addresses)
