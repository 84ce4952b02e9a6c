"""Refusals of calls: every breach is found where it is."""

from collections.abc import Callable
from pathlib import Path

from palaver_codegen.documents import Problem

RULES = ("refusal-pointer",)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def test_refusal_is_optional(edit: Callable[[str, str, str], None], found: Callable[[], list[Problem]]) -> None:
    """A call may also be refused by its status alone."""
    edit(
        "toy/grpc.yaml",
        "    refusal:\n      when: {pointer: /success, equals: false}\n      code: /error\n",
        "",
    )
    assert found() == []
