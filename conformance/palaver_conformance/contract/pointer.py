"""JSON Pointers (RFC 6901) into payloads."""

from collections.abc import Mapping
from functools import cache

from palaver_conformance.errors import HarnessError


@cache
def split(pointer: str) -> tuple[str, ...]:
    """Return the unescaped steps of a pointer; the empty pointer has none.

    Raises HarnessError when the text is no pointer.
    """
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise HarnessError(f"{pointer!r} is no JSON Pointer: it has to be empty or start with '/'")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def has(value: object, pointer: str) -> bool:
    """Tell whether there is a value, null included, where the pointer points."""
    try:
        get(value, pointer)
    except LookupError:
        return False
    return True


def get(value: object, pointer: str) -> object:
    """Return what the pointer points at; raises LookupError when nothing is there."""
    for step in split(pointer):
        if isinstance(value, Mapping):
            value = value[step]
        elif isinstance(value, list) and step.isdecimal():
            value = value[int(step)]
        else:
            raise LookupError(pointer)
    return value


def put(target: dict[str, object], pointer: str, value: object) -> None:
    """Set the value in a tree of objects, which grows as needed.

    Raises HarnessError for the empty pointer and where something other than an object is in the way.
    """
    *path, last = split(pointer) or [""]
    if not split(pointer):
        raise HarnessError("the empty pointer cannot be set")
    for step in path:
        following = target.setdefault(step, {})
        if not isinstance(following, dict):
            raise HarnessError(f"{pointer} leads through a value that is no object")
        target = following
    target[last] = value


def drop(target: dict[str, object], pointer: str) -> None:
    """Remove the value that the pointer points at; raises LookupError when nothing is there."""
    path, _, last = pointer.rpartition("/")
    parent = get(target, path)
    if not isinstance(parent, dict) or last not in parent:
        raise LookupError(pointer)
    del parent[last]
