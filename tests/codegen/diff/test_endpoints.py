"""Endpoints."""

from collections.abc import Callable
from typing import Any


def test_verdict(case: dict[str, Any], judge: Callable[[dict[str, Any]], None]) -> None:
    """Exactly these rules report the change, there and back."""
    judge(case)
