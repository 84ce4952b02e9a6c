"""Waits."""

from palaver_conformance.timing import Timing


def test_one_factor_scales_every_wait() -> None:
    """No wait is left out of the factor."""
    once, thrice = Timing(), Timing(3.0)
    names = [name for name, value in vars(Timing).items() if isinstance(value, property)]
    assert names
    for name in names:
        assert getattr(thrice, name) == 3 * getattr(once, name)
