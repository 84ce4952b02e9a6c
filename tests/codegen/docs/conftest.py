"""The toy dialect of the golden tests, as the site sees it."""

from pathlib import Path

import pytest

from palaver_codegen.docs.reference import reference
from palaver_codegen.docs.view import Reference
from palaver_codegen.documents import Bundle, load_bundle
from palaver_codegen.documents.operations import Operation, operations

TOY = Path(__file__).parents[1] / "golden" / "spec" / "toy"


@pytest.fixture
def bundle() -> Bundle:
    """Return the toy's documents."""
    return load_bundle(TOY)


@pytest.fixture
def toy(bundle: Bundle) -> Reference:
    """Return the toy's reference."""
    return reference(bundle)


@pytest.fixture
def operation(bundle: Bundle) -> dict[str, Operation]:
    """Return the toy's operations by key."""
    return {each.key: each for document in bundle.documents for each in operations(document)}
