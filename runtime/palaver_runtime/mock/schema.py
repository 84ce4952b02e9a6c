"""A schema of a bundle: what it refers to, what is valid for it, and what it says that a value means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema_rs

from palaver_runtime.mock.pointers import escaped, read, steps


@dataclass(frozen=True)
class Schema:
    """A schema and the document that its references lead into."""

    document: Mapping[str, Any]
    node: Any

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """The schema, or what it refers to."""
        node = self.node
        while isinstance(node, dict) and "$ref" in node:
            node = read(self.document, node["$ref"].removeprefix("#"))
        return node if isinstance(node, dict) else {}

    @cached_property
    def _validator(self) -> Any:
        node = self.node if isinstance(self.node, dict) else {}
        whole = {**node, "components": self.document.get("components", {})}
        return jsonschema_rs.validator_for(whole, validate_formats=True)

    def is_valid(self, value: Any) -> bool:
        """Whether a value is valid."""
        return bool(self._validator.is_valid(value))

    def problems(self, value: Any, at: str = "") -> list[tuple[str, str]]:
        """Return what is wrong with a value: a pointer below `at` and the reason of each problem."""
        found = []
        for error in self._validator.iter_errors(value):
            place = at + "".join(f"/{escaped(step)}" for step in error.instance_path)
            found += [(f"{place}{lacking}", error.message) for lacking in _lacking(error)]
        return found

    def below(self, pointer: str) -> Schema | None:
        """Return the schema of the value at a pointer; None where it is not declared."""
        found: Schema | None = self
        for step in steps(pointer):
            found = next((each for part in found.parts() for each in part._step(step)), None) if found else None
        return found

    def entity(self, name: str | None = None) -> dict[str, str]:
        """Return where the canonical fields are, if the schema is an entity of the vocabulary (or the named one)."""
        for part in self.parts():
            chat = part.resolved.get("x-chat", {})
            if "entity" in chat and name in (None, chat["entity"]):
                return dict(chat.get("fields", {}))
        return {}

    def parts(self, depth: int = 0) -> Iterator[Schema]:
        """Yield the schema and what it is made of: members of allOf, oneOf and anyOf."""
        yield Schema(self.document, self.resolved)
        for word in ("allOf", "oneOf", "anyOf"):
            for member in self.resolved.get(word, []) if depth < 20 else []:
                yield from Schema(self.document, member).parts(depth + 1)

    def _step(self, step: str) -> Iterator[Schema]:
        if step in self.resolved.get("properties", {}):
            yield Schema(self.document, self.resolved["properties"][step])
        elif step.isdecimal() and isinstance(self.resolved.get("items"), dict):
            yield Schema(self.document, self.resolved["items"])


def _lacking(error: Any) -> list[str]:
    """Return the steps to what a problem is about below its own place: a property that is missing or is too many."""
    kind = getattr(error, "kind", None)
    name = getattr(kind, "property", None)
    if isinstance(name, str):
        return [f"/{escaped(name)}"]
    unexpected = getattr(kind, "unexpected", None)
    return [f"/{escaped(each)}" for each in unexpected] if unexpected else [""]
