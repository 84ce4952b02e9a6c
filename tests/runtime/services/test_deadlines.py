"""Things to be done later."""

import asyncio

import pytest

from palaver_runtime.services.deadlines import Deadlines


async def test_action_runs_when_it_is_due() -> None:
    """What is set is pending until it runs, once."""
    deadlines: Deadlines[str] = Deadlines()
    done = asyncio.Queue[str]()
    deadlines.set("a", 0, lambda: done.put("a"))
    assert "a" in deadlines
    assert await asyncio.wait_for(done.get(), 5) == "a"
    assert "a" not in deadlines
    await deadlines.close()
    assert done.empty()


async def test_later_action_takes_the_place_of_the_earlier() -> None:
    """A key has one action, the last one set."""
    deadlines: Deadlines[str] = Deadlines()
    done = asyncio.Queue[str]()
    for name in ("first", "second"):
        deadlines.set("a", 0, lambda name=name: done.put(name))  # type: ignore[misc]
    deadlines.set("b", 0.001, lambda: done.put("other"))
    assert [await asyncio.wait_for(done.get(), 5) for _ in range(2)] == ["second", "other"]
    await deadlines.close()


async def test_cancelled_action_does_not_run() -> None:
    """What is cancelled, by itself or by closing, never runs; cancelling says whether there was anything."""
    deadlines: Deadlines[str] = Deadlines()
    done = asyncio.Queue[str]()
    for key in ("a", "b"):
        deadlines.set(key, 0, lambda: done.put("wrong"))
    assert deadlines.cancel("a")
    assert not deadlines.cancel("a")
    await deadlines.close()
    assert "b" not in deadlines
    # Anything due at once would have run before this.
    deadlines.set("c", 0, lambda: done.put("right"))
    assert await asyncio.wait_for(done.get(), 5) == "right"
    assert done.empty()


async def test_closing_waits_for_what_has_begun() -> None:
    """An action that runs is neither cancelled nor abandoned."""
    deadlines: Deadlines[str] = Deadlines()
    begun, go_on = asyncio.Event(), asyncio.Event()
    ended = False

    async def act() -> None:
        nonlocal ended
        begun.set()
        await go_on.wait()
        ended = True

    deadlines.set("a", 0, act)
    await begun.wait()
    assert not deadlines.cancel("a")
    closing = asyncio.create_task(deadlines.close())
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await closing
    assert ended


async def test_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An action that fails is logged with its key, and harms nothing else."""
    deadlines: Deadlines[str] = Deadlines()
    begun = asyncio.Event()

    async def fail() -> None:
        begun.set()
        raise RuntimeError("on purpose")

    deadlines.set("a", 0, fail)
    await begun.wait()
    await deadlines.close()
    assert "the action that was due for 'a' failed" in caplog.text
    assert "on purpose" in caplog.text


async def test_finishing_does_at_once_what_was_due_later() -> None:
    """Everything pending is done before `finish` returns, and nothing twice."""
    deadlines: Deadlines[str] = Deadlines()
    done: list[str] = []

    async def act() -> None:
        done.append("a")

    deadlines.set("a", 3600, act)
    await deadlines.finish()
    assert done == ["a"]
    assert "a" not in deadlines
    await deadlines.finish()
    assert done == ["a"]
