"""Likeness: every breach is found where it is."""

from collections.abc import Callable
from pathlib import Path

RULES = (
    "property-shapes",
    "concept-shapes",
)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)
