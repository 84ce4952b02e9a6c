"""Requests to the REST operations of every dialect: path, query and body, as far as a handler."""

import asyncio
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from zlib import crc32

from fuzz.target import Broken, Target
from fuzz.targets.playground import json_of, run

from palaver_runtime.dialects._http import Http
from palaver_runtime.metrics import Meter
from palaver_runtime.transports.http import HttpRefusal, HttpTransport, Route

_NAMES = ("gateway", "messenger", "envelope", "social")
_REACHED = 299
_WATCH = ("palaver_runtime/transports/http/", "palaver_runtime/transports/numbers.py", "palaver_runtime/dialects/_")
_TOKENS = (
    *(b"?limit=", b"&cursor=", b"&limit=10", b"%00", b"%ff", b"%ud800", b"+", b";", b"\n", b"application/json"),
    *(b"; charset=utf-8", b"text/plain", b"{}", b'"content":', b'"participantIds":', b"&", b"=", b"%2F", b"/"),
)
_LIMIT = 8192


class _Reached(Exception):
    """The request came as far as the handler."""


@dataclass(frozen=True)
class _Bound:
    route: Route

    async def call(self, *arguments: object) -> object:
        raise _Reached


class _Dialect(Http):
    async def authenticate(self, headers: object) -> Any:
        return None

    def refuse(self, error: Exception, route: Route | None) -> HttpRefusal:
        return HttpRefusal(_REACHED, {}) if isinstance(error, _Reached) else super().refuse(error, route)


def _served(name: str) -> tuple[list[Route], HttpTransport[Any]]:
    routes = list(import_module(f"palaver_wire.{name}.routes").ROUTES)
    catalogue = import_module(f"palaver_wire.{name}.errors").CATALOGUE
    codec = import_module(f"palaver_runtime.dialects.{name}.codec")
    body = getattr(codec, "error_body", None) or codec.refusal
    meter = Meter()
    core: Any = SimpleNamespace(meter=meter)  # all that a refusal asks of it
    dialect = _Dialect(core, catalogue, body)
    bound = [_Bound(each) for each in routes]
    return routes, HttpTransport(bound, dialect, max_body_bytes=_LIMIT, meter=meter)


_SERVED = {name: _served(name) for name in _NAMES}
_ROUTES = [(name, route) for name, (routes, _) in _SERVED.items() for route in routes]


def request(data: bytes) -> str:
    """Take a request: `operation value/value?query`, the type of the body, and the body, on lines of their own.

    The operation is chosen by its name, and by anything else at random; the values stand for the path's parameters.
    """
    return run(_request(data))


async def _request(data: bytes) -> str:
    head, _, rest = data.partition(b"\n")
    kind, _, body = rest.partition(b"\n")
    called, _, query = head.partition(b"?")
    operation, _, values = called.partition(b" ")
    wanted = operation.decode("latin-1")
    named = [each for each in _ROUTES if f"{each[0]}.{each[1].operation}" == wanted]
    name, route = named[0] if named else _ROUTES[crc32(operation) % len(_ROUTES)]
    parts = iter(values.decode("latin-1").split("/"))
    path = "/".join(next(parts, "x") if each.startswith("{") else each for each in route.path.split("/"))
    scope = {
        "type": "http",
        "method": route.method,
        "path": path,
        "raw_path": path.encode("latin-1"),
        "root_path": "",
        "query_string": query,
        "headers": [(b"content-type", kind), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    status, answer = await _answered(_SERVED[name][1], scope, [body[:5000], body[5000:]])
    if status == _REACHED:
        return "accepted"
    if status not in (400, 404, 405, 413, 415) and status != 204:
        raise Broken(f"the status {status} of {route.method} {route.path}")
    if answer:
        json_of(answer.decode())
    return f"refused: {status}"


async def _answered(transport: HttpTransport[Any], scope: dict[str, Any], body: list[bytes]) -> tuple[int, bytes]:
    status, answer = 0, bytearray()

    async def receive() -> dict[str, object]:
        return (
            {"type": "http.request", "body": body.pop(0), "more_body": bool(body)}
            if body
            else {"type": "http.disconnect"}
        )

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        answer.extend(message.get("body", b""))

    await transport.app(scope, receive, send)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    return status, bytes(answer)


TARGETS = (Target("http.request", request, _WATCH, "http", 0.5, _TOKENS),)
