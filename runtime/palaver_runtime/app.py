"""The composition root: the one place where everything is put together, from settings alone."""

from collections.abc import AsyncIterator, Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from starlette.routing import Router

from palaver_runtime import dialects
from palaver_runtime.adapters.clock import SharedClock, SystemClock
from palaver_runtime.adapters.passwords import Argon2Passwords
from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.backbone import Backbone, Calls, backbone
from palaver_runtime.core import Core
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.delivery.topics import BusPublisher
from palaver_runtime.fairness import Fairness
from palaver_runtime.metrics import Meter, Metrics
from palaver_runtime.operations import Operations
from palaver_runtime.ports import Clock, Store, Tokens
from palaver_runtime.services.accounts import AccountService
from palaver_runtime.services.announcements import AnnouncementService
from palaver_runtime.services.capacity import Capacity
from palaver_runtime.services.conversations import ConversationService
from palaver_runtime.services.directs import DirectService
from palaver_runtime.services.limits import Limits, Rates, Seats
from palaver_runtime.services.messages import MessageService
from palaver_runtime.services.presence import PresenceService
from palaver_runtime.services.receipts import ReceiptService
from palaver_runtime.services.sign_ins import SignInRates
from palaver_runtime.services.typing import TypingService
from palaver_runtime.settings import Settings
from palaver_runtime.transports.census import ListenerLimits
from palaver_runtime.transports.door import Proxies
from palaver_runtime.transports.entrance import entrance
from palaver_runtime.transports.requests import Requests
from palaver_runtime.transports.socketio import SocketLimits
from palaver_runtime.transports.websocket import WebSocketLimits
from palaver_runtime.trouble import Trouble
from palaver_runtime.trust import trusted_tokens

_PASSING = 100
"""Connections that are no client's: requests, probes, those that are being refused."""


@asynccontextmanager
async def running_core(settings: Settings) -> AsyncIterator[tuple[Core, Operations]]:
    """Open the store and put the core together; raise StoreUnavailable when the database cannot be used."""
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        store = SqlStore(settings.database_url, trouble=Trouble("The database can be used again"))
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
        spine = backbone(settings.redis_url, clock, calls, metrics)
        hub = Hub(spine.bus, store, metrics)
        spine.bus.attach(hub.receive)
        tokens = await stack.enter_async_context(trusted_tokens(settings))
        core = _core(settings, clock, store, spine, hub, tokens, metrics)
        spine.start()
        stack.push_async_callback(spine.close)
        hub.start(settings.heartbeat_seconds)
        stack.push_async_callback(core.close)
        yield core, Operations(store, spine, metrics, open_metrics=settings.open_metrics)


def _core(
    settings: Settings, clock: Clock, store: Store, spine: Backbone, hub: Hub, tokens: Tokens, metrics: Metrics
) -> Core:
    publisher = BusPublisher(spine.bus, clock)
    rates = Rates(
        messages=settings.limit_messages,
        requests=settings.limit_requests,
        sign_ins=SignInRates(
            pair=settings.limit_sign_ins,
            name=settings.limit_sign_ins_name,
            address=settings.limit_sign_ins_address,
        ),
        kinds=settings.limit_kinds,
        addresses=settings.limit_address,
    )
    fairness = Fairness(settings.address_share)
    limits = Limits(spine.limiter, rates, metrics, spine.counts, fairness)
    capacity = Capacity(
        members=settings.max_members,
        metadata_bytes=settings.max_metadata_bytes,
        page=settings.max_page,
        depth=settings.max_depth,
        refused=metrics.refusals.add,
    )
    typing = TypingService(store, publisher, clock, settings.typing_timeout)
    conversations = ConversationService(store, publisher, clock, typing, capacity)
    messages = MessageService(
        store, publisher, clock, limits, typing, keep=settings.keep_messages, capacity=capacity, metrics=metrics
    )
    return Core(
        accounts=AccountService(
            store, publisher, clock, limits, Argon2Passwords(metrics.refusals.add), tokens, metrics
        ),
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
            metrics=metrics,
        ),
        limits=limits,
        hub=hub,
        clock=clock,
        seats=Seats(
            settings.max_address_connections,
            settings.max_total_connections,
            metrics.refusals.add,
            settings.max_address_joining,
        ),
        fairness=fairness,
        capacity=capacity,
        meter=Meter(metrics),
    )


@asynccontextmanager
async def running_dialects(
    settings: Settings, chosen: Mapping[str, dialects.Dialect], allowed_origins: AbstractSet[str] | None = None
) -> AsyncIterator[tuple[Mapping[str, dialects.Surface], Operations]]:
    """Put dialects on one core, each as an application of its own. Whoever serves them closes them too.

    `allowed_origins` take the place of those in the settings; what is added to the set later counts, too.

    What operators ask for is an application by itself, and what everybody may know of it is part of each dialect's.

    Raises HandlerMissing when a dialect does not follow its documents.
    """
    site = dialects.Site(
        allowed_origins=settings.allowed_origins if allowed_origins is None else allowed_origins,
        max_body_bytes=settings.max_body_bytes,
        sockets=SocketLimits(
            # The requests of a session that polls would reach now this worker, now that one.
            polling=settings.workers == 1,
            max_event_bytes=settings.max_event_bytes,
            max_frame_bytes=settings.max_frame_bytes,
            max_pending_bytes=settings.max_pending_bytes,
            handshake_timeout=settings.handshake_seconds,
            max_attachments=settings.max_attachments,
            max_attachment_bytes=settings.max_attachment_bytes,
        ),
        websockets=WebSocketLimits(
            max_frame_bytes=settings.max_event_bytes, max_pending_bytes=settings.max_pending_bytes
        ),
        max_header_bytes=settings.max_header_bytes,
        proxies=Proxies(settings.trusted_proxies),
        shutdown_seconds=settings.shutdown_seconds,
    )
    async with running_core(settings) as (core, operations):
        listening = _listening(settings, core.meter.refused, core.fairness)
        surfaces = {
            name: replace(
                dialect.build(replace(core, meter=Meter(core.meter.metrics, name)), site),
                grpc_port=dialects.grpc_port(dialect),
                listening=listening,
            )
            for name, dialect in chosen.items()
        }
        whole = {
            name: replace(
                surface,
                app=Requests(
                    Router(operations.routes, default=surface.app, redirect_slashes=False),
                    header=settings.request_id_header,
                    log=settings.log_requests,
                    # What operators ask for is no websocket.
                    entrance=entrance(surface.app),
                ),
            )
            for name, surface in surfaces.items()
        }
        yield whole, operations


def _listening(settings: Settings, refused: Callable[[str], None], fairness: Fairness) -> ListenerLimits:
    """Give what a listener asks of connections; a client that polls has two of them, and others ask without staying."""
    return ListenerLimits(
        max_header_bytes=settings.max_header_bytes,
        request_seconds=settings.handshake_seconds,
        max_frames=settings.max_frames,
        max_address_connections=2 * settings.max_address_connections + _PASSING,
        max_connections=2 * settings.max_total_connections + _PASSING,
        proxies=Proxies(settings.trusted_proxies),
        fairness=fairness,
        refused=refused,
    )
