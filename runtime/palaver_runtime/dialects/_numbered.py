"""Where numbers can be in what clients send: of most payloads nowhere, and then none needs to be looked for."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

_WITHOUT = frozenset({"string", "boolean", "null"})


@cache
def numbered(model: type[BaseModel]) -> frozenset[str]:
    """Give the fields of a model, by their names in Python, in which there may be a number at any depth."""
    schema = model.model_json_schema(by_alias=False)
    definitions = schema.get("$defs", {})
    return frozenset(
        name for name, field in schema.get("properties", {}).items() if _may_have_number(field, definitions, ())
    )


def _may_have_number(schema: Any, definitions: Mapping[str, Any], within: tuple[str, ...]) -> bool:
    """Tell whether a value of a schema may have a number; whatever is not known to have none may."""
    if not isinstance(schema, dict):
        return schema is not False
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        # What has itself as a part has no other parts by that.
        return name not in within and _may_have_number(definitions[name], definitions, (*within, name))
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return any(_may_have_number(each, definitions, within) for each in schema[choices])
    kind = schema.get("type")
    if kind == "array":
        return _may_have_number(schema.get("items", True), definitions, within)
    if kind == "object":
        parts = [*schema.get("properties", {}).values(), schema.get("additionalProperties", True)]
        return any(_may_have_number(each, definitions, within) for each in parts)
    return kind not in _WITHOUT
