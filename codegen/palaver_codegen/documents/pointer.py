"""JSON Pointers (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.tree import Json, place_in


@lru_cache(maxsize=4096)
def split(pointer: str) -> tuple[str, ...]:
    """Return the unescaped tokens of a pointer; `ValueError` if it is neither empty nor starts with a slash."""
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is no JSON Pointer: it is empty or starts with '/'")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/"))


def join(tokens: Iterable[str | int]) -> str:
    """Return the pointer made of these tokens, escaped."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def step(value: Json, token: str) -> tuple[bool, Json]:
    """One step down: whether there is such an entry, and the entry."""
    if isinstance(value, dict) and token in value:
        return True, value[token]
    if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
        return True, value[int(token)]
    return False, None


def find(value: Json, pointer: str) -> Json:
    """Return what a pointer leads to; `KeyError` with the first token that leads nowhere."""
    for token in split(pointer):
        found, value = step(value, token)
        if not found:
            raise KeyError(token)
    return value


def place_at(root: Json, tokens: Iterable[str | int]) -> Place:
    """Return the place of what the tokens lead to, or of the last thing on the way that exists."""
    place = place_in(root, "")
    value = root
    for token in tokens:
        found, below = step(value, str(token))
        if not found:
            break
        place = place_in(value, int(token) if isinstance(value, list) else str(token), place)
        value = below
    return place
