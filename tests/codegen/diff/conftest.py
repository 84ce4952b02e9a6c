"""Bundles of the documents in base/, as they are and with edits."""

from collections.abc import Callable
from pathlib import Path

import pytest
from doubles.versions import BASE, Edit, write

from palaver_codegen.documents import Bundle, load_bundle


@pytest.fixture(scope="session")
def base() -> dict[str, Bundle]:
    """Return the dialects of the base."""
    return {name: load_bundle(BASE / name) for name in ("chat", "rpc")}


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Bundle]:
    """Return a function that gives a dialect of the base with edits."""

    def load(dialect: str, *edits: Edit, called: str = "spec") -> Bundle:
        write(tmp_path / called, list(edits))
        return load_bundle(tmp_path / called / dialect)

    return load
