"""How often somebody may try to sign in."""

from contextvars import Context, copy_context

import pytest
from doubles.chat import PLENTY, Chat

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.domain.errors import RateLimited, Unauthorized
from palaver_runtime.domain.limits import Rate
from palaver_runtime.services.limits import Limits, Rates
from palaver_runtime.services.sign_ins import SignInRates

RATES = SignInRates(pair=Rate(3, 60), name=Rate(6, 60), address=Rate(10, 60))


class Door:
    """Limits on a clock that the test moves, and requests that come from addresses."""

    def __init__(self) -> None:
        self.seconds = 0
        limiter = MemoryLimiter(lambda: self.seconds * 1_000_000_000)
        self.limits = Limits(limiter, Rates(messages=Rate(1, 1), requests=Rate(1, 1), sign_ins=RATES))

    async def tries(self, name: str, address: str = "", times: int = 1) -> int:
        """Try to sign in; give how often it was let through."""
        through = 0
        for _ in range(times):
            await self.limits.address(address)
            try:
                await self.limits.sign_ins.attempt(name)
                through += 1
            except RateLimited:
                continue
        return through


@pytest.fixture
def door() -> Door:
    """Limits of which nothing is used up."""
    return Door()


async def test_one_address_has_so_many_attempts_for_a_name(door: Door) -> None:
    """Who guesses from one address uses up the attempts of that address for that name, in any case, and no others."""
    assert await door.tries("ann", "192.0.2.1", 5) == 3
    assert await door.tries("ANN", "192.0.2.1") == 0
    assert await door.tries("ann", "192.0.2.2") == 1
    assert await door.tries("bob", "192.0.2.1") == 1
    door.seconds = 60
    assert await door.tries("ann", "192.0.2.1") == 1


async def test_one_address_has_so_many_attempts_in_all(door: Door) -> None:
    """Who tries one password with many names is held up, too, and nobody elsewhere is."""
    assert sum([await door.tries(f"user {number}", "192.0.2.1") for number in range(30)]) == 10
    assert await door.tries("ann", "192.0.2.2") == 1


async def test_one_name_has_so_many_attempts_from_everywhere(door: Door) -> None:
    """Guessing from many addresses is held up as a whole."""
    assert sum([await door.tries("ann", f"192.0.2.{number}") for number in range(100)]) == 6


async def test_nobody_is_locked_out_where_they_have_signed_in(door: Door) -> None:
    """However long an attack lasts, its victim can sign in from where that went well; from elsewhere, after it."""
    assert await door.tries("Ann", "198.51.100.7") == 1
    door.limits.sign_ins.succeeded("Ann")
    for minute in range(1, 20):
        door.seconds = minute * 60
        assert sum([await door.tries("ann", f"192.0.2.{number}") for number in range(50)]) == 6
        assert await door.tries("ann", "198.51.100.7") == 1
        assert await door.tries("ann", "198.51.100.8") == 0
    door.seconds += 60
    assert await door.tries("ann", "198.51.100.8") == 1


async def test_familiar_places_are_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many places are remembered, those of last use."""
    monkeypatch.setattr("palaver_runtime.services.sign_ins._MOST_FAMILIAR", 2)
    for address in ("1", "2", "1", "3"):
        await door.limits.address(address)
        door.limits.sign_ins.succeeded("ann")
    assert [place[1] for place in door.limits.sign_ins._familiar] == ["1", "3"]


async def test_unknown_addresses_are_not_counted(door: Door) -> None:
    """Without an address a name counts by itself."""
    assert sum([await door.tries(f"user {number}") for number in range(30)]) == 30
    assert await door.tries("ann", times=10) == 3


async def test_throttle_does_not_tell_who_exists(store: SqlStore) -> None:
    """Known and unknown names, right and wrong passwords are let through and held up alike, with the same words."""
    chat = Chat(
        store, Rates(messages=PLENTY.messages, requests=PLENTY.requests, sign_ins=SignInRates(pair=Rate(3, 60)))
    )
    await chat.accounts.register("ann", "password", None)  # takes one of ann's three
    await chat.accounts._limits.sign_ins.registration("bob")
    said: dict[str, list[str]] = {"ann": [], "bob": []}
    for name, answers in said.items():
        for password in ("wrong", "wrong", "wrong", "password"):
            with pytest.raises((Unauthorized, RateLimited)) as caught:
                await chat.accounts.login(name, password)
            answers.append(f"{type(caught.value).__name__}: {caught.value.message}")
    assert said["ann"] == said["bob"]
    assert [each.partition(":")[0] for each in said["ann"]] == ["Unauthorized"] * 2 + ["RateLimited"] * 2
    # Nothing was hashed for those that were held up.
    assert len(chat.passwords.verified) == 4


async def test_each_request_has_its_own_address(door: Door) -> None:
    """What one request says of its address does not reach another that is handled at the same time."""
    first, second = copy_context(), copy_context()

    def run(context: Context, address: str) -> None:
        context.run(door.limits.sign_ins.succeeded.__func__.__globals__["asking"].set, address)

    run(first, "1")
    run(second, "2")
    first.run(door.limits.sign_ins.succeeded, "ann")
    assert list(door.limits.sign_ins._familiar) == [("ann", "1")]
