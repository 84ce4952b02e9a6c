"""Rates."""

from palaver_runtime.domain.limits import Rate


def test_rates_are_values() -> None:
    """Equal rates are one, so that a rate can be a key."""
    assert len({Rate(1, 2), Rate(1, 2), Rate(2, 1)}) == 2
