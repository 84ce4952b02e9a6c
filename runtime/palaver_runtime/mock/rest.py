"""The mock over HTTP: each endpoint answers with its example, and refuses what its document does not allow."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from palaver_runtime.mock.answering import INVALID, NOWHERE, UNAUTHORIZED, Answers, Refused
from palaver_runtime.mock.contract import Endpoint, Meaning, Parameter
from palaver_runtime.mock.schema import Schema
from palaver_runtime.mock.speaking import Facts
from palaver_runtime.mock.tokens import user_of

WISH = "x-palaver-error"
"""The header that asks for an error code."""

_INTEGER = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?\d{1,18}(\.\d+)?")

Told = Callable[[Meaning, Facts], None]


def rest_application(answers: Answers, told: Told) -> Starlette:
    """Return the endpoints as an application; `told` hears of every request that was answered with success."""
    endpoints: dict[str, dict[str, Endpoint]] = {}
    for endpoint in answers.contract.endpoints:
        endpoints.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    # A path without parameters before one with: /a/me is not {id} of /a/{id}.
    paths = sorted(endpoints, key=lambda path: [part.startswith("{") for part in path.split("/")])
    handler = _Handler(answers, told)
    routes = [
        Route(path, handler.bound(endpoint), methods=[method])
        for path in paths
        for method, endpoint in endpoints[path].items()
    ]
    # A mock is for pages in development, wherever these are served; it has nothing to protect.
    cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    return Starlette(routes=routes, middleware=[cors], exception_handlers={HTTPException: handler.nowhere})


class _Handler:
    def __init__(self, answers: Answers, told: Told) -> None:
        self._answers = answers
        self._told = told

    def bound(self, endpoint: Endpoint) -> Callable[[Request], Any]:
        """Return the handler of one endpoint."""

        async def handle(request: Request) -> Response:
            await asyncio.sleep(self._answers.wishes.delay)
            try:
                return await self._answer(endpoint, request)
            except Refused as refused:
                return self._refuse(endpoint, refused)

        return handle

    async def nowhere(self, request: Request, error: Exception) -> Response:
        """Answer a request that no endpoint takes, in the form that refusals have here."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        refused = Refused(NOWHERE, f"There is no {request.method} {request.url.path} in the documents")
        return self._refuse(None, refused, status)

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if endpoint.secured and not token:
            raise Refused(UNAUTHORIZED, "There is no token in the header Authorization")
        values, problems = _parameters(endpoint, request)
        body, others = await _body(endpoint, request)
        if problems or others:
            raise self._answers.invalid([*problems, *others])
        whole = {**values, "body": body}
        names = (f"{endpoint.method} {endpoint.path}", endpoint.operation)
        self._answers.check_wishes(endpoint.meaning, names, whole, request.headers.get(WISH))
        facts = self._answers.speaker.facts(endpoint.meaning, whole, user_of(token))
        status = _success(endpoint)
        schema = endpoint.responses.get(status)
        response = Response(status_code=int(status))
        if schema is not None:
            sample = endpoint.samples.get(status)
            response = JSONResponse(
                self._answers.speaker.say(schema, endpoint.meaning.result, facts, sample), int(status)
            )
        self._told(endpoint.meaning, facts)
        return response

    def _refuse(self, endpoint: Endpoint | None, refused: Refused, status: int | None = None) -> Response:
        status = status or self._answers.contract.statuses.get(refused.code, 400 if refused.code == INVALID else 500)
        schema = self._refusal_schema(endpoint, status)
        body: Any = {"error": {"code": refused.code, "message": refused.message}}
        if schema is not None:
            body = self._answers.speaker.refuse(schema, refused.code, refused.message, refused.problems, "")
        return JSONResponse(body, status)

    def _refusal_schema(self, endpoint: Endpoint | None, status: int) -> Schema | None:
        """Return the form of a refusal: that of this status, else any that there is."""
        endpoints = ([endpoint] if endpoint else []) + list(self._answers.contract.endpoints)
        for each in endpoints:
            for wanted in (str(status), f"{status // 100}XX", "default"):
                if each.responses.get(wanted) is not None:
                    return each.responses[wanted]
        return next(
            (schema for each in endpoints for key, schema in each.responses.items() if schema and key[:1] in "45"), None
        )


def _success(endpoint: Endpoint) -> str:
    good = sorted(status for status in endpoint.responses if status[:1] == "2" and status.isdecimal())
    # Of several the one that says that something was made: the others are for what was there already.
    return "201" if endpoint.method == "POST" and "201" in good else next(iter(good), "200")


def _parameters(endpoint: Endpoint, request: Request) -> tuple[dict[str, dict[str, Any]], list[tuple[str, str]]]:
    """Return the parameters by their place, and what is wrong with them."""
    given: Mapping[str, Mapping[str, str]] = {
        "path": request.path_params,
        "query": request.query_params,
        "header": request.headers,
        "cookie": request.cookies,
    }
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
    known = {parameter.name for parameter in endpoint.parameters if parameter.place == "query"}
    unknown = [name for name in request.query_params if name not in known]
    problems = [(f"/query/{name}", "is not a parameter of this operation") for name in unknown]
    for parameter in endpoint.parameters:
        texts = given.get(parameter.place, {})
        at = f"/{parameter.place}/{parameter.name}"
        if parameter.name not in texts:
            problems += [(at, "is required")] if parameter.required else []
            continue
        value = _value(parameter, texts[parameter.name], request)
        problems += parameter.schema.problems(value, at)
        values.setdefault(parameter.place, {})[parameter.name] = value
    return values, problems


def _value(parameter: Parameter, text: str, request: Request) -> Any:
    kinds = parameter.schema.resolved.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "array" in kinds and parameter.place == "query":
        return [each for listed in request.query_params.getlist(parameter.name) for each in listed.split(",")]
    if "integer" in kinds and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in kinds and _NUMBER.fullmatch(text):
        return float(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


async def _body(endpoint: Endpoint, request: Request) -> tuple[Any, list[tuple[str, str]]]:
    raw = await request.body()
    if endpoint.body is None:
        return {}, [("/body", "this operation has no body")] if raw else []
    if not raw:
        return {}, [("/body", "is missing")] if endpoint.body_required else []
    try:
        body = json.loads(raw)
    except ValueError:
        return {}, [("/body", "is not JSON")]
    return body, endpoint.body.problems(body, "/body")
