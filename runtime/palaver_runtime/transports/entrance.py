"""Websockets that are opened in the turn in which they are asked for, without a task and all that ASGI needs."""

from collections.abc import Callable
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.request import Request

Entrance: TypeAlias = Callable[[Channel, Request], bool]
"""Opens what a request asks for, or tells that it has done nothing: then the application is to be asked.

It runs in a context of its own, which is that of the connection from then on.
"""


class Entered:
    """An application with its entrance."""

    def __init__(self, app: ASGIApp, enter: Entrance) -> None:
        self._app = app
        #: The entrance.
        self.enter = enter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle what does not come in by the entrance."""
        await self._app(scope, receive, send)


def entrance(app: ASGIApp) -> Entrance | None:
    """Give the entrance of an application, None for one that has none."""
    found: Entrance | None = getattr(app, "enter", None)
    return found


def with_entrance(app: ASGIApp, enter: Entrance | None) -> ASGIApp:
    """Give an application an entrance, if there is one."""
    return app if enter is None else Entered(app, enter)
