"""Tokens whose signature was right."""

from datetime import UTC, datetime, timedelta

import pytest

from palaver_runtime.adapters.tokens.claims import Claimed
from palaver_runtime.adapters.tokens.remembered import Remembered
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.values import Caller

NOW = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


class Opener:
    """Opens all tokens but bad ones, and notes which."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def __call__(self, token: str) -> Claimed:
        """Open one."""
        self.opened.append(token)
        if token.startswith("bad"):
            raise Unauthorized("no")
        return Claimed(Caller(user_id=token[:20], expires_at=NOW + timedelta(minutes=1)), None)


def test_a_signature_is_computed_once() -> None:
    """Each token stands for whom it is of; one that was wrong is looked at each time."""
    opener = Opener()
    remembered = Remembered(opener)
    for _ in range(2):
        for token in ("one", "two", "half \ud800"):
            assert remembered.open(token).at(NOW).user_id == token
        with pytest.raises(Unauthorized):
            remembered.open("bad")
    assert opener.opened == ["one", "two", "half \ud800", "bad", "bad"]


def test_those_that_came_last_are_remembered() -> None:
    """So many, and none that is long: what is kept has a bound."""
    opener = Opener()
    remembered = Remembered(opener, 2)
    for token in ("one", "two", "one", "three", "one", "two"):
        remembered.open(token)
    assert opener.opened == ["one", "two", "three", "two"]
    assert len(remembered._known) == 2
    opener.opened.clear()
    for _ in range(2):
        remembered.open("x" * 5_000)
    assert len(opener.opened) == 2


def test_no_token_is_kept() -> None:
    """What is kept in the memory lets nobody in."""
    remembered = Remembered(lambda _: Claimed(Caller(user_id="ann"), None))
    remembered.open("a secret token")
    assert "secret" not in repr(remembered._known)


def test_times_are_looked_at_whenever_a_token_comes() -> None:
    """What was good is refused when it has ended, and before it begins."""
    ends = Caller(user_id="ann", expires_at=NOW)
    remembered = Remembered(lambda _: Claimed(ends, NOW - timedelta(minutes=1)))
    for early in (timedelta(minutes=2), timedelta(minutes=1, milliseconds=1)):
        with pytest.raises(Unauthorized, match="not valid yet"):
            remembered.open("token").at(NOW - early)
    for good in (timedelta(minutes=1), timedelta(milliseconds=1)):
        assert remembered.open("token").at(NOW - good) is ends
    for late in (timedelta(), timedelta(days=1)):
        with pytest.raises(Unauthorized, match="has expired"):
            remembered.open("token").at(NOW + late)
