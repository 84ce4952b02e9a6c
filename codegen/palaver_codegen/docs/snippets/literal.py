"""Values as they are written in the languages of snippets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from palaver_codegen.documents.tree import Json

_WIDEST = 64
_PLAIN = re.compile(r"[A-Za-z_$][\w$]*")


def python(value: Json, indent: int = 0) -> str:
    """Return a JSON value as a Python expression; `indent` is that of the line it begins on."""
    return _written(value, indent, 4, _python_scalar, _dumped)


def typescript(value: Json, indent: int = 0) -> str:
    """Return a JSON value as a TypeScript expression; `indent` is that of the line it begins on."""
    return _written(value, indent, 2, _dumped, lambda key: key if _PLAIN.fullmatch(key) else _dumped(key))


def _python_scalar(value: Json) -> str:
    return repr(value) if value is None or isinstance(value, bool) else _dumped(value)


def _dumped(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _written(value: Json, indent: int, step: int, scalar: Callable[[Json], str], named: Callable[[str], str]) -> str:
    if not isinstance(value, dict | list):
        return scalar(value)
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    inner = indent + step
    if isinstance(value, dict):
        parts = [f"{named(key)}: {_written(each, inner, step, scalar, named)}" for key, each in value.items()]
        opening, closing, room = "{", "}", " " if step == 2 else ""
    else:
        parts = [_written(each, inner, step, scalar, named) for each in value]
        opening, closing, room = "[", "]", ""
    line = opening + room + ", ".join(parts) + room + closing
    if len(line) + indent <= _WIDEST and "\n" not in line and len(parts) < 4:
        return line
    return opening + "\n" + "".join(f"{' ' * inner}{part},\n" for part in parts) + " " * indent + closing
