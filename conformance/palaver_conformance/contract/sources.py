"""Where contracts come from: the documents that are shipped, or a folder of somebody's own."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from palaver_conformance.contract.model import Contract
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import UsageError

_WIRE = "palaver_wire"
_BUNDLE = "bundle.json"


def known() -> list[str]:
    """Return the names of the shipped specifications."""
    return sorted(bundle.parent.name for folder in _shipped() for bundle in folder.glob(f"*/{_BUNDLE}"))


def load(spec: str, overlays: Sequence[Path] = ()) -> Contract:
    """Return the contract of a shipped specification, by name, or of a folder with documents and of overlays for them.

    The shipped one is read as data: none of the generated code is imported. Raises UsageError when there is
    none of that name, and when overlays are given for what was generated already.
    """
    if overlays and (spec in known() or (Path(spec) / _BUNDLE).is_file()):
        raise UsageError(f"{spec} takes no overlays, as it is no folder with documents: give one by --spec")
    for folder in _shipped():
        bundle = folder / spec / _BUNDLE
        if spec in known() and bundle.is_file():
            return _from_json(bundle)
    path = Path(spec)
    if path.is_dir():
        if (path / _BUNDLE).is_file():
            return _from_json(path / _BUNDLE)
        return _from_documents(path, overlays)
    names = ", ".join(known()) or "none"
    raise UsageError(f"unknown specification {spec!r}: it is no folder, and the known ones are: {names}")


def _from_json(path: Path) -> Contract:
    try:
        bundle = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}") from error
    return read_bundle(bundle)


def _from_documents(folder: Path, overlays: Sequence[Path]) -> Contract:
    from palaver_codegen import documents

    try:
        bundle = documents.load_bundle(folder, overlays)
    except documents.DocumentsRefused as error:
        raise UsageError(f"the documents in {folder} cannot be used:\n{error}") from error
    return read_bundle(bundle.document)


def _shipped() -> list[Path]:
    spec = find_spec(_WIRE)
    return [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
