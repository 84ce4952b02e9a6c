"""The dialects: each is one module or folder here, named as its documents are.

A dialect translates between its generated wire models and domain values, implements the generated handler
Protocols with the services, and builds its transports. It holds no rules, and knows no other dialect.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from starlette.types import ASGIApp

from palaver_runtime.core import Core
from palaver_runtime.transports.socketio import SocketLimits
from palaver_runtime.transports.websocket import WebSocketLimits
from palaver_wire.contract import HandlerMissing

__all__ = ["Dialect", "DialectOutdated", "HandlerMissing", "Site", "Surface", "available", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How a dialect is to be served: sizes in bytes, times in seconds."""

    allowed_origins: tuple[str, ...]
    max_body_bytes: int
    sockets: SocketLimits
    websockets: WebSocketLimits = field(default_factory=WebSocketLimits)
    shutdown_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A dialect ready to be served: an ASGI application, and how to end its connections."""

    app: ASGIApp
    close: Callable[[], Awaitable[None]]


class Dialect(Protocol):
    """What a dialect's module offers."""

    DEFAULT_PORT: int

    def build(self, core: Core, site: Site) -> Surface:
        """Bind the handlers to the documents; raise HandlerMissing when one does not follow its document."""
        ...


def available() -> tuple[str, ...]:
    """Name the dialects, in alphabetical order."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_")))


class DialectOutdated(Exception):
    """A dialect uses what its documents do not hold (any more)."""


def load(name: str) -> Dialect:
    """Import a dialect; raise LookupError for an unknown one, DialectOutdated for one that lags its documents."""
    if name not in available():
        raise LookupError(f"there is no dialect {name!r}; available: {', '.join(available())}")
    try:
        module: Dialect = importlib.import_module(f"{__name__}.{name}")
    except ImportError as error:
        if error.name is None or not error.name.startswith("palaver_wire."):
            raise
        raise DialectOutdated(f"{name} does not follow its documents: {error}") from error
    return module
