"""Patterns: every breach is found where it is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.documents.rules.patterns import catastrophic

RULES = (
    "pattern-invalid",
    "pattern-unanchored",
    "pattern-catastrophic",
)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


@pytest.mark.parametrize(
    ("pattern", "repeated"),
    [
        ("^(a+)+$", "(a+)+"),
        ("^(a*b?)*$", "(a*b?)*"),
        ("^(x|a+)*$", "(x|a+)*"),
        ("^(?:[a-z]+)*$", "(?:[a-z]+)*"),
        ("^((a+)){2,}$", "((a+)){2,}"),
        (r"^(\w+\s?)*$", r"(\w+\s?)*"),
    ],
)
def test_repeated_repetition_is_found(pattern: str, repeated: str) -> None:
    """A group that is repeated, and can match by one repetition alone, is found."""
    assert catastrophic(pattern) == repeated


@pytest.mark.parametrize(
    "pattern",
    ["^[a-z]+$", "^(a+,)*a+$", r"^([a-z]+\.)+[a-z]+$", r"^\(+\)+$", "^(a+)?$", "^(a+){3}$", "^[(+)*]+$", "^(ab)+$"],
)
def test_separated_repetition_is_none(pattern: str) -> None:
    """Where something else has to come between two rounds, or there is one round at most, nothing is found."""
    assert catastrophic(pattern) == ""
