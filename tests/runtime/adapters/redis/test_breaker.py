"""The breaker."""

from palaver_runtime.adapters.redis.breaker import Breaker


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


def test_one_attempt_at_a_time_after_a_failure() -> None:
    """A failure closes the way for a while; then one may try, and only its success opens it for all."""
    seconds = Seconds()
    breaker = Breaker(2.0, seconds)
    assert [breaker.admits(), breaker.admits(), breaker.healthy] == [True, True, True]
    breaker.failed()
    assert not breaker.healthy
    assert not breaker.admits()
    seconds.now += 2.0
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.failed()
    seconds.now += 1.9
    assert not breaker.admits()
    seconds.now += 0.2
    assert breaker.admits()
    assert not breaker.healthy
    breaker.succeeded()
    assert [breaker.admits(), breaker.admits(), breaker.healthy] == [True, True, True]


def test_attempt_without_an_outcome_is_followed_by_another() -> None:
    """Who was admitted and never told what became of it does not close the way for ever."""
    seconds = Seconds()
    breaker = Breaker(2.0, seconds)
    breaker.failed()
    seconds.now += 2.0
    assert breaker.admits()
    seconds.now += 2.0
    assert breaker.admits()
