"""The moving window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.adapters import limits
from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.domain.limits import Rate


class Seconds:
    """A clock that the test moves by seconds and the limiter reads in nanoseconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> int:
        """Give the time."""
        return round(self.now * 1_000_000_000)


async def test_use_beyond_the_rate_is_refused_until_the_window_moves() -> None:
    """After as many uses as allowed the next has to wait exactly until the oldest is out of the window."""
    seconds = Seconds()
    limiter = MemoryLimiter(seconds)
    rate = Rate(2, 10)
    assert await limiter.spend("ann", rate) == 0
    seconds.now += 4
    assert await limiter.spend("ann", rate) == 0
    assert await limiter.spend("ann", rate) == 6
    seconds.now += 6
    assert await limiter.spend("ann", rate) == 0
    assert await limiter.spend("ann", rate) == 4


async def test_use_that_is_given_back_was_none() -> None:
    """Of several the latest one."""
    seconds = Seconds()
    limiter = MemoryLimiter(seconds)
    rate = Rate(2, 10)
    assert limiter.count("ann", rate) == 0
    seconds.now += 4
    assert limiter.count("ann", rate) == 0
    limiter.give_back("ann")
    assert await limiter.spend("ann", rate) == 0
    assert limiter.count("ann", rate) == 6


async def test_refused_uses_do_not_count() -> None:
    """Who keeps trying is let in as early as who waits."""
    seconds = Seconds()
    limiter = MemoryLimiter(seconds)
    assert await limiter.spend("ann", Rate(1, 10)) == 0
    for _ in range(9):
        seconds.now += 1
        assert await limiter.spend("ann", Rate(1, 10)) > 0
    seconds.now += 1
    assert await limiter.spend("ann", Rate(1, 10)) == 0


async def test_keys_are_apart() -> None:
    """One key's uses are none of another's."""
    limiter = MemoryLimiter(Seconds())
    assert await limiter.spend("ann", Rate(1, 10)) == 0
    assert await limiter.spend("bob", Rate(1, 10)) == 0
    assert await limiter.spend("ann", Rate(1, 10)) == 10


async def test_rate_of_nothing_allows_nothing() -> None:
    """A rate of zero refuses every use."""
    assert await MemoryLimiter(Seconds()).spend("ann", Rate(0, 10)) == 10


@given(
    st.integers(1, 5),
    st.integers(1, 10),
    st.lists(st.floats(0, 5, allow_nan=False), max_size=40),
)
async def test_no_window_has_more_uses_than_allowed(count: int, length: int, waits: list[float]) -> None:
    """Whenever the uses come, no stretch of the rate's length has more than its count, and waits are true."""
    seconds = Seconds()
    limiter = MemoryLimiter(seconds)
    uses: list[int] = []
    for wait in waits:
        seconds.now += wait
        remaining = await limiter.spend("ann", Rate(count, length))
        within = [use for use in uses if use > seconds() - length * 1_000_000_000]
        assert (remaining == 0) == (len(within) < count)
        assert 0 <= remaining <= length
        if remaining == 0:
            uses.append(seconds())


async def test_use_is_refused_until_the_last_nanosecond() -> None:
    """However long the clock has run, a use that comes too early by the least is told to wait, and then let in."""
    now = 10_000_000 * 1_000_000_000
    limiter = MemoryLimiter(lambda: now)
    assert await limiter.spend("ann", Rate(1, 10)) == 0
    now += 10 * 1_000_000_000 - 1
    assert await limiter.spend("ann", Rate(1, 10)) > 0
    now += 1
    assert await limiter.spend("ann", Rate(1, 10)) == 0


async def test_forgotten_keys_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys whose uses count no more are dropped, those that count are kept."""
    monkeypatch.setattr(limits, "_SWEEP", 10)
    seconds = Seconds()
    limiter = MemoryLimiter(seconds)
    for number in range(10_000):
        seconds.now += 1
        assert await limiter.spend("ann", Rate(10_000, 100_000)) == 0
        await limiter.spend(str(number), Rate(1, 5))
        assert len(limiter) <= 20
    assert await limiter.spend("ann", Rate(10_000, 100_000)) > 0
