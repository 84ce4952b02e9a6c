"""How much is too much."""

from contextvars import ContextVar

from mutants.mutant import mutant

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.dialects._sockets import Session
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.dialects.gateway.events import GatewayEvents
from palaver_runtime.domain.errors import Invalid, RateLimited
from palaver_runtime.domain.limits import Rate
from palaver_runtime.services import limits, presence
from palaver_runtime.services.limits import Limits
from palaver_runtime.transports.http import HttpTransport
from palaver_runtime.transports.socketio import SocketLimits
from palaver_wire.gateway import models


@mutant("limits.messages.rate", "a limit within")
def never_limits() -> None:
    """Nothing is ever too much."""

    async def generous(self: MemoryLimiter, key: str, rate: Rate, cost: int = 1) -> float:
        return 0.0

    MemoryLimiter.spend = generous


@mutant("limits.messages.rate", "requests to be accepted again within")
def never_forgives_a_flood() -> None:
    """Who has sent too much once may never send again."""
    spend = MemoryLimiter.spend
    banned: set[str] = set()

    async def unforgiving(self: MemoryLimiter, key: str, rate: Rate, cost: int = 1) -> float:
        wait = 1.0 if key in banned else await spend(self, key, rate, cost)
        if wait:
            banned.add(key)
        return wait

    MemoryLimiter.spend = unforgiving


@mutant("limits.messages.rate", "refusal RATE_LIMITED")
def limits_everybody_together() -> None:
    """What one sends counts against all."""
    spend = Limits._spend

    async def together(self: Limits, key: str, *given: object, **named: object) -> None:
        await spend(self, key.partition(":")[0], *given, **named)

    Limits._spend = together


@mutant("limits.messages.rate", "the reason of the refusals")
def limits_for_the_wrong_reason() -> None:
    """Too much is a mistake in what was sent."""

    def invalid(message: str, wait: float) -> Invalid:
        return Invalid(message)

    limits.RateLimited = invalid


@mutant("limits.messages.rate", "details about when to try again")
def does_not_say_when_to_try_again() -> None:
    """A limit is told without how long it lasts."""
    reason = codec.reason

    def vague(error: Exception) -> models.ErrorReason:
        told = reason(error)
        if isinstance(error, RateLimited):
            return models.ErrorReason(code=told.code, message=told.message)
        return told

    codec.reason = vague


@mutant("limits.messages.devices", "the limit that was reached on one connection to hold on the other")
def limits_each_socket_by_itself() -> None:
    """With each connection that somebody opens more may be sent."""
    message_send, message = GatewayEvents.message_send, Limits.message
    connection = ContextVar("connection", default="")

    async def noted(self: GatewayEvents, session: Session, payload: models.SendMessage) -> models.MessageAck:
        connection.set(session.member.id)
        return await message_send(self, session, payload)

    async def each_by_itself(self: Limits, user_id: str) -> None:
        await message(self, f"{user_id}:{connection.get()}")

    GatewayEvents.message_send = noted
    Limits.message = each_by_itself


@mutant("limits.event.oversized", "to be refused with PAYLOAD_TOO_LARGE")
def takes_events_of_any_size() -> None:
    """Events are read however large they are."""
    begin = SocketLimits.__init__

    def generous(self: SocketLimits, **named: object) -> None:
        begin(self, **{**named, "max_event_bytes": SocketLimits.max_frame_bytes})

    SocketLimits.__init__ = generous


@mutant("limits.body.oversized", "to be refused with PAYLOAD_TOO_LARGE")
def takes_bodies_of_any_size() -> None:
    """Bodies are read however large they are."""
    begin = HttpTransport.__init__

    def generous(self: HttpTransport[object], *given: object, **named: object) -> None:
        begin(self, *given, **{**named, "max_body_bytes": 10_000_000})

    HttpTransport.__init__ = generous


@mutant("limits.request.oversized", "to be refused with PAYLOAD_TOO_LARGE")
def reads_requests_of_any_size() -> None:
    """Whatever a request is about, its body is read however large it is."""
    takes_bodies_of_any_size.sabotage()


@mutant("limits.connections.devices", "connection 6 of one user to be refused")
def takes_any_number_of_devices() -> None:
    """A user may have as many connections as one opens."""
    begin = presence.PresenceService.__init__

    def generous(self: presence.PresenceService, *given: object, **named: object) -> None:
        begin(self, *given, **{**named, "max_connections": 10_000})

    presence.PresenceService.__init__ = generous


@mutant("limits.connections.devices", "the code of the refusal")
def refuses_devices_for_the_wrong_reason() -> None:
    """Who has too many connections is said to ask too often."""

    def too_often(message: str) -> RateLimited:
        return RateLimited(message, 1.0)

    presence.ConnectionRefused = too_often
