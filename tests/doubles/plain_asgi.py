"""An ASGI server that is not ours: it knows nothing of channels."""

from starlette.types import ASGIApp, Receive, Scope, Send

from palaver_runtime.transports import CHANNEL_EXTENSION


def as_is(app: ASGIApp) -> ASGIApp:
    """Return an application as it is on our own server."""
    return app


def plain(app: ASGIApp) -> ASGIApp:
    """Return an application as it is on such a server."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {name: each for name, each in (scope.get("extensions") or {}).items() if name != CHANNEL_EXTENSION}
        await app({**scope, "extensions": extensions}, receive, send)

    return run
