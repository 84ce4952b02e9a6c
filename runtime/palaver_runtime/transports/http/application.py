"""Bound routes as an ASGI application."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter
from typing import Final, Generic, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from palaver_runtime.metrics import UNKNOWN, Meter
from palaver_runtime.transports.http.dialect import BoundRoute, HttpDialect, HttpRefusal, Route
from palaver_runtime.transports.http.failures import NoSuchPath, UndeclaredResponse, WrongMethod
from palaver_runtime.transports.http.reading import discard_body, read_body, read_parameters
from palaver_runtime.transports.origins import Origins

logger = logging.getLogger(__name__)

C = TypeVar("C")

_HEADERS: Final = {"cache-control": "no-store"}
_BROKEN: Final = HttpRefusal(500, {"error": "internal server error"})


class HttpTransport(Generic[C]):
    """Serves the bound routes; what no route matches is refused in the dialect's words.

    `max_body_bytes` bounds a request's body, also one without Content-Length, `max_depth` how deep it is
    nested. GET answers HEAD too, and OPTIONS answers with Allow on every path that exists.
    """

    def __init__(
        self,
        routes: Iterable[BoundRoute],
        dialect: HttpDialect[C],
        *,
        allowed_origins: Iterable[str] = (),
        max_body_bytes: int = 1_000_000,
        max_depth: int = 32,
        meter: Meter | None = None,
    ) -> None:
        self._dialect = dialect
        self._meter = meter or Meter()
        self._origins = Origins(allowed_origins)
        self._max_body_bytes = max_body_bytes
        self._max_depth = max_depth
        by_path: dict[str, dict[str, BoundRoute]] = {}
        for bound in routes:
            by_path.setdefault(bound.route.path, {})[bound.route.method] = bound
        # A path without parameters before one with: /a/me is not {id} of /a/{id}.
        paths = sorted(by_path, key=lambda path: [part.startswith("{") for part in path.split("/")])
        #: The ASGI application.
        self.app: ASGIApp = Starlette(routes=[StarletteRoute(path, _Resource(self, by_path[path])) for path in paths])
        self.app.router.redirect_slashes = False
        self.app.router.default = self._nowhere

    async def respond(self, request: Request, bound: BoundRoute) -> Response:
        """Handle a request that has met its route."""
        began = perf_counter()
        route = bound.route
        try:
            arguments = await self._arguments(request, route)
            response = _response(route, await _call(bound, arguments))
        except ClientDisconnect:
            response = Response(status_code=400)  # nobody is there to read it
        except Exception as error:
            response = self.refuse(error, route)
        self._meter.request(route.operation, response.status_code, perf_counter() - began)
        return self.finish(response, request)

    def refuse(self, error: Exception, route: Route | None) -> Response:
        """Return the dialect's response to a failure."""
        try:
            refusal = self._dialect.refuse(error, route)
            if refusal.status >= 500:
                operation = route.operation if route else "no operation"
                logger.error("%s failed", operation, exc_info=error)
            return _json(refusal.status, refusal.body, refusal.headers)
        except Exception:
            logger.exception("a failure of %s could not be told", route.operation if route else "no operation")
            return _json(_BROKEN.status, _BROKEN.body, _BROKEN.headers)

    def finish(self, response: Response, request: Request) -> Response:
        """Add the headers that every response has."""
        response.headers.update(_HEADERS)
        response.headers.update(self._origins.headers(request.headers.get("origin")))
        return response

    def options(self, request: Request, methods: Sequence[str]) -> Response:
        """Answer OPTIONS, a preflight request or not."""
        allow = ", ".join(methods)
        headers = {"allow": allow, **self._origins.preflight(request.headers, allow)}
        return self.finish(Response(status_code=204, headers=headers), request)

    async def _arguments(self, request: Request, route: Route) -> list[object]:
        # Who calls comes first: a stranger learns nothing from the validation.
        arguments: list[object] = []
        if route.secured:
            arguments.append(await self._dialect.authenticate(_lowered(request.headers.items())))
        parameters = read_parameters(route.parameters, route, request)
        if parameters is not None:
            arguments.append(parameters)
        if route.body is None:
            await discard_body(request, self._max_body_bytes)
        else:
            raw = await read_body(
                request, self._max_body_bytes, max_depth=self._max_depth, required=route.body_required
            )
            arguments.append(route.body.model_validate_json(raw, strict=True, by_alias=True, by_name=False))
        return arguments

    async def _nowhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return
        request = Request(scope, receive)
        began = perf_counter()
        response = self.finish(self.refuse(NoSuchPath(), None), request)
        self._meter.request(UNKNOWN, response.status_code, perf_counter() - began)
        await response(scope, receive, send)


class _Resource:
    """One path with its methods."""

    def __init__(self, transport: "HttpTransport[C]", methods: Mapping[str, BoundRoute]) -> None:
        self._transport = transport
        self._methods = dict(methods)
        if "GET" in methods:
            self._methods.setdefault("HEAD", methods["GET"])
        self._allowed = sorted({*self._methods, "OPTIONS"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        bound = self._methods.get(request.method)
        if bound is not None:
            response = await self._transport.respond(request, bound)
        elif request.method == "OPTIONS":
            response = self._transport.options(request, self._allowed)
        else:
            refused = self._transport.refuse(WrongMethod(self._allowed), None)
            refused.headers["allow"] = ", ".join(self._allowed)
            response = self._transport.finish(refused, request)
        await response(scope, receive, send)


async def _call(bound: BoundRoute, arguments: Sequence[object]) -> object:
    try:
        return await bound.call(*arguments)
    except ValidationError as error:
        # Of a model that the handler built: the client is not to blame.
        raise UndeclaredResponse(f"the handler of {bound.route.operation} built an invalid model") from error


def _response(route: Route, result: object) -> Response:
    """Return the response for a handler's result; raise UndeclaredResponse when the document has no such."""
    if len(route.statuses) == 1:
        (status,) = route.statuses
        model = result
    else:
        if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], int)):
            raise UndeclaredResponse(f"{route.operation} declares several statuses: return (status, model)")
        status, model = result
    if status not in route.statuses:
        raise UndeclaredResponse(f"{route.operation} does not declare status {status}")
    declared = route.statuses[status]
    if declared is None:
        if model is not None:
            raise UndeclaredResponse(f"{route.operation} declares no body for status {status}")
        return Response(status_code=status)
    if not isinstance(model, declared):
        raise UndeclaredResponse(
            f"{route.operation} declares {declared.__name__} for status {status}, not {type(model).__name__}"
        )
    return _json(status, _dump(model), {})


def _dump(model: BaseModel) -> object:
    dumped: object = model.model_dump(mode="json", by_alias=True)
    return dumped


def _json(status: int, body: object, headers: Mapping[str, str]) -> Response:
    return Response(orjson.dumps(body), status, dict(headers), media_type="application/json")


def _lowered(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
