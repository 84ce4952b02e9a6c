"""Between JSON values and what a program sees: models, events, answers and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pydantic

from palaver_client.facts import at, find
from palaver_wire.client import Dialect, Event, Fields, Json, Received, Refused, Sent, UnexpectedAnswer
from palaver_wire.contract import WireModel


def written(model: WireModel) -> dict[str, Json]:
    """Return a model as it goes over the wire."""
    dumped: dict[str, Json] = model.model_dump(mode="json", by_alias=True)
    return dumped


def framed(dialect: Dialect, name: str, sent: Sent, payload: WireModel) -> dict[str, Json]:
    """Return what is sent for an event: the payload, or a frame with it inside and the event's name as its tag."""
    value = written(payload)
    if dialect.socket is None or dialect.socket.tag is None:
        return value
    return {dialect.socket.tag: name, sent.body: value} if sent.body else value


def read(model: type[WireModel], value: Json) -> WireModel:
    """Read a model; what the documents do not have yet is passed over. Raises `pydantic.ValidationError`."""
    raw = json.dumps(value)
    return model.model_validate_json(raw, strict=True, extra="ignore", by_alias=True, by_name=False)


def event(received: Received, value: Json) -> Event[Any]:
    """Return an event as the program sees it. Raises `pydantic.ValidationError`."""
    return received.event(read(received.payload, at(value, f"/{received.body}") if received.body else value))


def acknowledgement(dialect: Dialect, name: str, sent: Sent, value: Json) -> WireModel:
    """Read an acknowledgement; raises `Refused` if it says no, `UnexpectedAnswer` if the documents have no such."""
    assert sent.ack is not None
    try:
        return read(sent.ack, value)
    except pydantic.ValidationError as error:
        problem = error
    if sent.refusal is not None and sent.meaning.error is not None:
        try:
            read(sent.refusal, value)
        except pydantic.ValidationError:
            pass
        else:
            raise refusal(dialect, name, value, sent.meaning.error)
    raise UnexpectedAnswer(f"{name}: the acknowledgement is none of the documents': {_brief(problem)}")


def answer(name: str, model: type[WireModel], value: Json) -> WireModel:
    """Read an answer; raises `UnexpectedAnswer` if it is not what the documents say."""
    try:
        return read(model, value)
    except pydantic.ValidationError as error:
        raise UnexpectedAnswer(f"{name}: the answer is not as the documents have it: {_brief(error)}") from error


def refusal(dialect: Dialect, operation: str, value: Json, error: Fields) -> Refused[Any] | UnexpectedAnswer:
    """Return what to raise for an error payload; `operation` is what was refused."""
    code, message, details = (find(value, error, name) for name in ("code", "message", "details"))
    try:
        given: Mapping[str, Json] = details if isinstance(details, dict) else {}
        return dialect.refused(operation, str(code), message if isinstance(message, str) else "", given)
    except ValueError:
        return UnexpectedAnswer(f"{operation} was refused with {code!r}, which is no code of the documents")


def _brief(error: pydantic.ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"
