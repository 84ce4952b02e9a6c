"""The linter's settings: `.palaver-lint.yaml` in a dialect's folder, and in the spec folder above for all dialects.

    style: foreign            # leave out the rules of the house; `house` is the default
    levels:
      string-unbounded: error # off, note, warning or error
    ignore:
      - rule: timestamp-format
        files: [openapi.yaml] # patterns, relative to this file; without them every file
        reason: Their clients send seconds.

What the dialect's own file says of a level or the style goes before what the one above says.
"""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import jsonschema_rs

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules import RULES
from palaver_codegen.documents.source import read_source
from palaver_codegen.documents.suppressions import Suppression, unsuppressible
from palaver_codegen.documents.tree import Json, mapping, place_in, plain, sequence, text
from palaver_codegen.documents.violations import violations

FILE = ".palaver-lint.yaml"
OFF = "off"


class Style(StrEnum):
    """Whose documents these are: with `foreign` the rules of the house are left out."""

    HOUSE = "house"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Settings:
    """What the files say: the style, a level by rule (None is off), suppressions, and what is wrong with the files."""

    style: Style
    levels: Mapping[str, Level | None]
    suppressions: tuple[Suppression, ...]
    problems: tuple[Problem, ...]


def read_settings(dialect: Path) -> Settings:
    """Read the settings of a dialect's folder; those of the house where there are none."""
    style, levels = Style.HOUSE, dict[str, Level | None]()
    suppressions: list[Suppression] = []
    problems: list[Problem] = []
    # The folder may be `.`, which has no parent to the eye.
    for path in dict.fromkeys((os.path.normpath(dialect / ".." / FILE), os.path.normpath(dialect / FILE))):
        if not Path(path).is_file():
            continue
        source, found = read_source(Path(path), path)
        if source is not None and not found:
            data = mapping(source.data)
            found = violations(data, _format().iter_errors(plain(data)), "settings") or _unknown(data)
            if not found:
                style = Style(text(data.get("style")) or style)
                levels |= {rule: _level(text(level)) for rule, level in mapping(data.get("levels")).items()}
                suppressions += _suppressions(data, path)
        problems += found
    return Settings(style, levels, tuple(suppressions), tuple(problems))


def _level(word: str) -> Level | None:
    return None if word == OFF else Level(word)


def _unknown(data: dict[str, Json]) -> list[Problem]:
    """Find rules that do not exist, or that are what they are."""
    named = [(rule, place_in(data["levels"], rule)) for rule in mapping(data.get("levels"))]
    named += [(text(entry["rule"]), place_in(entry, "rule")) for entry in map(mapping, sequence(data.get("ignore")))]
    faults = ((place, unsuppressible(rule)) for rule, place in named)
    return [RULES["settings-invalid"].at(place, *fault) for place, fault in faults if fault is not None]


def _suppressions(data: dict[str, Json], path: str) -> list[Suppression]:
    folder = Path(path).parent
    found = []
    for index, item in enumerate(sequence(data.get("ignore"))):
        entry = mapping(item)
        patterns = tuple(os.path.normpath(folder / text(each)) for each in sequence(entry.get("files")))
        found.append(Suppression(place_in(data["ignore"], index), (text(entry["rule"]),), patterns))
    return found


@cache
def _format() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "style": {"enum": [style.value for style in Style]},
                "levels": {"additionalProperties": {"enum": [OFF, *(level.value for level in Level)]}},
                "ignore": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["rule", "reason"],
                        "properties": {
                            "rule": {"type": "string"},
                            "files": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                            "reason": {"type": "string", "minLength": 1},
                        },
                    },
                },
            },
        }
    )
