"""From a bundle to the intermediate representation. The bundle has passed the linter, so its shape is known."""

from __future__ import annotations

from collections.abc import Iterable

from palaver_codegen import ir
from palaver_codegen.documents import pointer
from palaver_codegen.documents.bundle import Bundle
from palaver_codegen.documents.operations import Direction, Operation, operations
from palaver_codegen.documents.tree import Json, entries, mapping, plain, sequence, text
from palaver_codegen.names import constant, method, pascal, snake

_JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def build(bundle: Bundle, sources: tuple[str, ...]) -> ir.Dialect:
    """Decide everything that is printed; `sources` are the files that it names as its origin."""
    found = [operation for document in bundle.documents for operation in operations(document)]
    incoming = [operation for operation in found if operation.direction is Direction.EVENT_IN]
    outgoing = [operation for operation in found if operation.direction is Direction.EVENT_OUT]
    requests = [operation for operation in found if operation.direction is Direction.REQUEST]
    calls = [operation for operation in found if operation.direction is Direction.CALL]
    return ir.Dialect(
        name=bundle.dialect,
        title=_title(bundle),
        sources=sources,
        client_events=tuple(_client_event(operation) for operation in incoming),
        server_events=tuple(_server_event(operation) for operation in outgoing),
        routes=tuple(_route(operation) for operation in requests),
        calls=tuple(_call(operation) for operation in calls),
        metadata=_metadata(mapping(bundle.grpc).get("metadata")),
        errors=tuple(_error(code, entry) for code, entry in entries(bundle.errors)),
        definitions=_definitions(bundle, requests),
        bundle=bundle.document,
    )


def _title(bundle: Bundle) -> str:
    titles = [text(mapping(document.get("info")).get("title")) for document in bundle.documents]
    return "; ".join(title for title in titles if title) or bundle.dialect


def model_name(operation: Operation, schema: Json) -> str:
    """Return the model's name; after bundling every object schema is a reference to a named one, or to such."""
    name = ""
    while "$ref" in mapping(schema):
        reference = text(mapping(schema)["$ref"])
        name = reference.rpartition("/")[2]
        schema = pointer.find(operation.document, reference.removeprefix("#"))
    return pascal(name)


def _client_event(operation: Operation) -> ir.ClientEvent:
    message = operation.messages()[0]
    answers, refusals = (
        [reply for reply in replies if operation.acknowledged(reply)]
        for replies in (operation.answers(), operation.refusals())
    )
    return ir.ClientEvent(
        name=message.name,
        means=operation.means,
        method=snake(message.name),
        summary=_summary(operation),
        payload=model_name(operation, message.payload),
        ack=model_name(operation, answers[0].payload) if answers else None,
        refusal=model_name(operation, refusals[0].payload) if refusals else None,
        errors=operation.errors,
    )


def _server_event(operation: Operation) -> ir.ServerEvent:
    message = operation.messages()[0]
    return ir.ServerEvent(
        name=message.name,
        constant=constant(message.name),
        summary=_summary(operation),
        payload=model_name(operation, message.payload),
    )


def _route(operation: Operation) -> ir.Route:
    _, url, verb = operation.path
    body = operation.body()
    statuses = tuple(
        (int(status), None if schema is None else model_name(operation, schema))
        for status, schema in operation.responses().items()
        if status.startswith("2")
    )
    parameters = _path_and_query(operation)
    return ir.Route(
        verb=str(verb).upper(),
        path=str(url),
        operation=operation.key,
        means=operation.means,
        method=snake(operation.key),
        summary=_summary(operation),
        secured=_secured(operation),
        parameters=f"{pascal(operation.key)}Parameters" if parameters else None,
        query=tuple(text(entry["name"]) for entry in parameters if entry.get("in") == "query"),
        body=None if body is None else model_name(operation, body),
        body_required=operation.body_required(),
        statuses=statuses,
        returns=_returns(statuses),
        errors=operation.errors,
    )


def _call(operation: Operation) -> ir.Call:
    token = "token" in mapping(operation.document.get("metadata"))
    return ir.Call(
        key=operation.key,
        means=operation.means,
        method=method(operation.key),
        summary=_summary(operation),
        secured=operation.node.get("secured", token) is True,
        request=model_name(operation, operation.node["request"]),
        response=model_name(operation, operation.node["response"]),
        refusal=_refusal(operation.node.get("refusal")),
        errors=operation.errors,
    )


def _refusal(node: Json) -> ir.Refusal | None:
    given = mapping(node)
    when = mapping(given.get("when"))
    equals = when.get("equals")
    if not isinstance(equals, bool | int | str):
        return None
    return ir.Refusal(text(when["pointer"]), equals, text(given["code"]), text(given.get("message")) or None)


def _metadata(node: Json) -> ir.Metadata:
    token, code = mapping(mapping(node).get("token")), mapping(mapping(node).get("code"))
    return ir.Metadata(
        token=text(token.get("name")) or None,
        scheme=text(token.get("scheme")) or None,
        code=text(code.get("name")) or None,
    )


def _returns(statuses: Iterable[tuple[int, str | None]]) -> str:
    """Return the annotation of a result: the one model, or a tuple of status and model for each status."""
    listed = [(status, f"models.{model}" if model else "None") for status, model in statuses]
    if len(listed) == 1:
        return listed[0][1]
    by_model: dict[str, list[str]] = {}
    for status, model in listed:
        by_model.setdefault(model, []).append(str(status))
    return " | ".join(f"tuple[Literal[{', '.join(codes)}], {model}]" for model, codes in by_model.items())


def _secured(operation: Operation) -> bool:
    """Whether a request needs credentials: some requirement applies, and none of the alternatives is empty."""
    own = operation.node.get("security", operation.document.get("security"))
    requirements = sequence(own)
    return bool(requirements) and all(mapping(requirement) for requirement in requirements)


def _summary(operation: Operation) -> str:
    """One line; a full stop makes it a sentence, as docstrings are."""
    summary = " ".join(text(operation.node.get("summary")).split()) or operation.key
    return summary if summary.endswith((".", "?", "!")) else summary + "."


def _error(code: str, entry: dict[str, Json]) -> ir.ErrorCode:
    status = entry.get("status")
    return ir.ErrorCode(
        code=code,
        status=status if isinstance(status, int) else 500,
        retryable=entry.get("retryable") is True,
        description=text(entry.get("description")),
    )


def _definitions(bundle: Bundle, requests: list[Operation]) -> dict[str, Json]:
    """Return the one `$defs` document of all documents, with a model for each request's parameters."""
    definitions: dict[str, Json] = {}
    for document in bundle.documents:
        for name, schema in mapping(mapping(document.get("components")).get("schemas")).items():
            definitions[pascal(name)] = _for_models(schema)
    for operation in requests:
        parameters = _path_and_query(operation)
        if parameters:
            definitions[f"{pascal(operation.key)}Parameters"] = _parameters(operation, parameters)
    return {"$schema": _JSON_SCHEMA, "$defs": dict(sorted(definitions.items()))}


def _path_and_query(operation: Operation) -> list[dict[str, Json]]:
    return [entry for entry in operation.parameters() if entry.get("in") in ("path", "query")]


def _parameters(operation: Operation, parameters: list[dict[str, Json]]) -> Json:
    properties: dict[str, Json] = {}
    required: list[Json] = []
    for parameter in parameters:
        name = text(parameter.get("name"))
        schema = mapping(_for_models(parameter.get("schema")))
        if "$ref" not in schema and "description" in parameter:
            schema = {"description": parameter["description"], **schema}
        properties[name] = schema
        if parameter.get("required") is True:
            required.append(name)
    return {
        "type": "object",
        "description": f"Path and query parameters of {operation.key}.",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


def _for_models(schema: Json) -> Json:
    """Return a schema as the model generator wants it: references into `$defs`, annotations left out."""
    value = plain(schema)
    _rewrite(value)
    return value


def _rewrite(value: Json) -> None:
    if isinstance(value, list):
        for item in value:
            _rewrite(item)
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            value["$ref"] = "#/$defs/" + pascal(reference.rpartition("/")[2])
        value.pop("x-chat", None)
        if value.get("format") == "date-time":
            # The generated type checks the form itself; a pattern cannot be put on a datetime.
            value.pop("pattern", None)
        for entry in value.values():
            _rewrite(entry)
