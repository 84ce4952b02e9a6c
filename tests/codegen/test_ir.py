"""The intermediate representation."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from palaver_codegen.build import build
from palaver_codegen.documents import load_bundle


def test_representation_is_a_value(spec: Path) -> None:
    """Two builds of the same documents are equal, and nobody can change one on its way to the templates."""
    bundle = load_bundle(spec / "toy")
    dialect = build(bundle, ("a",))
    assert dialect == build(load_bundle(spec / "toy"), ("a",))
    with pytest.raises(FrozenInstanceError):
        dialect.name = "other"  # type: ignore[misc]
