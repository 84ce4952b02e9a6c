"""What shows only where a server takes little, switched off."""

from collections.abc import Callable

from mutants.mutant import mutant
from mutants.usual import begin_nothing_at_once
from servers.conditions import SCARCE, SMALL, STRICT
from uvicorn import Config

from palaver_runtime.services import conversations
from palaver_runtime.services.capacity import Capacity
from palaver_runtime.services.limits import Limits, Seats
from palaver_runtime.transports import guards, threshold
from palaver_runtime.transports.socketio import SocketLimits
from palaver_runtime.transports.websocket import WebSocketLimits

_ENDLESS = 10**9


@mutant("limits.members.count", "a refusal with CONFLICT", conditions=SMALL)
def fills_conversations_without_end() -> None:
    """A conversation takes everybody."""

    def anybody(self: Capacity, count: int) -> None:
        pass

    Capacity.require_members = anybody


@mutant("limits.members.count", "a refusal with CONFLICT", dialect="aether", conditions=SMALL)
def lets_everybody_join() -> None:
    """An open conversation takes everybody who comes."""
    fills_conversations_without_end.sabotage()


@mutant("limits.members.count", "a refusal with CONFLICT", conditions=SMALL)
def counts_those_alone_who_come_later() -> None:
    """Who is there from the beginning is not counted."""
    create = conversations.ConversationService.create

    async def unbounded(self: conversations.ConversationService, *given: object) -> object:
        bounded, self.capacity = self.capacity, Capacity(members=_ENDLESS)
        try:
            return await create(self, *given)
        finally:
            self.capacity = bounded

    conversations.ConversationService.create = unbounded


@mutant("limits.page.size", "a page of which 4 messages were asked for", conditions=SMALL)
def gives_pages_as_large_as_asked_for() -> None:
    """A page has as much on it as somebody asks for."""

    def whole(self: Capacity, limit: int) -> int:
        return limit

    Capacity.page_of = whole


@mutant("limits.page.size", "page 1, of which 4 messages were asked for", dialect="aether", conditions=SMALL)
def gives_numbered_pages_as_large_as_asked_for() -> None:
    """A page with a number has as much on it as somebody asks for."""
    gives_pages_as_large_as_asked_for.sabotage()


@mutant("limits.frame.oversized", "to end the connection", conditions=SMALL)
def reads_frames_of_any_size() -> None:
    """A WebSocket message is read however large it is, by the protocol and by what is above it."""
    _set(Config, ws_max_size=_ENDLESS)
    _set(SocketLimits, max_frame_bytes=_ENDLESS)


@mutant("limits.frame.oversized", "to end the connection", dialect="envelope", conditions=SMALL)
def reads_bare_frames_of_any_size() -> None:
    """A WebSocket message is read however large it is."""
    _set(Config, ws_max_size=_ENDLESS)


@mutant("limits.frame.fragments", "to end the connection", conditions=SMALL)
def puts_any_number_of_fragments_together() -> None:
    """A message may come in as many fragments as it likes."""
    _set(guards.ListenerLimits, max_fragments=_ENDLESS)


@mutant("limits.frame.packets", "packets in one request to be refused", conditions=SMALL)
def reads_any_number_of_packets() -> None:
    """A request that polls may have any number of packets."""
    _set(SocketLimits, max_packets=_ENDLESS)


@mutant("limits.attachments.size", "to end the connection", conditions=SMALL)
def takes_attachments_of_any_size() -> None:
    """Attachments are read however large they are."""
    _set(SocketLimits, max_attachment_bytes=_ENDLESS)


@mutant("limits.outbound.unread", "unread to be cut off", conditions=SMALL)
def keeps_everything_for_slow_readers() -> None:
    """What a client does not read waits for it, however much that is."""
    _set(SocketLimits, max_pending_bytes=_ENDLESS)


@mutant("limits.outbound.unread", "unread to be cut off", dialect="envelope", conditions=SMALL)
def keeps_everything_for_slow_readers_of_bare_websockets() -> None:
    """What a client of a bare WebSocket does not read waits for it, however much that is."""
    _set(WebSocketLimits, max_pending_bytes=_ENDLESS)


@mutant("limits.connections.total", "in all to be refused", conditions=SCARCE)
def takes_any_number_of_connections() -> None:
    """Nobody counts the connections of all together."""
    begin = Seats.__init__

    def generous(self: Seats, by_address: int, total: int, *given: object) -> None:
        begin(self, by_address, _ENDLESS, *given)

    Seats.__init__ = generous


@mutant("limits.connections.total", "in all to be refused", dialect="envelope", conditions=SCARCE)
def takes_any_number_of_bare_websockets() -> None:
    """Nobody counts the bare WebSockets of all together."""
    takes_any_number_of_connections.sabotage()


@mutant("limits.requests.address", "requests of nobody in particular", conditions=SCARCE)
def counts_no_address() -> None:
    """As long as nobody says who it is, anything may be asked for as often as one can."""

    async def uncounted(self: Limits, address: str) -> None:
        pass

    Limits.address = uncounted
    begin_nothing_at_once()


@mutant("limits.connections.joining", "that nobody has joined to be refused", conditions=STRICT)
def waits_for_everybody_to_join() -> None:
    """However many connections of an address nobody joins, there is room for more."""
    begin = Seats.__init__

    def patient(self: Seats, by_address: int, total: int, refused: Callable[[str], None], joining: int) -> None:
        begin(self, by_address, total, refused)

    Seats.__init__ = patient


@mutant("limits.requests.rate", "requests of one user", conditions=STRICT)
def counts_no_requests() -> None:
    """Who is somebody may ask for anything as often as one can."""

    async def uncounted(self: Limits, user_id: str, size: int = 0, means: str = "") -> int:
        return 1

    Limits.request = uncounted
    begin_nothing_at_once()


@mutant("limits.handshake.unfinished", "who does not finish headers to be cut off", conditions=SMALL)
def waits_for_headers_for_ever() -> None:
    """Who has begun a request may take any time."""
    guards.GuardedHttp._late = threshold.Threshold._late = lambda self: None


@mutant("limits.handshake.unfinished", "who does not finish a body to be cut off", conditions=SMALL)
def waits_for_bodies_for_ever() -> None:
    """Who has finished the headers of a request may take any time for the body."""
    complete = guards.GuardedHttp.on_headers_complete

    def patient(self: guards.GuardedHttp) -> None:
        complete(self)
        self._stop(self._request_timer)

    guards.GuardedHttp.on_headers_complete = patient


def _set(of: type, **values: object) -> None:
    """Have something begin with other values than those that it is given."""
    begin: Callable[..., None] = of.__init__

    def other(self: object, *given: object, **named: object) -> None:
        begin(self, *given, **{**named, **values})

    of.__init__ = other
