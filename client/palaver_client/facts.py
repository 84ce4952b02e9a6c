"""Reading and writing JSON values by their canonical fields, whatever a dialect calls them."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_wire.client import Fields, Json, Part


def at(value: Json, pointer: str) -> Json:
    """Return what a JSON Pointer leads to, None if it leads nowhere."""
    for token in _tokens(pointer):
        if isinstance(value, dict):
            value = value.get(token)
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
    return value


def put(value: dict[str, Json], pointer: str, given: Json) -> None:
    """Set what a JSON Pointer leads to; objects on the way are made."""
    *path, last = _tokens(pointer)
    for token in path:
        below = value.setdefault(token, {})
        assert isinstance(below, dict), f"{pointer} leads through what is no object"
        value = below
    value[last] = given


def find(value: Json, fields: Fields, name: str) -> Json:
    """Return a canonical field, as in `conversation` or `message.sender`; None if it is not there.

    Where an entity stands and its id is all that is asked for, see `identifier`.
    """
    first, _, rest = name.partition(".")
    where = fields.get(first)
    if where is None:
        return None
    if isinstance(where, Part):
        found = at(value, where.pointer)
        return find(found, where.fields, rest) if rest else found
    return None if rest else at(value, where)


def identifier(value: Json, fields: Fields, name: str) -> str | None:
    """Return the id that a field is, or that the entity there has; None if it has none."""
    found = find(value, fields, name)
    if isinstance(found, dict):
        found = find(value, fields, f"{name}.id")
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None


def number(value: Json, fields: Fields, name: str) -> int | None:
    """Return a field that is a whole number, or one in a string; None if it is neither."""
    found = find(value, fields, name)
    if isinstance(found, str) and found.isdecimal():
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def items(value: Json, fields: Fields, name: str) -> Iterator[tuple[Json, Fields]]:
    """Yield what a list of entities holds, each with its canonical fields."""
    where = fields.get(name)
    found = at(value, where.pointer) if isinstance(where, Part) else None
    if isinstance(where, Part) and isinstance(found, list):
        yield from ((item, where.fields) for item in found)


def part(value: Json, fields: Fields, name: str) -> tuple[Json, Fields] | None:
    """Return an entity with its canonical fields; None if the field is not there, or only an id."""
    where = fields.get(name)
    found = at(value, where.pointer) if isinstance(where, Part) else None
    return (found, where.fields) if isinstance(where, Part) and isinstance(found, dict) else None


def _tokens(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
