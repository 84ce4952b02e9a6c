"""The dialects: each is one module or folder here, or a module of somebody else's, named as its documents are.

A dialect translates between its generated wire models and domain values, implements the generated handler
Protocols with the services, and builds its transports. It holds no rules, and knows no other dialect.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from starlette.types import ASGIApp

from palaver_runtime.core import Core
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.census import ListenerLimits
from palaver_runtime.transports.door import Proxies
from palaver_runtime.transports.socketio import SocketLimits
from palaver_runtime.transports.websocket import WebSocketLimits
from palaver_wire.contract import HandlerMissing

if TYPE_CHECKING:
    # Only the dialects that speak gRPC load it.
    from palaver_runtime.transports.grpc import GrpcServer

__all__ = [
    "Dialect",
    "DialectOutdated",
    "HandlerMissing",
    "NoDialect",
    "Site",
    "Surface",
    "available",
    "grpc_port",
    "load",
    "load_own",
]

#: Of a dialect that speaks gRPC and does not say where.
_GRPC_PORT = 50_051


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How a dialect is to be served: sizes in bytes, times in seconds."""

    allowed_origins: Iterable[str]
    max_body_bytes: int
    sockets: SocketLimits
    websockets: WebSocketLimits = field(default_factory=WebSocketLimits)
    max_header_bytes: int = 16_384
    proxies: Proxies = field(default_factory=Proxies)
    shutdown_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A dialect ready to be served: an ASGI application, how to end its connections, and its calls, if it has any.

    Whoever serves it binds, starts and closes `calls`; `grpc_port` is where, if nobody says otherwise. `listening` is
    what is asked of connections before the application sees them.
    """

    app: ASGIApp
    close: Callable[[], Awaitable[None]]
    calls: "GrpcServer[Caller] | None" = None
    grpc_port: int = _GRPC_PORT
    listening: ListenerLimits = field(default_factory=ListenerLimits)


class Dialect(Protocol):
    """What a dialect's module offers; one that speaks gRPC also has a DEFAULT_GRPC_PORT."""

    DEFAULT_PORT: int

    def build(self, core: Core, site: Site) -> Surface:
        """Bind the handlers to the documents; raise HandlerMissing when one does not follow its document."""
        ...


def available() -> tuple[str, ...]:
    """Name the dialects, in alphabetical order."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_")))


def grpc_port(dialect: Dialect) -> int:
    """Return the port on which a dialect speaks gRPC if nobody says otherwise."""
    port: int = getattr(dialect, "DEFAULT_GRPC_PORT", _GRPC_PORT)
    return port


class NoDialect(Exception):
    """A module is not what a dialect has to be."""


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


def load_own(module: str) -> tuple[str, Dialect]:
    """Import a dialect that is not one of ours, and give its name: the last part of the module's.

    Raises NoDialect for a module that is not there, is no Python or offers something else, DialectOutdated for one that
    lags its documents.
    """
    name = module.rpartition(".")[2]
    if name in available():
        raise NoDialect(f"{name!r} is the name of a dialect that palaver has itself; choose another")
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise NoDialect(f"there is no module {module!r} in the folders of --app-dir") from error
        raise DialectOutdated(f"{module} cannot be imported: {error}") from error
    except SyntaxError as error:
        raise NoDialect(f"{error.filename}:{error.lineno} is no Python: {error.msg}") from error
    if not isinstance(getattr(found, "DEFAULT_PORT", None), int) or not callable(getattr(found, "build", None)):
        raise NoDialect(f"{module} is no dialect: one has DEFAULT_PORT, a number, and build(core, site)")
    return name, cast("Dialect", found)
