"""A man in the middle of calls over gRPC, who makes a liar of an honest server by changing its answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
import grpc.aio

from palaver_conformance.contract.messages import Messages
from palaver_runtime.transports.grpc.messages import Descriptors

Lie = Callable[[dict], dict]
"""From an answer of the server, as JSON, to the one that the client gets instead."""


@dataclass
class _Liar(grpc.GenericRpcHandler):
    """Takes any call, and has the server make of it what it will."""

    server: grpc.aio.Channel
    honest: Messages
    dishonest: Descriptors
    lie: Lie

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """Handle whatever is called."""
        key = details.method.removeprefix("/")

        async def answer(raw: bytes, context: grpc.aio.ServicerContext) -> bytes:
            metadata = [item for item in context.invocation_metadata() if item[0] == "authorization"]
            answered = await self.server.unary_unary(details.method)(raw, metadata=metadata, timeout=5)
            return self.dishonest.rpc(key).encode(self.lie(self.honest.decode(key, answered)))

        return grpc.unary_unary_rpc_method_handler(answer)


@asynccontextmanager
async def lying(address: str, honest: Messages, descriptors: bytes, lie: Lie) -> AsyncIterator[str]:
    """Stand before a server whose calls have all an answer; yield the address to call instead."""
    async with grpc.aio.insecure_channel(address) as channel:
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((_Liar(channel, honest, Descriptors(descriptors), lie),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            await server.stop(None)
