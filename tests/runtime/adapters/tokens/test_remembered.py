"""Tokens whose signature was right."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from palaver_runtime.adapters.tokens.claims import READ, Claims, session_id
from palaver_runtime.adapters.tokens.remembered import Remembered
from palaver_runtime.adapters.tokens.signature import Opened
from palaver_runtime.domain.errors import Unauthorized

NOW = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


class Opener:
    """Opens all tokens but bad ones, and notes which."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def __call__(self, token: str) -> Opened:
        """Open one."""
        self.opened.append(token)
        if token.startswith("bad"):
            raise Unauthorized("no")
        return Opened("JWT", {"sub": token, "email": "ann@example.com"})


def test_a_signature_is_computed_once() -> None:
    """Each token has its own claims, without those that nobody reads; one that was wrong is looked at each time."""
    opener = Opener()
    remembered = Remembered(opener)
    for _ in range(2):
        for token in ("one", "two", "half \ud800"):
            assert remembered.open(token) == Opened("JWT", {"sub": token})
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
    remembered = Remembered(lambda _: Opened(None, {}))
    remembered.open("a secret token")
    assert "secret" not in repr(remembered._known)


def test_all_that_is_read_is_remembered() -> None:
    """Whatever is asked of claims is among those that are kept."""
    asked: set[str] = set()

    class Noted(Mapping[str, object]):
        def __getitem__(self, name: str) -> object:
            asked.add(name)
            return {"sub": "ann", "exp": NOW.timestamp() + 60, "iss": "us", "aud": "chat", "typ": "access"}[name]

        def __iter__(self) -> Iterator[str]:
            return iter(())

        def __len__(self) -> int:
            return 0

    Claims(issuer="us", audience="chat").caller(None, Noted(), NOW)
    session_id(Noted())
    assert asked == READ
