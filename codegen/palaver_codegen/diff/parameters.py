"""Parameters of requests, in the path, the query, headers and cookies."""

from __future__ import annotations

from palaver_codegen.diff.rules import Side
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.operations import Operation
from palaver_codegen.documents.tree import Json, place_in, text

_Key = tuple[str, str]
# How several values are written where a parameter does not say it.
_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


def compare_parameters(
    versions: Versions, name: str, old: Operation, new: Operation, variables: dict[str, str]
) -> None:
    """Compare the parameters; `variables` are the new names of variables in the path, by their old ones."""
    before, after = _parameters(old, variables), _parameters(new, {})
    for key, parameter in before.items():
        if key not in after:
            rule = "parameter-removed" if key[0] in ("path", "query") else "header-parameter-removed"
            versions.add(rule, name, "is gone", place_in(parameter, "name"), new.place(), at=key)
    for key, parameter in after.items():
        place = place_in(parameter, "name")
        required = parameter.get("required") is True
        if key not in before:
            rule = "required-parameter-added" if required else "parameter-added"
            what = "is new and required" if required else "is new and may be left out"
            versions.add(rule, name, what, old.place(), place, at=key)
            continue
        was = before[key]
        places = place_in(was, "required"), place_in(parameter, "required")
        if required != (was.get("required") is True):
            rule, what = (
                ("parameter-required", "is required now") if required else ("parameter-optional", "is optional now")
            )
            versions.add(rule, name, what, *places, at=key)
        if _style(was, key) != _style(parameter, key):
            what = "several values are written in another way"
            places = place_in(was, "style"), place_in(parameter, "style")
            versions.add("parameter-style-changed", name, what, *places, at=key)
        versions.payloads(Side.REQUEST, name, was.get("schema"), parameter.get("schema"), at=key)


def _parameters(operation: Operation, variables: dict[str, str]) -> dict[_Key, dict[str, Json]]:
    found = {}
    for parameter in operation.parameters():
        place, name = text(parameter.get("in")), text(parameter.get("name"))
        if place == "path":
            name = variables.get(name, name)
        found[place, name.lower() if place == "header" else name] = parameter
    return found


def _style(parameter: dict[str, Json], key: _Key) -> tuple[Json, Json]:
    style = parameter.get("style", _STYLES.get(key[0], ""))
    return style, parameter.get("explode", style == "form")
