"""Waits between attempts."""

from palaver_runtime.adapters.redis.backoff import Backoff


def test_waits_double_up_to_the_limit() -> None:
    """Each failure doubles the wait until the limit; a success begins anew."""
    backoff = Backoff(1.0, 0.25)
    assert [backoff.wait() for _ in range(5)] == [0.25, 0.5, 1.0, 1.0, 1.0]
    backoff.reset()
    assert backoff.wait() == 0.25


def test_no_wait_is_beyond_the_limit() -> None:
    """A limit below the first wait holds for it too."""
    assert Backoff(0.01).wait() == 0.01
