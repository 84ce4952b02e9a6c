"""Things to be done later, together."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from palaver_runtime.services.together import Together

WHO: ContextVar[str] = ContextVar("who", default="nobody")


class Deeds:
    """What was done, and for whom at a time."""

    def __init__(self) -> None:
        self.done: asyncio.Queue[list[str]] = asyncio.Queue()

    async def __call__(self, keys: Sequence[str]) -> None:
        """Do it."""
        await self.done.put(list(keys))

    async def next(self) -> list[str]:
        """Wait for what is done next."""
        return await asyncio.wait_for(self.done.get(), 5)


async def test_all_that_are_due_are_done_so_many_at_a_time() -> None:
    """In the order in which they were set last, each once."""
    deeds = Deeds()
    together: Together[str] = Together(0.001, 2, deeds)
    for key in ("a", "b", "c", "d", "a"):
        together.set(key)
    assert [await deeds.next() for _ in range(2)] == [["b", "c"], ["d", "a"]]
    together.set("b")
    assert await deeds.next() == ["b"]
    await together.finish()
    assert deeds.done.empty()


async def test_what_is_not_due_yet_waits() -> None:
    """What is set while something else is done has its own delay, and is not forgotten."""
    deeds = Deeds()
    begun = asyncio.Event()

    async def slow(keys: Sequence[str]) -> None:
        begun.set()
        await deeds(keys)

    loop = asyncio.get_running_loop()
    together: Together[str] = Together(0.02, 9, slow)
    together.set("a")
    await begun.wait()
    since = loop.time()
    together.set("b")
    assert [await deeds.next() for _ in range(2)] == [["a"], ["b"]]
    assert loop.time() - since >= 0.02


async def test_others_have_a_turn_between() -> None:
    """What is done for many does not keep all others waiting until it is done for the last."""
    seen: list[str] = []
    together: Together[str]

    async def act(keys: Sequence[str]) -> None:
        seen.extend(keys)
        asyncio.get_running_loop().call_soon(seen.append, "other")

    together = Together(3600, 1, act)
    for key in ("a", "b"):
        together.set(key)
    await together.finish()
    assert seen == ["a", "other", "b", "other"]


async def test_what_is_cancelled_is_not_done() -> None:
    """Cancelling says whether there was anything, and stops nothing else."""
    deeds = Deeds()
    together: Together[str] = Together(0.001, 9, deeds)
    for key in ("a", "b"):
        together.set(key)
    assert together.cancel("a")
    assert not together.cancel("a")
    assert await deeds.next() == ["b"]
    # A timer that finds nothing any more waits for what comes after it.
    together.set("c")
    assert together.cancel("c")
    together.set("d")
    assert await deeds.next() == ["d"]


async def test_finishing_does_at_once_what_was_due_later() -> None:
    """Also what is set while something is being done; and it waits for what has begun."""
    deeds = Deeds()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(keys: Sequence[str]) -> None:
        begun.set()
        await go_on.wait()
        await deeds(keys)

    together: Together[str] = Together(3600, 1, slow)
    together.set("a")
    first = asyncio.create_task(together.finish())
    await begun.wait()
    together.set("b")
    second = asyncio.create_task(together.finish())
    await asyncio.sleep(0)
    assert not first.done()
    go_on.set()
    await asyncio.wait_for(asyncio.gather(first, second), 5)
    assert [deeds.done.get_nowait() for _ in range(2)] == [["a"], ["b"]]
    await together.finish()
    assert deeds.done.empty()


async def test_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It harms nobody who is due later."""
    done: list[str] = []

    async def fail(keys: Sequence[str]) -> None:
        if "a" in keys:
            raise RuntimeError("on purpose")
        done.extend(keys)

    together: Together[str] = Together(3600, 1, fail)
    for key in ("a", "b"):
        together.set(key)
    await together.finish()
    assert "the action that was due for 1 failed" in caplog.text
    assert "on purpose" in caplog.text
    assert done == ["b"]


async def test_it_is_done_on_nobodys_behalf() -> None:
    """Who was the first to be waited for is not who the others are about."""
    about: asyncio.Queue[str] = asyncio.Queue()

    async def act(_: Sequence[str]) -> None:
        await about.put(WHO.get())

    together: Together[str] = Together(0.001, 1, act)
    token = WHO.set("ann")
    together.set("a")
    WHO.reset(token)
    assert await asyncio.wait_for(about.get(), 5) == "nobody"
    WHO.set("bob")
    together.set("b")
    await together.finish()
    assert about.get_nowait() == "nobody"
