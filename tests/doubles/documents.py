"""The documents of the dialects, as the judges of what these write."""

import importlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs


@cache
def documents(dialect: str) -> dict[str, Any]:
    """Give a dialect's bundle of documents."""
    package = importlib.import_module(f"palaver_wire.{dialect}").__file__
    assert package is not None
    bundle: dict[str, Any] = json.loads(Path(package).with_name("bundle.json").read_text())
    return bundle


@cache
def sent_by_server(dialect: str) -> dict[str, jsonschema_rs.Validator]:
    """Give what the AsyncAPI document says about the payload of each event that the server sends, by name."""
    document = documents(dialect)["asyncapi"]
    messages = document["components"]["messages"]
    sent = [
        messages[each["messages"][0]["$ref"].rpartition("/")[2]]
        for each in document["operations"].values()
        if each["action"] == "send"
    ]
    return {message["name"]: _validator(dialect, "asyncapi", message["payload"]) for message in sent}


@cache
def component(dialect: str, document: str, name: str) -> jsonschema_rs.Validator:
    """Give a named schema of the `asyncapi` or the `openapi` document."""
    return _validator(dialect, document, {"$ref": f"#/components/schemas/{name}"})


def _validator(dialect: str, document: str, payload: dict[str, object]) -> jsonschema_rs.Validator:
    root = {**payload, "components": documents(dialect)[document]["components"]}
    return jsonschema_rs.Draft202012Validator(root, validate_formats=True)
