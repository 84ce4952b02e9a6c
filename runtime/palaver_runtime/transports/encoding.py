"""What is sent, as JSON: values, models, and models among values."""

import orjson
from pydantic import BaseModel


def encode(value: object) -> str:
    """Return the JSON of a value; raise TypeError when it has none."""
    return orjson.dumps(value, default=_written).decode()


def _written(value: object) -> orjson.Fragment:
    """Write a model by the wire's names, in one go: by way of Python's values it takes a fifth to a third longer."""
    if not isinstance(value, BaseModel):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    return orjson.Fragment(value.__pydantic_serializer__.to_json(value, by_alias=True))
