"""What a schema says that a type cannot: its description and its bounds, as the lines of a comment."""

from __future__ import annotations

import json
import textwrap

from palaver_codegen.documents.tree import Json, mapping, text

_WIDTH = 110


def comment(schema: Json) -> tuple[str, ...]:
    """Return the description of a schema, its bounds, its default, and whether it is deprecated."""
    node = mapping(schema)
    lines = lines_of(text(node.get("description")), *_bounds(node))
    if "default" in node:
        lines += (_safe(f"@default {json.dumps(node['default'], ensure_ascii=False)}"),)
    return (*lines, "@deprecated") if node.get("deprecated") is True else lines


def lines_of(*paragraphs: str) -> tuple[str, ...]:
    """Return paragraphs as lines that are not too long and do not end the comment."""
    return tuple(line for each in paragraphs for line in textwrap.wrap(_safe(" ".join(each.split())), _WIDTH))


def _safe(line: str) -> str:
    return line.replace("*/", "*\\/")


def _bounds(node: dict[str, Json]) -> list[str]:
    found = []
    for least, most, unit in (("minLength", "maxLength", "character"), ("minItems", "maxItems", "item")):
        found.append(_between(node.get(least), node.get(most), unit))
    found.append(_between(node.get("minimum"), node.get("maximum"), ""))
    if text(node.get("format")):
        found.append(f"Format: {text(node['format'])}.")
    if text(node.get("pattern")):
        found.append(f"Pattern: `{text(node['pattern'])}`.")
    said = " ".join(each for each in found if each)
    return [said] if said else []


def _between(least: Json, most: Json, unit: str) -> str:
    if least is None and most is None:
        return ""
    last = least if most is None else most
    counted = "" if not unit else f" {unit}" if last == 1 else f" {unit}s"
    if most is None:
        return f"At least {least}{counted}."
    return f"At most {most}{counted}." if least is None else f"{least} to {most}{counted}."
