"""What a document's JSON Schema says against it, as problems that name the place and the likely cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import jsonschema_rs

from palaver_codegen.documents import pointer
from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.tree import Json


def violations(
    document: dict[str, Json],
    errors: Iterator[jsonschema_rs.ValidationError],
    kind: str,
    above: Sequence[str | int] = (),
) -> list[Problem]:
    """Return a problem of the rule `<kind>-invalid` for each error of a JSON Schema validator.

    `above` is the path from the document to what was validated.
    """
    found = []
    for error in errors:
        cause = _cause(error)
        path = [*above, *cause.instance_path]
        reason = f"{where(path)}{shorten(cause.message)}"
        remedy = f"see the specification; the clause is {pointer.join(cause.schema_path)}"
        found.append(Problem(_place(document, path, cause), f"{kind}-invalid", reason, remedy))
    return found


def _place(document: dict[str, Json], path: Sequence[str | int], error: jsonschema_rs.ValidationError) -> Place:
    """Return the place of the fault: of the superfluous key where the error names one."""
    unexpected = getattr(error.kind, "unexpected", None)
    if unexpected:
        return pointer.place_at(document, (*path, unexpected[0]))
    return pointer.place_at(document, path)


def _cause(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Follow `oneOf` and `anyOf` to the branch that was meant: the one whose complaint lies deepest."""
    branches = getattr(error.kind, "context", None)
    candidates = [[_cause(inner) for inner in branch] for branch in branches or [] if branch]
    candidates = [branch for branch in candidates if not any(_is_reference(inner) for inner in branch)]
    if not candidates:
        return error
    depth = {id(branch): max(len(inner.instance_path) for inner in branch) for branch in candidates}
    best = max(candidates, key=lambda branch: (depth[id(branch)], -len(branch)))
    return max(best, key=lambda inner: len(inner.instance_path))


def _is_reference(error: jsonschema_rs.ValidationError) -> bool:
    """Say whether the complaint is only that something is not a Reference Object."""
    return getattr(error.kind, "property", None) == "$ref"


def where(path: Sequence[str | int]) -> str:
    """Return a path as the beginning of a sentence about what is there."""
    return f"{pointer.join(path)}: " if path else ""


def shorten(message: str) -> str:
    """Leave out the offending value when it is a whole document."""
    return message if len(message) <= 200 else message[:60] + " … " + message[-120:]
