"""Dialects on their ports, until the process is told to stop."""

import asyncio
import gc
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from starlette.types import ASGIApp

from palaver_runtime import dialects
from palaver_runtime.app import running_dialects
from palaver_runtime.files import make_room
from palaver_runtime.memory import give_back_freed, giving_back_gaps
from palaver_runtime.operations import Operations
from palaver_runtime.places import Place, places, under
from palaver_runtime.rpc import rpc_servers
from palaver_runtime.settings import Settings
from palaver_runtime.transports.headers import security_headers
from palaver_runtime.transports.listener import Listener, Stop, bind, serve, serving

_SWITCH: Final = 0.0005
"""Seconds after which a thread has to give the interpreter to another that waits for it."""

_YOUNG: Final = 10_000
"""Objects that may come to be before it is looked which of them only hold each other: a millisecond's work at most."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be served, and where: each dialect on its own port, or all on `port`.

    `sockets` are bound already, by the port that was asked for. With `shared_calls` the ports of gRPC are shared with
    other processes that do the same.
    """

    settings: Settings
    dialects: Mapping[str, dialects.Dialect]
    port: int | None = None
    grpc_port: int | None = None
    sockets: Mapping[int, socket.socket] = field(default_factory=dict)
    shared_calls: bool = False

    @property
    def places(self) -> Mapping[str, Place]:
        """Where each dialect is to be: a port as it was asked for, which may be 0, and a path."""
        return dialect_places(self.dialects, self.port)


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where things are served: the places of dialects with real ports, the ports of gRPC, and the one of operators."""

    places: Mapping[str, Place]
    calls: Mapping[str, int]
    operations_port: int | None


def dialect_places(chosen: Mapping[str, dialects.Dialect], port: int | None) -> dict[str, Place]:
    """Give each dialect a place, as `places` does."""
    return places({name: dialect.DEFAULT_PORT for name, dialect in chosen.items()}, port)


async def serve_dialects(wish: Wish, ready: Callable[[Addresses, Operations], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called when everything is, and signals are heeded.

    Operators are answered longest: they see the others end. Raises what `running_dialects` and `rpc_servers` raise,
    AddressInUse and AddressUnavailable.
    """
    settings = wish.settings
    async with AsyncExitStack() as stack:
        origins = set(settings.allowed_origins)
        surfaces, operations = await stack.enter_async_context(running_dialects(settings, wish.dialects, origins))
        rpc = await stack.enter_async_context(
            rpc_servers(surfaces, settings.host, wish.grpc_port, settings.shutdown_seconds, shared=wish.shared_calls)
        )
        wanted = wish.places
        applications = _applications(wanted, surfaces, operations.public)
        listeners = bind(
            [(app, settings.host, port) for port, app in applications.items()],
            max_frame_bytes=settings.max_frame_bytes,
            limits=next(iter(surfaces.values())).listening,
            headers=security_headers(settings.hsts_seconds),
            sockets=wish.sockets,
        )
        there = real_places(wanted, dict(zip(applications, (each.port for each in listeners), strict=True)))
        if settings.serves_page:
            origins |= _serve_page(settings.host, there, listeners, origins)
        operations_port = None
        if settings.operations_port is not None:
            [listener] = bind([(operations.app, settings.operations_host, settings.operations_port)])
            operations_port = listener.port
            await stack.enter_async_context(serving([listener]))

        async def notice() -> None:
            operations.drain()
            await asyncio.sleep(settings.drain_delay_seconds)

        async def drain() -> None:
            await asyncio.gather(rpc.close(), *(surface.close() for surface in surfaces.values()))

        await rpc.start()
        stop = Stop(notice=notice, drain=drain, deadline=settings.shutdown_seconds)
        task = asyncio.create_task(serve(listeners, stop))
        # Its first step takes over the signals, so that whoever has read the address may stop us at once.
        await asyncio.sleep(0)
        make_room(settings.max_total_connections)
        give_back_freed()
        stack.enter_context(settled_memory())
        await stack.enter_async_context(giving_back_gaps())
        stack.enter_context(quick_turns())
        ready(Addresses(places=there, calls=rpc.ports, operations_port=operations_port), operations)
        await task


def _serve_page(
    host: str, there: Mapping[str, Place], listeners: Sequence[Listener], allowed: AbstractSet[str]
) -> frozenset[str]:
    """Have the chat page answered for on its port, before everything else there; give its origins."""
    from palaver_runtime.page import ChatPage  # read from disk only where it is served

    page = ChatPage(host, there, allowed)
    for each in listeners:
        if each.port == page.port:
            each.app = page.before(each.app)
            each.headers_at = page.headers
    return page.origins


@contextmanager
def settled_memory() -> Iterator[None]:
    """Have the collector of garbage leave alone what is there by now, for as long as the block runs.

    Modules, models and tables stay for as long as the process. To look through them takes a tenth of a second, in which
    everybody waits, and a flood of connections gives reason to. What a batch of messages is made of is mostly gone by
    itself when the batch is: with the usual threshold it would be looked through several times before, which takes a
    twentieth of the processor.
    """
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    gc.set_threshold(max(_YOUNG, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        # Whoever froze what was there before has it so still.
        if not frozen:
            gc.unfreeze()


@contextmanager
def quick_turns() -> Iterator[None]:
    """Have threads give the interpreter to each other sooner than they do otherwise, for as long as the block runs.

    What writes to SQLite begins and ends in a thread, which asks for the interpreter before and after each. While the
    loop is busy with somebody's flood it would get that after five milliseconds each time, and whoever waits with it.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _applications(
    wanted: Mapping[str, Place], surfaces: Mapping[str, dialects.Surface], otherwise: ASGIApp
) -> dict[int, ASGIApp]:
    """Give one application for each port; where a port is one dialect's own, that dialect answers everything."""
    applications = {}
    for port in dict.fromkeys(place.port for place in wanted.values()):
        here = {place.prefix: surfaces[name].app for name, place in wanted.items() if place.port == port}
        applications[port] = here[""] if "" in here else under(here, otherwise)
    return applications


def real_places(wanted: Mapping[str, Place], ports: Mapping[int, int]) -> dict[str, Place]:
    """Give places with their real ports, which are given by the one that was asked for."""
    return {name: Place(ports[place.port], place.prefix) for name, place in wanted.items()}
