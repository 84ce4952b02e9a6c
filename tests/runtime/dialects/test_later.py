"""Answers that are still to come."""

import asyncio

import pytest

from palaver_runtime.dialects._later import Later, after, later


async def _seven() -> int:
    await asyncio.sleep(0)
    return 7


async def test_an_answer_is_made_of_what_was_awaited() -> None:
    """Of a coroutine and of a future, by who awaits it and by who asks once it is there."""
    assert await Later(_seven(), str) == "7"
    made = Later(_seven(), str)
    assert await made.future == 7
    assert made.result() == "7"
    future = asyncio.get_running_loop().create_future()
    assert Later(future, str).future is future
    assert later(made) is made
    assert await later(_seven()) == 7


async def test_a_failure_is_raised_in_its_place() -> None:
    """Also one that comes after a while, which nobody need wait for."""
    failing = later(after(0.001, ValueError("late")))
    with pytest.raises(ValueError, match="late"):
        await failing
    with pytest.raises(ValueError, match="late"):
        failing.result()
    given_up = after(0.001, ValueError("late"))
    assert isinstance(given_up, asyncio.Future)
    given_up.cancel()
    await asyncio.sleep(0.002)
    assert given_up.cancelled()
