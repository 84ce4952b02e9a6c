"""The composition root: the one place where everything is put together, from settings alone."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from starlette.applications import Starlette
from starlette.routing import Router
from starlette.types import ASGIApp

from palaver_runtime import dialects
from palaver_runtime.adapters.clock import SharedClock, SystemClock
from palaver_runtime.adapters.passwords import Argon2Passwords
from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.backbone import Backbone, Calls, backbone
from palaver_runtime.core import Core
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.delivery.topics import BusPublisher
from palaver_runtime.operations import Operations
from palaver_runtime.ports import Clock, Store, Tokens
from palaver_runtime.services.accounts import AccountService
from palaver_runtime.services.announcements import AnnouncementService
from palaver_runtime.services.conversations import ConversationService
from palaver_runtime.services.directs import DirectService
from palaver_runtime.services.limits import Limits, Rates
from palaver_runtime.services.messages import MessageService
from palaver_runtime.services.presence import PresenceService
from palaver_runtime.services.receipts import ReceiptService
from palaver_runtime.services.typing import TypingService
from palaver_runtime.settings import Settings
from palaver_runtime.transports.socketio import SocketLimits
from palaver_runtime.trust import trusted_tokens


@asynccontextmanager
async def running_core(settings: Settings) -> AsyncIterator[tuple[Core, Operations]]:
    """Open the store and put the core together; raise StoreUnavailable when the database cannot be used."""
    async with AsyncExitStack() as stack:
        store = SqlStore(settings.database_url)
        stack.push_async_callback(store.close)
        await store.start()
        clock = SharedClock(SystemClock(timedelta(seconds=settings.clock_offset_seconds)), store)
        stack.push_async_callback(clock.close)
        await clock.start()
        # The services that these calls reach are made below, before anything can call.
        calls = Calls(
            recovered=lambda: hub.hurry(),
            gone=lambda user_ids: core.presence.lost(user_ids),
            back=lambda user_ids: core.presence.found(user_ids),
        )
        spine = backbone(settings.redis_url, clock, calls)
        hub = Hub(spine.bus, store)
        spine.bus.attach(hub.receive)
        tokens = await stack.enter_async_context(trusted_tokens(settings))
        core = _core(settings, clock, store, spine, hub, tokens)
        spine.start()
        stack.push_async_callback(spine.close)
        hub.start(settings.heartbeat_seconds)
        stack.push_async_callback(core.close)
        yield core, Operations(store, spine, hub)


def _core(settings: Settings, clock: Clock, store: Store, spine: Backbone, hub: Hub, tokens: Tokens) -> Core:
    publisher = BusPublisher(spine.bus)
    rates = Rates(messages=settings.limit_messages, requests=settings.limit_requests, sign_ins=settings.limit_sign_ins)
    limits = Limits(spine.limiter, rates)
    typing = TypingService(store, publisher, clock, settings.typing_timeout)
    conversations = ConversationService(store, publisher, clock, typing)
    messages = MessageService(store, publisher, clock, limits, typing, keep=settings.keep_messages)
    return Core(
        accounts=AccountService(store, publisher, clock, limits, Argon2Passwords(), tokens),
        conversations=conversations,
        messages=messages,
        directs=DirectService(store, limits, conversations, messages),
        receipts=ReceiptService(store, publisher, clock),
        typing=typing,
        announcements=AnnouncementService(store, publisher, clock),
        presence=PresenceService(
            store,
            spine.presence,
            publisher,
            clock,
            max_connections=settings.max_connections,
            grace=settings.offline_grace,
        ),
        limits=limits,
        hub=hub,
        clock=clock,
    )


@asynccontextmanager
async def running_dialects(
    settings: Settings, chosen: Mapping[str, dialects.Dialect]
) -> AsyncIterator[tuple[Mapping[str, dialects.Surface], ASGIApp]]:
    """Put dialects on one core, each as an application of its own. Whoever serves them closes them too.

    What operators ask for is part of each application, and an application by itself too.

    Raises HandlerMissing when a dialect does not follow its documents.
    """
    site = dialects.Site(
        allowed_origins=settings.allowed_origins,
        max_body_bytes=settings.max_body_bytes,
        sockets=SocketLimits(),
        shutdown_seconds=settings.shutdown_seconds,
    )
    async with running_core(settings) as (core, operations):
        surfaces = {
            name: replace(dialect.build(core, site), grpc_port=dialects.grpc_port(dialect))
            for name, dialect in chosen.items()
        }
        whole = {
            name: replace(surface, app=Router(operations.routes, default=surface.app, redirect_slashes=False))
            for name, surface in surfaces.items()
        }
        yield whole, Starlette(routes=operations.routes)
