"""A subject file or ledger as a tree that knows its lines, whether it is YAML or TOML."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.source import read_source
from palaver_codegen.documents.tree import Block, Items, Json
from palaver_conformance.errors import UsageError

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_ENTRY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_NAME = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")

_Path = tuple[str | int, ...]


def read(path: Path) -> Block:
    """Read a file; raises UsageError, with the place, when it cannot be read or is malformed."""
    try:
        if path.suffix == ".toml":
            return _toml(path)
        source, problems = read_source(path, str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        remedy = "; palaver conform --init writes one to begin with" if isinstance(error, FileNotFoundError) else ""
        raise UsageError(f"{path} cannot be read: {reason}{remedy}") from error
    if problems or source is None:
        raise UsageError("\n".join(shown(problem) for problem in problems))
    assert isinstance(source.data, Block)
    return source.data


def shown(problem: Problem) -> str:
    """Return a problem as one line: where, what, and what to do about it."""
    return f"{problem.place}: {problem.reason}; {problem.remedy}"


def _toml(path: Path) -> Block:
    content = path.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        last = content.count("\n") + 1
        line, column = (int(at[1]), int(at[2])) if at and at[1] else (last, 1)
        problem = Problem(Place(str(path), line, column), "toml-syntax", _AT.sub("", str(error)), "correct the syntax")
        raise UsageError(shown(problem)) from error
    return _Placed(str(path), _places(content)).block(data, ())


def _places(content: str) -> dict[_Path, tuple[int, int]]:
    """Return line and column of each key and table that has a line of its own: Python's parser keeps none."""
    found: dict[_Path, tuple[int, int]] = {}
    counts: dict[_Path, int] = {}
    table: _Path = ()
    quote = ""
    for number, line in enumerate(content.splitlines(), start=1):
        if quote:
            # Within a text of several lines nothing is a key.
            quote = "" if quote in line else quote
            continue
        if header := _HEADER.match(line):
            table = _names(header[1])
            if line.lstrip().startswith("[["):
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found[table] = (number, line.index("[") + 1)
        elif entry := _ENTRY.match(line):
            found[(*table, *_names(entry[1]))] = (number, entry.start(1) + 1)
            rest = line[entry.end() :].lstrip()
            opening = rest[:3] if rest[:3] in ('"""', "'''") else ""
            quote = opening if opening and opening not in rest[3:] else ""
    return found


def _names(dotted: str) -> _Path:
    return tuple(name.strip("\"'") for name in _NAME.findall(dotted))


class _Placed:
    """Gives values their places: what has no line of its own has that of what it is in."""

    def __init__(self, file: str, places: Mapping[_Path, tuple[int, int]]) -> None:
        self._file = file
        self._places = places

    def block(self, data: Mapping[str, object], path: _Path) -> Block:
        block = Block(self._place(path))
        for key, value in data.items():
            block.put(key, self._value(value, (*path, key)), self._place((*path, key)))
        return block

    def _value(self, value: object, path: _Path) -> Json:
        if isinstance(value, Mapping):
            return self.block(value, path)
        if isinstance(value, list):
            items = Items(self._place(path))
            for number, item in enumerate(value):
                items.put(self._value(item, (*path, number)), self._place((*path, number)))
            return items
        # Dates and times are texts in YAML as it is read here.
        return value if isinstance(value, bool | int | float | str) else str(value)

    def _place(self, path: _Path) -> Place:
        while path and path not in self._places:
            path = path[:-1]
        return Place(self._file, *self._places.get(path, (1, 1)))
