"""A gRPC server for bound calls, with reflection and the standard health service beside them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Generic, TypeVar

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from palaver_runtime.fairness import Fairness
from palaver_runtime.metrics import Meter
from palaver_runtime.transports.door import Proxies
from palaver_runtime.transports.grpc.calls import Procedure, Running
from palaver_runtime.transports.grpc.dialect import BoundCall, CallDialect
from palaver_runtime.transports.grpc.messages import Descriptors
from palaver_runtime.transports.listener import AddressInUse, bound_socket

C = TypeVar("C")

_SERVING: Final = health_pb2.HealthCheckResponse.SERVING
#: In which answers that are ready still leave; streams that watch the health are cut off after it.
_LAST_WORDS: Final = 0.5
#: Milliseconds after which a connection without calls is closed; a client opens another one by itself.
_IDLE_MS: Final = 300_000


class GrpcServer(Generic[C]):
    """Serves calls: bind() first, then start(), and close() at the end, all in one event loop.

    `max_request_bytes` bounds a message. Of twice that size and more it is refused by gRPC itself, unread.
    `max_calls` bounds the calls that are handled at a time, and on each connection those that are open.
    `max_metadata_bytes` bounds what comes with a call. `admit` counts the calls of an address and raises what the
    dialect knows when there are too many, and `fairness` times what is done for them; the `proxies` are believed when
    they say for whom they call. `code_name` is where metadata has the error code of a call that is refused by its
    status.
    """

    def __init__(
        self,
        calls: Iterable[BoundCall],
        dialect: CallDialect[C],
        descriptors: bytes,
        *,
        code_name: str | None = None,
        max_request_bytes: int = 1_000_000,
        max_calls: int = 1_000,
        max_metadata_bytes: int = 16_384,
        proxies: Proxies | None = None,
        admit: Callable[[str], Awaitable[None]] | None = None,
        fairness: Fairness | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._max_request_bytes = max_request_bytes
        self._max_calls = max_calls
        self._max_metadata_bytes = max_metadata_bytes
        self._running = Running(max_calls)
        self._descriptors = Descriptors(descriptors)
        self._services: dict[str, dict[str, Procedure[C]]] = {}
        for bound in calls:
            service, _, method = bound.call.key.partition("/")
            self._services.setdefault(service, {})[method] = Procedure(
                bound,
                self._descriptors.rpc(bound.call.key),
                dialect,
                self._running,
                max_request_bytes=max_request_bytes,
                code_name=code_name,
                proxies=proxies or Proxies(),
                admit=admit,
                fairness=fairness,
                meter=meter or Meter(),
            )
        for served in (health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR):
            self._descriptors.admit(served.serialized_pb)
        self._health = health.aio.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self._started = False
        #: The real port, also when port 0 was asked for; 0 before bind().
        self.port = 0

    def bind(self, host: str, port: int, *, shared: bool = False) -> None:
        """Take a port; raise AddressInUse or AddressUnavailable. Nothing is answered before start().

        A port that is `shared` may be taken by other processes that share it too.
        """
        if not shared:
            # gRPC only says that it failed. What a socket of ours cannot bind, and why, is known at once.
            bound_socket(host, port).close()
        server = self._make(shared=shared)
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            self.port = server.add_insecure_port(address)
        except RuntimeError:
            raise AddressInUse(host, port) from None
        self._server = server

    async def start(self) -> None:
        """Accept calls."""
        assert self._server is not None, "bind() comes first"
        for service in ("", *self._services):
            await self._health.set(service, _SERVING)
        self._started = True
        await self._server.start()

    async def close(self, deadline: float) -> None:
        """Take no more calls, end those that are handled, and give the port back, within so many seconds in all.

        A call that lasts longer is cancelled. A second time nothing happens.
        """
        server, self._server = self._server, None
        if server is None:
            return
        if not self._started:
            # The port of a server that was never started cannot be given back otherwise.
            await server.start()
        await self._health.enter_graceful_shutdown()
        # From its first step on nobody new is let in.
        stopping = asyncio.create_task(server.stop(deadline))
        await self._running.end(max(0.0, deadline - 2 * _LAST_WORDS))
        await asyncio.wait({stopping}, timeout=min(_LAST_WORDS, deadline))
        # One stop at a time: gRPC cancels calls of a server that another one has freed, and the process crashes.
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        await server.stop(0)

    def _make(self, *, shared: bool) -> grpc.aio.Server:
        server = grpc.aio.server(
            options=[
                # Else a second server could take the same port, and half of the calls.
                ("grpc.so_reuseport", int(shared)),
                ("grpc.max_receive_message_length", 2 * self._max_request_bytes),
                ("grpc.max_concurrent_streams", self._max_calls),
                ("grpc.max_metadata_size", self._max_metadata_bytes),
                ("grpc.absolute_max_metadata_size", self._max_metadata_bytes),
                # What is small when it comes can be large once it is read: only what is not compressed is taken.
                ("grpc.compression_enabled_algorithms_bitset", 1),
                # Pings without calls, and connections that nobody uses.
                ("grpc.http2.max_ping_strikes", 2),
                ("grpc.max_connection_idle_ms", _IDLE_MS),
            ]
        )
        handlers = [
            grpc.method_handlers_generic_handler(
                service, {name: grpc.unary_unary_rpc_method_handler(call.answer) for name, call in procedures.items()}
            )
            for service, procedures in self._services.items()
        ]
        server.add_generic_rpc_handlers(tuple(handlers))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = (*self._services, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, server, pool=self._descriptors.pool)
        return server
