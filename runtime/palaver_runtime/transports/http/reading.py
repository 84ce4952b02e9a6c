"""From a request to the arguments of a handler; everything that does not fit the document is refused."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from palaver_runtime.transports import numbers
from palaver_runtime.transports.depth import too_deep
from palaver_runtime.transports.http.dialect import Route
from palaver_runtime.transports.http.failures import BadRequest, TooDeep, TooLarge, TooMany, UnsupportedMediaType
from palaver_runtime.transports.numbers import has_foreign_number
from palaver_runtime.transports.values import too_many

M = TypeVar("M", bound=BaseModel)

_INTEGER: Final = re.compile("-?(0|[1-9][0-9]*)")
_NO_INTEGER: Final = "x"
"""Stands for a text that is no integer: the model refuses it, and says so as it does of any other."""


def read_parameters(model: type[M] | None, route: Route, request: Request) -> M | None:
    """Return path and query parameters as one model, None without one; raise BadRequest."""
    query = read_query(request.scope["query_string"], route.query)
    if model is None:
        return None
    values = {**request.path_params, **query}
    # In a string the strict mode also takes 1.0, 1_0, +1 and blanks for an integer.
    odd = {name for name in _integers(model) & values.keys() if not _INTEGER.fullmatch(values[name])}
    try:
        return model.model_validate_strings(
            {name: _NO_INTEGER if name in odd else value for name, value in values.items()},
            strict=True,
            by_alias=True,
            by_name=False,
        )
    except ValidationError as error:
        raise BadRequest(_problems(error, request.path_params)) from None


def read_query(raw: bytes, known: frozenset[str]) -> dict[str, str]:
    """Return the query parameters; raise BadRequest for an unknown, repeated or undecodable one."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise BadRequest([("/query", "is not valid percent-encoded UTF-8")]) from None
    values: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    for name, value in pairs:
        if name not in known:
            problems.append((f"/query/{_escape(name)}", "is not a parameter of this operation"))
        elif name in values:
            problems.append((f"/query/{_escape(name)}", "is given more than once"))
        values[name] = value
    if problems:
        raise BadRequest(list(dict.fromkeys(problems)))
    return values


async def read_body(request: Request, limit: int, *, max_depth: int = 512, required: bool = True) -> bytes:
    """Return the JSON text of the body; raise BadRequest, UnsupportedMediaType or TooLarge, the latter while reading.

    An absent body that is not `required` is an empty object, whatever its type was said to be.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(limit)
    if not body and not required:
        return b"{}"
    if not body:
        raise BadRequest([("/body", "is missing")])
    if not _is_json(request.headers.get("content-type", "")) or _is_compressed(request.headers):
        raise UnsupportedMediaType
    text = bytes(body)
    if too_many(text):
        raise TooMany
    if too_deep(text, max_depth):
        raise TooDeep(max_depth)
    if has_foreign_number(text):
        raise BadRequest([("/body", numbers.REFUSAL)])
    return text


async def discard_body(request: Request, limit: int) -> None:
    """Read a body that the operation does not have; raise BadRequest when there is one, TooLarge as above."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit)
    if size:
        raise BadRequest([("/body", "this operation has no body")])


def _is_compressed(headers: Mapping[str, str]) -> bool:
    # What is small when it comes can be large once it is read.
    return headers.get("content-encoding", "identity").strip().lower() != "identity"


def _is_json(content_type: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    return kind == "application/json" and all(
        parameter in ("", "charset=utf-8", 'charset="utf-8"') for parameter in parameters
    )


@cache
def _integers(model: type[BaseModel]) -> frozenset[str]:
    """Return the names on the wire of the fields that can only be integers."""
    schema = model.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})

    def is_integer(part: dict[str, Any]) -> bool:
        if "$ref" in part:
            return is_integer(definitions[part["$ref"].removeprefix("#/$defs/")])
        if "anyOf" in part:
            return all(is_integer(choice) for choice in part["anyOf"] if choice.get("type") != "null")
        return part.get("type") == "integer"

    return frozenset(name for name, part in schema.get("properties", {}).items() if is_integer(part))


def _problems(error: ValidationError, path: Mapping[str, object]) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        place = [str(part) for part in detail["loc"]]
        part = "path" if place and place[0] in path else "query"
        problems.append(("/" + "/".join([part, *map(_escape, place)]), detail["msg"]))
    return problems


def _escape(token: str) -> str:
    """Return a token of a JSON Pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")
