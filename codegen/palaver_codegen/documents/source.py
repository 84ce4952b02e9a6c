"""Reading one YAML file into a tree with places.

Plain scalars are resolved as in the JSON schema of YAML 1.2: `on` and `12:30` are strings, and so is a date. PyYAML's
own resolver follows YAML 1.1, where they are a boolean, the number 750 and a date object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.tree import Block, Items, Json

_WORDS: dict[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?\d+")
_NUMBER = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")

_DEEPEST = 100
"""How deep a document may be nested; the deepest of those that people write has some 25 levels."""

_DEEPEST_FOR_SURE = 2000
_MOST_REPEATED = 50_000
_OPENINGS = ("[", "{", "- ", "? ")
_TOO_DEEP = f"is nested more than {_DEEPEST} levels deep"

# libyaml's parser where the wheel has it: about ten times as fast.
_Parser: type[yaml.BaseLoader | yaml.CBaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_Parser):  # type: ignore[misc, valid-type]
    """A loader that leaves out what PyYAML does to guess the tag of each node, which nothing here asks for."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: object) -> str:
        """Return one tag for all."""
        del kind, value, implicit
        return "tag:yaml.org,2002:str"

    def descend_resolver(self, current_node: yaml.Node | None, current_index: object) -> None:
        """Do nothing on the way down."""

    def ascend_resolver(self) -> None:
        """Do nothing on the way up."""


@dataclass(frozen=True)
class Source:
    """One document file: its path, the label that names it in problems, and what it says."""

    path: Path
    label: str
    data: Json


def read_source(path: Path, label: str) -> tuple[Source | None, list[Problem]]:
    """Read a YAML file; without a Source there is at least one problem. `OSError` if it cannot be read."""
    try:
        content = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        place = Place(label, error.object[: error.start].count(b"\n") + 1)
        return None, [Problem(place, "yaml-syntax", "is not UTF-8", "save the file in UTF-8")]
    try:
        _refuse_depth(content, label)
        node = yaml.compose(content, Loader=_Loader)
        reader = _Reader(label)
        data = reader.value(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(label, mark.line + 1, mark.column + 1) if mark else Place(label)
        return None, [Problem(place, "yaml-syntax", error.problem or "is not YAML", "correct the syntax")]
    except yaml.YAMLError as error:
        return None, [Problem(Place(label), "yaml-syntax", str(error), "correct the syntax")]
    except _Excessive as error:
        return None, [Problem(error.place, "yaml-syntax", error.reason, error.remedy)]
    if not isinstance(data, Block):
        problem = Problem(Place(label), "yaml-syntax", "is not a mapping", "write a document with keys")
        return None, [*reader.problems, problem]
    return Source(path, label, data), reader.problems


def _refuse_depth(content: str, label: str) -> None:
    """Raise _Excessive where libyaml would run out of stack, and YAMLError as composing would.

    It composes what is nested by calling itself. Few documents have so many brackets that it is worth to look.
    """
    if sum(map(content.count, _OPENINGS)) <= _DEEPEST_FOR_SURE:
        return
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST_FOR_SURE:
                mark = event.start_mark
                place = Place(label, mark.line + 1, mark.column + 1) if mark else Place(label)
                raise _Excessive(place, _TOO_DEEP, "lay it out flat, with references")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Excessive(Exception):
    """A document that is deeper or larger than any that people write."""

    def __init__(self, place: Place, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason
        self.remedy = remedy


class _Reader:
    """Turns YAML nodes into values with places, and collects duplicate keys."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.problems: list[Problem] = []
        self._depth = 0
        self._read: set[int] = set()
        self._repeating = 0
        self._repeated = 0

    def place(self, node: yaml.Node) -> Place:
        return Place(self.label, node.start_mark.line + 1, node.start_mark.column + 1)

    def value(self, node: yaml.Node) -> Json:
        if self._repeating:
            self._repeated += 1
            if self._repeated > _MOST_REPEATED:
                reason = f"has more than {_MOST_REPEATED} values that aliases repeat"
                raise _Excessive(self.place(node), reason, "use references in place of aliases")
        if isinstance(node, yaml.ScalarNode):
            try:
                return _scalar(node.value, plain=not node.style)
            except ValueError:
                reason = "is a number of more digits than can be read"
                raise _Excessive(self.place(node), reason, "write it in quotes, or shorter") from None
        if self._depth == _DEEPEST:
            raise _Excessive(self.place(node), _TOO_DEEP, "an alias may not stand within what it names")
        again = id(node) in self._read
        self._read.add(id(node))
        self._repeating += again
        self._depth += 1
        try:
            if isinstance(node, yaml.MappingNode):
                return self.block(node)
            assert isinstance(node, yaml.SequenceNode)
            return self.items(node)
        finally:
            self._depth -= 1
            self._repeating -= again

    def items(self, node: yaml.SequenceNode) -> Items:
        items = Items(self.place(node))
        for item in node.value:
            items.put(self.value(item), self.place(item))
        return items

    def block(self, node: yaml.MappingNode) -> Block:
        block = Block(self.place(node))
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in block:
                reason = f"key {key!r} is written twice in one mapping"
                self.problems.append(
                    Problem(self.place(key_node), "duplicate-key", reason, "remove or rename one of them")
                )
                continue
            # A scalar is shown at its value, a nested block at its key: its first line may be far below.
            place = self.place(value_node if isinstance(value_node, yaml.ScalarNode) else key_node)
            block.put(key, self.value(value_node), place)
        return block


def _scalar(content: str, *, plain: bool) -> Json:
    if not plain:
        return content
    if content in _WORDS:
        return _WORDS[content]
    if _INTEGER.fullmatch(content):
        return int(content)
    if _NUMBER.fullmatch(content):
        return float(content)
    return content
