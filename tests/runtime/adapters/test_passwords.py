"""Passwords."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher

from palaver_runtime.adapters.passwords import _MOST_WAITING, Argon2Passwords
from palaver_runtime.domain.errors import Unavailable
from palaver_runtime.fairness import Fairness


async def test_password_is_verified_against_its_hash() -> None:
    """The right password is accepted, any other refused; the hash is salted and of the profile."""
    passwords = Argon2Passwords()
    first, second = await passwords.hash("pässword"), await passwords.hash("pässword")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    assert await passwords.verify(first, "pässword")
    assert not await passwords.verify(first, "password")
    assert not await passwords.verify(first, "")


async def test_damaged_hash_admits_nobody() -> None:
    """What is no hash verifies no password."""
    assert not await Argon2Passwords().verify("plain", "plain")


async def test_unknown_user_takes_as_long_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """For an unknown user one hash is computed, as for a known one, the first time too, and nobody is admitted."""
    passwords = Argon2Passwords()
    known = await passwords.hash("right")
    computed: list[str] = []
    matches = PasswordHasher.verify

    def verify(self: PasswordHasher, password_hash: str, password: str) -> bool:
        computed.append(password_hash.rpartition("$")[0].rpartition("$")[0])
        return matches(self, password_hash, password)

    def never(*given: object, **named: object) -> str:
        raise AssertionError("a hash is made to check a password")

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    monkeypatch.setattr(PasswordHasher, "hash", never)
    for each in (None, known, None, known):
        assert not await passwords.verify(each, "wrong")
    # Of the same cost, as the parameters are the same.
    assert computed == ["$argon2id$v=19$m=7168,t=5,p=1"] * 4


async def test_hashing_does_not_hold_up_the_loop() -> None:
    """While a password is hashed, other work goes on."""
    hashing = asyncio.create_task(Argon2Passwords().hash("password"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 3


async def test_few_passwords_are_looked_at_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there are threads; of those who wait one too many is turned away."""
    going, both, looked_at = threading.Event(), threading.Event(), list[str]()

    def verify(self: PasswordHasher, password_hash: str, password: str) -> bool:
        looked_at.append(password)
        if len(looked_at) == 2:
            both.set()
        assert going.wait(10)
        return True

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    refused: list[str] = []
    passwords = Argon2Passwords(refused.append, threads=2)
    attempts = [asyncio.create_task(passwords.verify("hash", "password")) for _ in range(2 * (1 + _MOST_WAITING))]
    try:
        assert await asyncio.to_thread(both.wait, 10)
        with pytest.raises(Unavailable, match="More passwords wait"):
            await passwords.verify("hash", "password")
        assert refused == ["passwords"]
        assert len(looked_at) == 2
    finally:
        going.set()
        found = await asyncio.gather(*attempts)
    assert all(found)
    assert await passwords.verify("hash", "password")


async def test_passwords_count_as_time_of_whoever_asks() -> None:
    """An address that tries many waits for its turn between them while others want some."""
    now = 0.0
    passwords, fairness = Argon2Passwords(threads=2), Fairness(0.2, lambda: now)
    account = fairness.account("one")
    hashed = await passwords.hash("password")

    async def attempts() -> None:
        assert await asyncio.gather(*(passwords.verify(hashed, "password") for _ in range(4))) == [True] * 4

    fairness.wants(fairness.account("other"))
    trying = asyncio.create_task(account.metered(attempts()))
    most = 0
    async with asyncio.timeout(10):
        while not trying.done():
            fairness.wants(fairness.account("other"))
            most = max(most, account.waiting)
            # Time passes for those who wait alone: however slow the machine is, nothing is made up for meanwhile.
            now += 0.001 * bool(account.waiting)
            await asyncio.sleep(0)
    await trying
    assert most > 0
    assert account.wait() > 0


async def test_a_password_is_charged_before_it_has_been_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as one took: what comes meanwhile is to wait for it. What it took less is given back."""
    passwords, fairness = Argon2Passwords(threads=1), Fairness(0.2)
    account, begun, go_on = fairness.account("one"), threading.Event(), threading.Event()

    def looked_at(password_hash: str, password: str) -> bool:
        begun.set()
        return go_on.wait(10)

    monkeypatch.setattr(passwords, "_matches", looked_at)
    monkeypatch.setattr(passwords, "_seconds", 10.0)
    fairness.wants(fairness.account("other"))
    trying = asyncio.create_task(account.metered(passwords.verify("hash", "password")))
    try:
        assert await asyncio.to_thread(begun.wait, 10)
        fairness.wants(fairness.account("other"))
        assert account.wait() > 0.5
    finally:
        go_on.set()
    assert await asyncio.wait_for(trying, 10)
    assert account.wait() < 0.5
