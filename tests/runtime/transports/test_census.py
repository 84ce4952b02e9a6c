"""How many connections a listener has."""

import pytest

from palaver_runtime.transports.census import Census, ListenerLimits
from palaver_runtime.transports.door import Proxies


def test_census_counts_by_address_and_in_all() -> None:
    """Proxies count for nobody but in all."""
    met: list[str] = []
    limits = ListenerLimits(
        max_address_connections=1, max_connections=4, refused=met.append, proxies=Proxies(["10.0.0.1"])
    )
    census = Census(limits)
    first = census.enter("192.0.2.1")
    assert first == "192.0.2.1"
    assert census.enter("192.0.2.1") is None
    assert census.enter("2001:db8::1") == "2001:db8::/64"
    assert census.enter("2001:db8::2") is None
    assert [census.enter("10.0.0.1") for _ in range(3)] == ["10.0.0.1", "10.0.0.1", None]
    assert met == ["connections_address", "connections_address", "connections_total"]
    census.leave("10.0.0.1")
    census.leave(first)
    assert census.enter("192.0.2.1") == "192.0.2.1"


@pytest.mark.parametrize("name", ["max_header_bytes", "request_seconds", "max_frames"])
def test_limits_are_positive(name: str) -> None:
    """A limit of nothing is a mistake."""
    with pytest.raises(ValueError, match=name):
        ListenerLimits(**{name: 0})
