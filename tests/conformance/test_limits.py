"""What a server is expected to take."""

from palaver_conformance.limits import Limits


def test_limits_are_sought_within_bounds() -> None:
    """Without any knowledge the search is wide; with it, just wide enough to meet the limit."""
    assert (Limits().flood, Limits().devices) == (600, 20)
    assert (Limits(messages=50).flood, Limits(connections=5).devices) == (100, 6)
