"""Tokens and their replacement."""

import asyncio

import pytest

from palaver_client.credentials import Credentials
from palaver_wire.client import Fields, NotSignedIn, Part

SESSION: Fields = {
    "session": Part("", {"access_token": "/access", "refresh_token": "/refresh", "expires_in": "/seconds"})
}


class Refreshing:
    """Exchanges refresh tokens, each for the next."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.credentials = Credentials(None, self)

    async def __call__(self, refresh_token: str) -> None:
        """Exchange a token, after a moment."""
        self.asked.append(refresh_token)
        await asyncio.sleep(0)
        number = len(self.asked)
        self.credentials.learn({"access": f"access {number}", "refresh": f"refresh {number}"}, SESSION)


async def test_fixed_token_is_shown_and_cannot_be_replaced() -> None:
    """Who has no way to another is told."""
    credentials = Credentials("fixed", None)
    assert (await credentials.current(), credentials.renewable) == ("fixed", False)
    with pytest.raises(NotSignedIn):
        await credentials.renew("fixed")
    assert await Credentials(None, None).current() is None


async def test_source_is_asked_when_there_is_need() -> None:
    """First for the first token, then when one is taken no longer, and not when another got a new one meanwhile."""
    given = iter(["one", "two", "three"])

    async def source() -> str:
        await asyncio.sleep(0)
        return next(given)

    credentials = Credentials(source, None)
    assert [await credentials.current() for _ in range(2)] == ["one", "one"]
    assert await asyncio.gather(*(credentials.renew("one") for _ in range(3))) == ["two"] * 3
    assert await credentials.current() == "two"


async def test_session_is_refreshed_once_for_all() -> None:
    """The refresh token is good for one exchange, however many need it."""
    refreshing = Refreshing()
    credentials = refreshing.credentials
    assert not credentials.renewable
    credentials.learn({"access": "access 0", "refresh": "refresh 0"}, SESSION)
    assert await asyncio.gather(*(credentials.renew("access 0") for _ in range(5))) == ["access 1"] * 5
    assert refreshing.asked == ["refresh 0"]
    assert await credentials.renew("access 1") == "access 2"
    assert refreshing.asked == ["refresh 0", "refresh 1"]


async def test_token_that_is_about_to_end_is_replaced_before() -> None:
    """A request does not have to be refused first."""
    refreshing = Refreshing()
    refreshing.credentials.learn({"access": "long", "refresh": "r", "seconds": 900}, SESSION)
    assert await refreshing.credentials.current() == "long"
    refreshing.credentials.learn({"access": "short", "refresh": "r", "seconds": 1}, SESSION)
    assert await refreshing.credentials.current() == "access 1"


async def test_signed_out_is_signed_out() -> None:
    """Nothing is kept."""
    refreshing = Refreshing()
    refreshing.credentials.learn({"access": "a", "refresh": "r"}, SESSION)
    refreshing.credentials.forget()
    assert (await refreshing.credentials.current(), refreshing.credentials.renewable) == (None, False)
    with pytest.raises(NotSignedIn):
        await refreshing.credentials.renew("a")
