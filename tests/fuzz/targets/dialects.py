"""Payloads of events in every dialect, cursors of listings, and requests of gRPC."""

import json
from functools import cache
from importlib import import_module
from importlib.resources import files
from random import Random
from typing import Any
from zlib import crc32

import orjson
from fuzz.target import Broken, Target
from pydantic import BaseModel, ValidationError

from palaver_runtime.dialects import _cursor, _reading
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.mock.schema import Schema
from palaver_runtime.mock.values import example
from palaver_runtime.transports.grpc.failures import Undecodable
from palaver_runtime.transports.grpc.messages import Descriptors
from palaver_wire.contract import WireModel, read_descriptors

_NAMES = ("gateway", "messenger", "aether", "envelope", "social")
_WATCH = ("palaver_runtime/dialects/", "palaver_runtime/transports/numbers.py", "palaver_runtime/transports/grpc/")
_SPACE = b"\n"
_TOKENS = (b'"content":', b'"metadata":{', b'"conversationId":', b'"type":', b'"payload":', b'"attachments":[{', b"\n")


@cache
def _models() -> dict[str, type[WireModel]]:
    """Return the model of every event that clients send, by dialect and name."""
    return {
        f"{name} {event.name}": event.payload
        for name in _NAMES
        for event in import_module(f"palaver_wire.{name}.table").EVENTS
    }


@cache
def _calls() -> dict[str, tuple[Any, Any]]:
    """Return the reader and the model of every call."""
    calls = import_module("palaver_wire.aether.calls").CALLS
    descriptors = Descriptors(read_descriptors("palaver_wire.aether"))
    return {each.key: (descriptors.rpc(each.key), each) for each in calls}


def _one(known: dict[str, Any], name: bytes) -> Any:
    text = name.decode("latin-1")
    return known[text] if text in known else list(known.values())[crc32(name) % len(known)]


def event(data: bytes) -> str:
    """Take the dialect and name of an event, and on the next lines its payload."""
    name, _, raw = data.partition(_SPACE)
    model: type[WireModel] = _one(_models(), name)
    text = raw.decode(errors="replace")
    try:
        payload = _reading.read(model, text)
    except Invalid as error:
        return _refused(error)
    _writable(payload, model)
    return "accepted"


def _refused(error: Invalid) -> str:
    if not 0 < len(error.problems) <= _reading.MAX_PROBLEMS:
        raise Broken(f"{len(error.problems)} problems in a refusal")
    for name in _NAMES:
        codec = import_module(f"palaver_runtime.dialects.{name}.codec")
        if hasattr(codec, "error_body"):
            orjson.dumps(codec.error_body(error).model_dump(mode="json", by_alias=True))
    return f"refused: {error.problems[0].text[:24].rstrip('0123456789 ')}"


def _writable(payload: BaseModel, model: type[WireModel]) -> None:
    """What is accepted is stored, and told to others: it has to come through unharmed."""
    written = orjson.dumps(payload.model_dump(mode="json", by_alias=True))
    stored = json.loads(json.dumps(json.loads(written)))
    try:
        again = model.model_validate_json(orjson.dumps(stored), strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        raise Broken(f"accepted, and not when it comes back: {error.errors()[0]['type']}") from error
    if again != payload:
        raise Broken("accepted, and another when it comes back")


def cursor(data: bytes) -> str:
    """Take the cursor of a listing."""
    text = data.decode(errors="replace")
    try:
        place = _cursor.listing_place(text)
    except Invalid:
        return "refused"
    if _cursor.listing_cursor(place) != text:
        raise Broken("a cursor that was not written so")
    return "accepted"


def call(data: bytes) -> str:
    """Take the key of a gRPC method, and on the next lines the bytes of its request."""
    key, _, raw = data.partition(_SPACE)
    rpc, bound = _one(_calls(), key)
    try:
        text = rpc.decode(raw)
    except Undecodable:
        if Invalid.code not in bound.errors:
            raise Broken(f"{bound.key} cannot say that its request is malformed") from None
        return "refused: undecodable"
    try:
        bound.request.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        _reading.invalid(error)
        return "refused: invalid"
    return "accepted"


def _examples() -> list[bytes]:
    """Return a valid payload of every event, as the documents have it."""
    random, found = Random(1), []
    for name, model in _models().items():
        package = files(f"palaver_wire.{name.partition(' ')[0]}")
        document = json.loads((package / "bundle.json").read_text())["asyncapi"]
        if model.__name__ in document["components"]["schemas"]:
            value = example(Schema(document, {"$ref": f"#/components/schemas/{model.__name__}"}), random)
            found.append(name.encode() + _SPACE + json.dumps(value).encode())
    return found


TARGETS = (
    Target("dialects.event", event, _WATCH, "payloads", 3.0, _TOKENS, _examples),
    Target("dialects.cursor", cursor, _WATCH, "cursors", 1.5, (b"=", b"==", b"MA", b"OjA")),
    Target("grpc.call", call, _WATCH, "calls", 2.0, (b"\n\x01", b"\x12\xff\xff\xff\xff\x0f", b"\x0b", b"\x0c")),
)
