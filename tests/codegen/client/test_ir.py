"""The representation of the Python clients."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from palaver_codegen.build import build as build_dialect
from palaver_codegen.client.build import build
from palaver_codegen.documents import load_bundle


def test_representation_is_a_value(spec: Path) -> None:
    """Two builds are equal, and nobody can change one on its way to the template."""
    dialect = build_dialect(load_bundle(spec / "toy"), ())
    module = build(dialect)
    assert module == build(dialect)
    with pytest.raises(FrozenInstanceError):
        module.sent = ()  # type: ignore[misc]
