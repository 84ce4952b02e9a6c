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
    content = path.read_text(encoding="utf-8")
    try:
        node = yaml.compose(content, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(label, mark.line + 1, mark.column + 1) if mark else Place(label)
        return None, [Problem(place, "yaml-syntax", error.problem or "is not YAML", "correct the syntax")]
    except yaml.YAMLError as error:
        return None, [Problem(Place(label), "yaml-syntax", str(error), "correct the syntax")]
    reader = _Reader(label)
    data = reader.value(node) if node is not None else None
    if not isinstance(data, Block):
        problem = Problem(Place(label), "yaml-syntax", "is not a mapping", "write a document with keys")
        return None, [*reader.problems, problem]
    return Source(path, label, data), reader.problems


class _Reader:
    """Turns YAML nodes into values with places, and collects duplicate keys."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.problems: list[Problem] = []

    def place(self, node: yaml.Node) -> Place:
        return Place(self.label, node.start_mark.line + 1, node.start_mark.column + 1)

    def value(self, node: yaml.Node) -> Json:
        if isinstance(node, yaml.MappingNode):
            return self.block(node)
        if isinstance(node, yaml.SequenceNode):
            items = Items(self.place(node))
            for item in node.value:
                items.put(self.value(item), self.place(item))
            return items
        assert isinstance(node, yaml.ScalarNode)
        return _scalar(node.value, plain=not node.style)

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
