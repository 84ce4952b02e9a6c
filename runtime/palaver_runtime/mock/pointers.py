"""Reading and writing a value at a JSON Pointer (RFC 6901)."""

from __future__ import annotations

import copy
from typing import Any


def steps(pointer: str) -> list[str]:
    """Return the unescaped steps of a pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def read(value: Any, pointer: str) -> Any:
    """Return what is at a pointer; KeyError if nothing is."""
    return _followed(value, steps(pointer))


def written(value: Any, pointer: str, put: Any) -> Any:
    """Return a copy of a value with another value at a pointer; objects on the way are made."""
    path = steps(pointer)
    if not path:
        return put
    whole = copy.deepcopy(value)
    below = whole
    for step in path[:-1]:
        if isinstance(below, list):
            below = below[int(step)]
            continue
        if not isinstance(below.get(step), (dict, list)):
            below[step] = {}
        below = below[step]
    if isinstance(below, list):
        below[int(path[-1])] = put
    else:
        below[path[-1]] = put
    return whole


def without(value: Any, pointer: str) -> Any:
    """Return a copy of a value without the property at a pointer, if there is one."""
    whole = copy.deepcopy(value)
    *path, last = steps(pointer)
    try:
        below = _followed(whole, path)
    except KeyError:
        return whole
    if isinstance(below, dict):
        below.pop(last, None)
    return whole


def _followed(value: Any, path: list[str]) -> Any:
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise KeyError(step)
    return value


def escaped(step: object) -> str:
    """Return a step as it stands in a pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")
