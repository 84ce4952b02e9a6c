"""The Engine.IO sessions of one server: how each begins, and which are there."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import Any, Final

from palaver_runtime.metrics import Meter
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.door import Door, Refused, Seat, counted_as
from palaver_runtime.transports.gathering import Gathering
from palaver_runtime.transports.heartbeat import Pulse
from palaver_runtime.transports.origins import Origins
from palaver_runtime.transports.request import Request
from palaver_runtime.transports.rfc6455 import handshake
from palaver_runtime.transports.rfc6455.handshake import accept_key
from palaver_runtime.transports.socketio.engine_socket import EngineSocket
from palaver_runtime.transports.socketio.limits import SocketLimits
from palaver_runtime.transports.socketio.openings import PLAIN, first_values, new_id, read_headers, read_query
from palaver_runtime.transports.socketio.session import Opening
from palaver_runtime.transports.text_frame import TextFrame
from palaver_runtime.transports.timers import Timers


class EngineSessions:
    """Begins sessions, knows those that are there, and ends all.

    A session that a websocket of our own listener opens, as nearly all do, is begun here at once. Without the library,
    which takes longer for it than all that follows; any other request is for `server`, which is the library's.
    """

    def __init__(
        self,
        server: Any,
        limits: SocketLimits,
        allowed_origins: Iterable[str],
        opened: Callable[[EngineSocket, Opening], None],
        door: Door,
        meter: Meter,
    ) -> None:
        #: Whose limits are met, and what is said then.
        self.door = door
        self.origins: Final = Origins(allowed_origins)
        #: By identifier, as the library looks for them.
        self.by_id: Final[dict[str, EngineSocket]] = {}
        #: Whether nobody is to begin one any more.
        self.refusing = False
        self._server = server
        self._limits: Final = limits
        self._opened: Final = opened
        self._meter: Final = meter
        self._gathering: Final = Gathering(meter.delivered)
        self._pulse: Final = Pulse(limits.ping_interval, limits.ping_timeout)
        self._handshakes: Final = Timers(limits.handshake_timeout)
        # Once, and not for each session.
        self._gone: Final = self._forget
        # Beside those that the library knows, which loses a session that is still being taken down.
        self._live: Final[set[EngineSocket]] = set()
        self._empty: Final = asyncio.Event()
        self._empty.set()
        self._terms: Final = (
            f'"pingTimeout":{round(limits.ping_timeout * 1000)},"pingInterval":{round(limits.ping_interval * 1000)},'
            f'"maxPayload":{limits.max_frame_bytes}'
        )
        meter.watch_connections(
            lambda: (("websocket" if each.upgraded else "polling", each.pending_bytes) for each in self._live)
        )

    async def emptied(self) -> None:
        """Return once no session is left."""
        await self._empty.wait()

    def abort_all(self, reason: str) -> None:
        """End every session that is left, whatever is queued for it."""
        for socket in list(self._live):
            socket.abort(reason)

    def enter(self, path: bytes, channel: Channel, request: Request) -> bool:
        """Begin a session by a websocket of our own listener; False, and nothing done, where that cannot be at once."""
        place, _, query = request.target.partition(b"?")
        if self.refusing or place != path or query not in PLAIN or not self.allows(request.headers):
            return False
        try:
            key = accept_key(request.method, request.version, request.headers)
        except handshake.Refused:
            return False
        began = perf_counter()
        address = self.door.address(request.client[0] if request.client else "", request.headers)
        counted = counted_as(address)
        account = self.door.let_in_at_once(counted)
        if account is None:
            return False
        opening = opening_of(address, request.headers, read_query(query))
        socket = self._begun("websocket", self.door.seat(counted))
        channel.accept(key, (), self._welcome(socket, "").wire)
        socket.carried_by(channel)
        self._opened(socket, opening)
        account.charge(perf_counter() - began)
        return True

    def allows(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Tell whether the origin that a request is from is accepted."""
        return self.origins.allow([value.decode("latin-1") for name, value in headers if name == b"origin"])

    def seat(self, opening: Opening) -> Seat | Refused:
        """Take a seat for a session, or say why there is none."""
        try:
            return self.door.seat(counted_as(opening.address))
        except Exception as error:
            return self.door.refuse(error)

    def begin(self, opening: Opening, seat: Seat, transport: str) -> EngineSocket:
        """Begin a session: its first words are queued."""
        socket = self._begun(transport, seat)
        socket.enqueue(self._welcome(socket, '"websocket"' if transport == "polling" else ""))
        self._opened(socket, opening)
        return socket

    def _begun(self, transport: str, seat: Seat) -> EngineSocket:
        sid = new_id()
        socket = EngineSocket(
            self._server, sid, self._limits, self._gone, self._meter, self._gathering, self._pulse, self._handshakes
        )
        socket.seat = seat
        self.by_id[sid] = socket
        self._live.add(socket)
        self._empty.clear()
        self._meter.opened(transport)
        return socket

    def _welcome(self, socket: EngineSocket, upgrades: str) -> TextFrame:
        return TextFrame(f'0{{"sid":"{socket.sid}","upgrades":[{upgrades}],{self._terms}}}')

    def _forget(self, socket: EngineSocket) -> None:
        self.by_id.pop(socket.sid, None)
        self._live.discard(socket)
        socket.seat.leave()
        if not self._live:
            self._empty.set()


def opening_of(address: str, headers: Iterable[tuple[bytes, bytes]], query: Mapping[str, list[str]]) -> Opening:
    """Give what a session is opened with."""
    return Opening(query=first_values(query), headers=read_headers(headers), address=address)
