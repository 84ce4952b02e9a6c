"""Sizes: every breach is found where it is."""

from collections.abc import Callable
from pathlib import Path

RULES = (
    "string-unbounded",
    "array-unbounded",
    "integer-unbounded",
    "object-unbounded",
    "object-open",
    "list-unpaged",
)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)
