"""What a .proto file cannot say of a message, put into its schema: bounds, patterns, meaning, examples."""

from __future__ import annotations

from difflib import get_close_matches

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.tree import Block, Items, mapping, place_in, sequence, text


def overlay(schema: Block, addition: Block, message: str) -> list[Problem]:
    """Add to the schema of a message, in place."""
    problems: list[Problem] = []
    properties = schema["properties"]
    assert isinstance(properties, Block)
    for key, value in addition.items():
        if key == "required":
            required = schema["required"]
            assert isinstance(required, Items)
            for number, item in enumerate(sequence(value)):
                name, place = text(item), place_in(value, number)
                if name not in properties:
                    problems.append(_unknown(place, message, name, properties))
                elif name not in required:
                    required.put(name, place)
        elif key == "properties":
            assert isinstance(value, Block)
            for name, constraint in value.items():
                place = value.places[name]
                field = properties.get(name)
                if field is None:
                    problems.append(_unknown(place, message, name, properties))
                else:
                    assert isinstance(field, Block)
                    assert isinstance(constraint, Block)
                    problems += _narrow(properties, name, constraint, place)
        else:
            schema.put(key, value, addition.places[key])
    return problems


def _narrow(holder: Block, key: str, constraint: Block, place: Place) -> list[Problem]:
    """Add to the schema under a key; one that refers to a shared schema takes its place."""
    schema = holder[key]
    assert isinstance(schema, Block)
    if "$ref" in schema and set(constraint) - {"description"}:
        reason = f"{key!r} is a message, which cannot be narrowed here"
        return [Problem(place, "proto-constraint", reason, "add to that message under its own name")]
    if "$ref" in constraint:
        holder.put(key, constraint, place)
        return []
    problems: list[Problem] = []
    for word, value in constraint.items():
        if word == "items" and isinstance(value, Block):
            if "items" in schema:
                problems += _narrow(schema, word, value, constraint.places[word])
            else:
                reason = f"{key!r} is not repeated, and has no items"
                problems.append(Problem(constraint.places[word], "proto-constraint", reason, "remove `items`"))
        else:
            schema.put(word, value, constraint.places[word])
    return problems


def _unknown(place: Place, message: str, name: str, properties: Block) -> Problem:
    close = get_close_matches(name, list(mapping(properties)), n=1)
    remedy = f"did you mean {close[0]!r}?" if close else "correct the name"
    return Problem(place, "proto-unknown", f"{message!r} has no field {name!r}", remedy)
