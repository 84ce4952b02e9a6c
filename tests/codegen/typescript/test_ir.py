"""The representation of the TypeScript types."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from palaver_codegen import typescript
from palaver_codegen.build import build
from palaver_codegen.documents import load_bundle


def test_representation_is_a_value(spec: Path) -> None:
    """Two builds are equal, and nobody can change one on its way to the template."""
    dialect = build(load_bundle(spec / "toy"), ())
    module = typescript.build(dialect)
    assert module == typescript.build(dialect)
    with pytest.raises(FrozenInstanceError):
        module.title = "other"  # type: ignore[misc]
