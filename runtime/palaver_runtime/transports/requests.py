"""Requests with names: each has an identifier, which the answer and every line of the log about it carry."""

import logging
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from palaver_runtime.about import note, request_id
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.entrance import Entrance
from palaver_runtime.transports.request import Request

logger = logging.getLogger(__name__)

_ANSWERED: Final = b"x-request-id"


class Requests:
    """Puts names to the requests of an application, those that open a websocket included.

    `header` is the one in which a proxy that is trusted names them; without it what clients send is not looked at. With
    `log` each HTTP request has a line when it has been answered. The query, where a token can be, is in none.
    `entrance` is that of the application.
    """

    def __init__(
        self, app: ASGIApp, *, header: str | None = None, log: bool = False, entrance: Entrance | None = None
    ) -> None:
        self._app = app
        #: The entrance, where the application has one.
        self.enter: Entrance | None = None if entrance is None else self._enter
        self._entrance = entrance
        self._header = None if header is None else header.lower().encode()
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        name = request_id(self._offered(scope["headers"]))
        note(request=name)
        began, status = perf_counter(), 0

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (_ANSWERED, name.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, named)
        finally:
            if self._log and scope["type"] == "http":
                took = (perf_counter() - began) * 1000
                # A path that is decoded can hold line ends.
                logger.info("%s %s %d %.1f ms", scope["method"], ascii(scope["path"])[1:-1], status, took)

    def _enter(self, channel: Channel, request: Request) -> bool:
        assert self._entrance is not None, "there is one"
        note(request=request_id(self._offered(request.headers)))
        return self._entrance(channel, request)

    def _offered(self, headers: Sequence[tuple[bytes, bytes]]) -> str | None:
        if self._header is None:
            return None
        offered = [value for name, value in headers if name == self._header]
        return offered[0].decode("latin-1") if offered else None
