"""A dialect served over Socket.IO, as an ASGI application."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from functools import partial
from typing import Final, Generic, TypeVar

from engineio import ASGIApp  # type: ignore[import-untyped]
from starlette.types import ASGIApp as Application

from palaver_runtime.metrics import Meter
from palaver_runtime.transports import reasons
from palaver_runtime.transports.door import Door
from palaver_runtime.transports.entrance import with_entrance
from palaver_runtime.transports.socketio.engine import EngineServer
from palaver_runtime.transports.socketio.engine_socket import EngineSocket
from palaver_runtime.transports.socketio.limits import SocketLimits
from palaver_runtime.transports.socketio.openings import new_id
from palaver_runtime.transports.socketio.session import Opening, Session, SocketIODialect

logger = logging.getLogger(__name__)

S = TypeVar("S")

_CANCEL_GRACE: Final = 1.0
"""Seconds in which a dialect may take leave of a connection whose handler was cancelled."""


class SocketIOTransport(Generic[S]):
    """Serves one dialect in its namespace at `path`; `fallback` gets every request elsewhere.

    `allowed_origins` are compared exactly; a request without an Origin header, which no browser sends across
    sites, is allowed; "*" allows every origin, then without credentials.
    """

    def __init__(
        self,
        dialect: SocketIODialect[S],
        *,
        path: str = "/socket.io",
        allowed_origins: Iterable[str] = (),
        limits: SocketLimits | None = None,
        fallback: Application | None = None,
        door: Door | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._dialect = dialect
        self._limits = limits or SocketLimits()
        self._door = door or Door()
        self._meter = meter or Meter()
        self._engine = EngineServer(self._limits, allowed_origins, self._open, self._door, self._meter)
        self._sessions: dict[Session[S], EngineSocket] = {}
        self._emptied = asyncio.Event()
        #: The ASGI application.
        place = path.strip("/")
        self.app: Application = with_entrance(
            self._door.guarded(ASGIApp(self._engine, other_asgi_app=fallback, engineio_path=place)),
            partial(self._engine.sessions.enter, f"/{place}/".encode()),
        )

    @property
    def sessions(self) -> int:
        """How many sessions are open or still being taken down."""
        return len(self._sessions)

    async def close(self, deadline: float = 10.0) -> None:
        """Refuse new sessions and close all; return when the dialect knows and the clients have read it.

        What is being handled is finished and answered first, within half of the time; what waits behind it is for the
        client to send again. What lasts longer than `deadline` seconds is cancelled. The transports are closed without
        a DISCONNECT packet: that would tell the JavaScript client not to reconnect, and another instance may be there.
        """
        end = asyncio.get_running_loop().time() + deadline
        self._engine.sessions.refusing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline / 2):
                await asyncio.gather(*(session.rest() for session in self._sessions))
        for socket in list(self._sessions.values()):
            socket.finish(reasons.SERVER_SHUTDOWN)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self._engine.sessions.emptied()
                await self._over()
        self._engine.sessions.abort_all(reasons.SERVER_SHUTDOWN)
        # Twice: the first ends the handler of an event, the second the disconnect that follows it.
        for _ in range(2):
            for session in list(self._sessions):
                if session.cancel():
                    logger.warning("%s lasts longer than %g s and is cancelled", session.name, deadline)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CANCEL_GRACE):
                    await self._over()

    def _open(self, socket: EngineSocket, opening: Opening) -> None:
        session = Session(self._dialect, socket, opening, self._limits, new_id, self._door, self._meter, self._gone)
        self._sessions[session] = socket
        socket.open(session)

    def _gone(self, session: Session[S]) -> None:
        del self._sessions[session]
        if not self._sessions:
            self._emptied.set()

    async def _over(self) -> None:
        """Wait until every session is taken down."""
        while self._sessions:
            self._emptied.clear()
            await self._emptied.wait()
