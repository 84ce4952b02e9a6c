"""Clocks are compared."""

import pytest

from palaver_runtime.doctor.clock import compared
from palaver_runtime.doctor.finding import Level


@pytest.mark.parametrize(
    ("offset", "level"), [(0.2, Level.OK), (-0.9, Level.OK), (-1.5, Level.WARNING), (301.0, Level.ERROR)]
)
def test_difference_is_judged(offset: float, level: Level) -> None:
    """In either direction."""
    (found,) = compared("database", offset)
    assert found.level is level
    assert found.text.startswith(f"{offset:+.3f} s")
