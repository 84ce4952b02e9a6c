"""Things to be done later."""

import asyncio
from contextvars import ContextVar

import pytest

from palaver_runtime.services.deadlines import Deadlines

WHO: ContextVar[str] = ContextVar("who", default="nobody")


async def test_action_runs_when_it_is_due() -> None:
    """What is set is pending until it runs, once."""
    done = asyncio.Queue[str]()
    deadlines = Deadlines(done.put)
    deadlines.set("a", 0)
    assert "a" in deadlines
    assert await asyncio.wait_for(done.get(), 5) == "a"
    assert "a" not in deadlines
    await deadlines.close()
    assert done.empty()


async def test_later_delay_takes_the_place_of_the_earlier() -> None:
    """A key is due once, as it was set last."""
    done = asyncio.Queue[str]()
    deadlines = Deadlines(done.put)
    deadlines.set("a", 0)
    deadlines.set("a", 0.002)
    deadlines.set("b", 0.001)
    assert [await asyncio.wait_for(done.get(), 5) for _ in range(2)] == ["b", "a"]
    await deadlines.close()
    assert done.empty()


async def test_cancelled_action_does_not_run() -> None:
    """What is cancelled, by itself or by closing, never runs; cancelling says whether there was anything."""
    done = asyncio.Queue[str]()
    deadlines = Deadlines(done.put)
    for key in ("a", "b"):
        deadlines.set(key, 0)
    assert deadlines.cancel("a")
    assert not deadlines.cancel("a")
    await deadlines.close()
    assert "b" not in deadlines
    # Anything due at once would have run before this.
    deadlines.set("c", 0)
    assert await asyncio.wait_for(done.get(), 5) == "c"
    assert done.empty()


async def test_closing_waits_for_what_has_begun() -> None:
    """An action that runs is neither cancelled nor abandoned."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    ended = False

    async def act(_: str) -> None:
        nonlocal ended
        begun.set()
        await go_on.wait()
        ended = True

    deadlines = Deadlines(act)
    deadlines.set("a", 0)
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
    begun = asyncio.Event()

    async def fail(_: str) -> None:
        begun.set()
        raise RuntimeError("on purpose")

    deadlines = Deadlines(fail)
    deadlines.set("a", 0)
    await begun.wait()
    await deadlines.close()
    assert "the action that was due for 'a' failed" in caplog.text
    assert "on purpose" in caplog.text


async def test_finishing_does_at_once_what_was_due_later() -> None:
    """Everything pending is done before `finish` returns, and nothing twice."""
    done: list[str] = []

    async def act(key: str) -> None:
        done.append(key)

    deadlines = Deadlines(act)
    deadlines.set("a", 3600)
    await deadlines.finish()
    assert done == ["a"]
    assert "a" not in deadlines
    await deadlines.finish()
    assert done == ["a"]


async def test_earlier_ones_come_first() -> None:
    """Whatever the order in which they are set, and whatever is dropped meanwhile."""
    done = asyncio.Queue[int]()
    deadlines = Deadlines(done.put)
    delays = {1: 0.03, 2: 0.01, 3: 0.02, 4: 0.0, 5: 0.04, 6: 0.015}
    for key, delay in delays.items():
        deadlines.set(key, delay)
    deadlines.cancel(4)
    deadlines.set(2, 0.035)
    deadlines.cancel(3)
    assert [await asyncio.wait_for(done.get(), 5) for _ in range(4)] == [6, 1, 2, 5]
    assert not deadlines._queue
    await deadlines.close()


async def test_dropped_ones_do_not_pile_up() -> None:
    """Of a thousand connections that come and go, none of whose tokens has expired, little is kept."""
    done = asyncio.Queue[int]()
    deadlines = Deadlines(done.put)
    deadlines.set(-1, 0.05)
    for key in range(1_000):
        deadlines.set(key, 3600)
        deadlines.cancel(key)
    assert len(deadlines._queue) < 100
    assert await asyncio.wait_for(done.get(), 5) == -1
    await deadlines.close()


async def test_action_is_done_on_nobodys_behalf() -> None:
    """One timer is for all: who has set the first is not who the others are about."""
    about = asyncio.Queue[str]()

    async def act(_: str) -> None:
        await about.put(WHO.get())

    deadlines = Deadlines(act)
    WHO.set("ann")
    deadlines.set("a", 0)
    assert await asyncio.wait_for(about.get(), 5) == "nobody"
    await deadlines.close()
