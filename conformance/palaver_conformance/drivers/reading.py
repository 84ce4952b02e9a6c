"""JSON that a server sent, which may send anything."""

import json


def read_json(text: str | bytes) -> object:
    """Read a JSON text; raises ValueError for what is none, or is too deep or too large to be read."""
    try:
        value: object = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deep to be read") from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
