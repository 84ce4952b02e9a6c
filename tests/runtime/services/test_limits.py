"""Which rates hold for whom."""

import pytest

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.domain.errors import RateLimited
from palaver_runtime.domain.limits import Rate
from palaver_runtime.metrics import Metrics
from palaver_runtime.services.limits import Limits, Rates
from palaver_runtime.services.sign_ins import SignInRates

LIMITS = Rates(messages=Rate(1, 10), requests=Rate(2, 20), sign_ins=SignInRates(pair=Rate(3, 30)))


@pytest.mark.parametrize(("kind", "count", "wait"), [("message", 1, 10), ("request", 2, 20)])
async def test_each_kind_has_its_own_rate(kind: str, count: int, wait: int) -> None:
    """A user's uses of one kind are counted apart from other kinds and users; one too many says how long to wait."""
    metrics = Metrics()
    limits = Limits(MemoryLimiter(lambda: 0), LIMITS, metrics=metrics)
    await limits.message("bob")
    spend = getattr(limits, kind)
    for _ in range(count):
        await spend("ann")
    assert metrics.refusals.values() == {}
    with pytest.raises(RateLimited, match=f"at most {count} in {wait} s") as caught:
        await spend("ann")
    assert caught.value.retry_after == wait
    assert metrics.refusals.values() == {(f"{kind}s",): 1}
    for other in {"message", "request"} - {kind}:
        await getattr(limits, other)("ann")
