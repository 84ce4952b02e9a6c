"""How much is too much."""

from contextvars import ContextVar

from mutants.mutant import mutant
from mutants.usual import begin_nothing_at_once

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Line
from palaver_runtime.dialects.gateway import codec
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

    def generous(self: MemoryLimiter, key: str, rate: Rate, cost: int = 1) -> float:
        return 0.0

    MemoryLimiter.count = generous


@mutant("limits.messages.rate", "requests to be accepted again within")
def never_forgives_a_flood() -> None:
    """Who has sent too much once may never send again."""
    count = MemoryLimiter.count
    banned: set[str] = set()

    def unforgiving(self: MemoryLimiter, key: str, rate: Rate, cost: int = 1) -> float:
        wait = 1.0 if key in banned else count(self, key, rate, cost)
        if wait:
            banned.add(key)
        return wait

    MemoryLimiter.count = unforgiving


@mutant("limits.messages.rate", "refusal RATE_LIMITED")
def limits_everybody_together() -> None:
    """What one sends counts against all."""
    message, request = Limits.message, Limits.request

    async def message_of_all(self: Limits, user_id: str) -> None:
        await message(self, "everybody")

    async def request_of_all(self: Limits, user_id: str, size: int = 0, means: str = "") -> int:
        return await request(self, "everybody", size, means)

    Limits.message = message_of_all
    Limits.request = request_of_all
    begin_nothing_at_once()


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
    answer, message, request = Sockets._answer, Limits.message, Limits.request
    socket = ContextVar("socket", default="")

    async def noted(self: Sockets[Line], connection: Line, *given: object, **named: object) -> object:
        socket.set(connection.id)
        return await answer(self, connection, *given, **named)

    async def message_of_each(self: Limits, user_id: str) -> None:
        await message(self, f"{user_id}:{socket.get()}")

    async def request_of_each(self: Limits, user_id: str, size: int = 0, means: str = "") -> int:
        return await request(self, f"{user_id}:{socket.get()}", size, means)

    Sockets._answer = noted
    Limits.message = message_of_each
    Limits.request = request_of_each
    begin_nothing_at_once()


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
