"""Passwords."""

import asyncio
import time

from palaver_runtime.adapters.passwords import Argon2Passwords


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


async def test_unknown_user_takes_as_long_as_a_known_one() -> None:
    """For an unknown user a hash is computed all the same, and nobody is admitted."""
    passwords = Argon2Passwords()
    known = await passwords.hash("right")
    await passwords.verify(None, "first")

    async def fastest(password_hash: str | None) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            assert not await passwords.verify(password_hash, "wrong")
            times.append(time.perf_counter() - start)
        return min(times)

    assert await fastest(None) > await fastest(known) / 3


async def test_hashing_does_not_hold_up_the_loop() -> None:
    """While a password is hashed, other work goes on."""
    hashing = asyncio.create_task(Argon2Passwords().hash("password"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 3
