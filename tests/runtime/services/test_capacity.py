"""How much one conversation, one message and one page may hold."""

import pytest

from palaver_runtime.domain.errors import Conflict, PayloadTooLarge
from palaver_runtime.services.capacity import Capacity


def test_each_bound_is_met_and_counted() -> None:
    """What is at a bound is within it; what is over it is refused, or cut where the rest is on the next page."""
    met: list[str] = []
    capacity = Capacity(members=2, metadata_bytes=9, page=3, refused=met.append)
    capacity.require_members(2)
    capacity.require_metadata({"a": 123})
    capacity.require_metadata({})
    assert capacity.page_of(3) == 3
    assert met == []
    with pytest.raises(Conflict, match="at most 2 participants"):
        capacity.require_members(3)
    with pytest.raises(PayloadTooLarge, match="has 10 bytes, which is more than the 9"):
        capacity.require_metadata({"a": 1234})
    assert capacity.page_of(4) == 3
    assert met == ["members", "metadata_bytes", "page"]
