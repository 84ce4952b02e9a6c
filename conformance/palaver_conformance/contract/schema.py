"""A JSON schema within its document: judges a value, and reads its canonical fields."""

from collections.abc import Mapping
from functools import cached_property

import jsonschema_rs

from palaver_conformance.contract import pointer as pointers
from palaver_conformance.errors import HarnessError
from palaver_conformance.facts import Facts

_MOST_PROBLEMS = 5


class Schema:
    """A schema of a document in which every reference is internal (`#/components/…`)."""

    def __init__(self, document: Mapping[str, object], node: Mapping[str, object]) -> None:
        self._document = document
        self._node = node
        self._places: dict[str, Schema | None] = {}

    def problems(self, value: object) -> list[str]:
        """Return what is wrong with the value, each as `<pointer>: <problem>`; empty when it is valid."""
        found = []
        try:
            for error in self._validator.iter_errors(value):
                place = "".join(f"/{step}" for step in error.instance_path) or "(whole)"
                found.append(f"{place}: {error.message}")
                if len(found) == _MOST_PROBLEMS:
                    break
        except UnicodeEncodeError:
            found.append("(whole): half of a surrogate pair stands in a text, which UTF-8 cannot carry")
        except ValueError as error:
            found.append(f"(whole): cannot be judged: {error}")
        return found

    def at(self, pointer: str) -> "Schema | None":
        """Return the schema of what the pointer points at, or None where the schema does not say."""
        if pointer not in self._places:
            schema: Schema | None = self
            for step in pointers.split(pointer):
                schema = schema._below(step) if schema is not None else None
            self._places[pointer] = schema
        return self._places[pointer]

    def read(self, value: object) -> object:
        """Return the value with entities replaced by their `Facts`, as the schema's annotations say."""
        node = self.resolved
        note = node.get("x-chat")
        if isinstance(note, Mapping) and isinstance(value, Mapping) and "entity" in note:
            facts = self.facts(value, _pointers(note.get("fields")), str(note["entity"]))
            code, codes = facts.get("code"), note.get("codes")
            if isinstance(codes, Mapping) and isinstance(code, str) and code in codes:
                # The wire has words of its own for the codes of the catalogue.
                return facts.having("code", codes[code])
            return facts
        items = self.at("/0") if isinstance(value, list) else None
        if isinstance(value, list) and items is not None:
            return [items.read(item) for item in value]
        return value

    def write(self, value: object) -> object:
        """Return the wire value of a canonical one: the reverse of `read`.

        Raises HarnessError for a field that the entity has no place for.
        """
        if isinstance(value, Facts):
            note = self.resolved.get("x-chat")
            fields = _pointers(note.get("fields")) if isinstance(note, Mapping) else {}
            written: dict[str, object] = {}
            for name, each in value.items():
                if name not in fields:
                    raise HarnessError(f"{self.entity or 'the value'} has no field that means {name}")
                below = self.at(fields[name])
                pointers.put(written, fields[name], below.write(each) if below is not None else each)
            return written
        items = self.at("/0") if isinstance(value, list) else None
        if isinstance(value, list) and items is not None:
            return [items.write(item) for item in value]
        return value

    def facts(self, value: object, fields: Mapping[str, str], what: str) -> Facts:
        """Return the canonical fields that are present in the value, read through their own schemas."""
        read = {}
        for name, pointer in fields.items():
            try:
                found = pointers.get(value, pointer)
            except LookupError:
                continue
            schema = self.at(pointer)
            read[name] = schema.read(found) if schema is not None else found
        return Facts(read, what, fields)

    def field(self, name: str) -> "Schema | None":
        """Return the schema of a canonical field of the entity, None where the schema does not say."""
        note = self.resolved.get("x-chat")
        pointer = _pointers(note.get("fields")).get(name) if isinstance(note, Mapping) else None
        return self.at(pointer) if pointer is not None else None

    def has_field(self, name: str) -> bool:
        """Tell whether the entity has a place for a canonical field."""
        note = self.resolved.get("x-chat")
        return isinstance(note, Mapping) and name in _pointers(note.get("fields"))

    def skeleton(self) -> dict[str, object]:
        """Return what the same object holds in every payload: its required constants, and the objects around them."""
        node = self.resolved
        required, found = node.get("required"), node.get("properties")
        parts: dict[str, object] = {}
        if isinstance(required, list) and isinstance(found, Mapping):
            for name in required:
                below = self._below(str(name))
                if below is not None and "const" in below.resolved:
                    parts[str(name)] = below.resolved["const"]
                elif below is not None and below.resolved.get("type") == "object":
                    parts[str(name)] = below.skeleton()
        return parts

    def requires(self, pointer: str) -> bool:
        """Tell whether every object that the pointer leads through has to have the next step."""
        schema: Schema | None = self
        for step in pointers.split(pointer):
            required = schema.resolved.get("required") if schema is not None else None
            if schema is None or not isinstance(required, list) or step not in required:
                return False
            schema = schema._below(step)
        return True

    @property
    def is_list(self) -> bool:
        """Whether the value is an array."""
        return self.resolved.get("type") == "array"

    @property
    def entity(self) -> str | None:
        """The entity that the schema describes, if any."""
        note = self.resolved.get("x-chat")
        return str(note["entity"]) if isinstance(note, Mapping) and "entity" in note else None

    @cached_property
    def resolved(self) -> Mapping[str, object]:
        """The schema's own node, references followed. Raises HarnessError for one that leads nowhere."""
        node = self._node
        for _ in range(32):
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return node
            node = follow(self._document, reference)
        raise HarnessError(f"the schema {self._node!r} refers to itself")

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        whole = {**self._node, "components": self._document.get("components", {})}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def _below(self, step: str) -> "Schema | None":
        node = self.resolved
        properties = node.get("properties")
        if isinstance(properties, Mapping) and isinstance(properties.get(step), Mapping):
            return Schema(self._document, properties[step])
        items = node.get("items")
        if step.isdecimal() and isinstance(items, Mapping):
            return Schema(self._document, items)
        for word in ("allOf", "oneOf", "anyOf"):
            branches = node.get(word)
            for branch in branches if isinstance(branches, list) else ():
                below = Schema(self._document, branch)._below(step)
                if below is not None:
                    return below
        return None


def follow(document: Mapping[str, object], reference: str) -> Mapping[str, object]:
    """Return the object that an internal reference names; raises HarnessError when there is none."""
    try:
        node = pointers.get(document, reference.removeprefix("#"))
    except LookupError:
        node = None
    if not reference.startswith("#") or not isinstance(node, Mapping):
        raise HarnessError(f"the reference {reference} leads nowhere in the documents")
    return node


def _pointers(fields: object) -> dict[str, str]:
    if not isinstance(fields, Mapping):
        return {}
    return {str(name): str(pointer) for name, pointer in fields.items()}
