"""Timers that share one of the loop."""

import asyncio
from contextvars import ContextVar

import pytest

from palaver_runtime.transports import timers as module
from palaver_runtime.transports.timers import Timers

WHO: ContextVar[str] = ContextVar("who", default="nobody")


async def rung(heard: "asyncio.Queue[str]") -> str:
    """Wait for what rings next."""
    return await asyncio.wait_for(heard.get(), 5)


async def test_each_rings_once_after_the_delay_in_order():
    """Also those that are set while others ring, by which those that are left are not put off."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    timers, loop = Timers(0.02), asyncio.get_running_loop()
    again: list[float] = []

    def once_more() -> None:
        ringing = timers._handle
        timers.set(lambda: heard.put_nowait("again"))
        assert timers._handle is ringing
        again.append(loop.time())
        heard.put_nowait("a")

    begun = loop.time()
    timers.set(once_more)
    timers.set(lambda: heard.put_nowait("b"))
    assert [await rung(heard) for _ in range(3)] == ["a", "b", "again"]
    assert loop.time() >= again[0] + 0.019
    assert again[0] >= begun + 0.019
    assert timers.kept == 0


async def test_what_is_cancelled_does_not_ring():
    """By whatever comes first, it is let go of; to cancel what has rung does nothing."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    timers = Timers(0.001)
    first = timers.set(lambda: heard.put_nowait("first"))
    second = timers.set(lambda: heard.put_nowait("second"))
    first.cancel()
    first.cancel()
    assert first.call is None
    assert await rung(heard) == "second"
    second.cancel()
    timers.set(lambda: heard.put_nowait("third"))
    assert await rung(heard) == "third"
    assert timers._cancelled == 0


async def test_cancelled_ones_do_not_pile_up():
    """Of a thousand that come and go before anything is due a few are kept."""
    timers = Timers(3600)
    kept = timers.set(lambda: None)
    for _ in range(1_000):
        timers.set(lambda: None).cancel()
    assert timers.kept < 200
    assert timers._set[0] is kept
    timers._handle.cancel()


async def test_others_have_a_turn_between(monkeypatch: pytest.MonkeyPatch):
    """Those of one moment do not all ring in one turn of the loop."""
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    heard: list[str] = []
    done = asyncio.Event()
    timers, loop = Timers(0.001), asyncio.get_running_loop()
    timers.set(lambda: (heard.append("a"), loop.call_soon(heard.append, "other")))
    timers.set(lambda: (heard.append("b"), done.set()))
    # By then both are due.
    loop.call_later(0.001, lambda: None)
    await asyncio.wait_for(done.wait(), 5)
    assert heard == ["a", "other", "b"]


async def test_failure_is_logged(caplog: pytest.LogCaptureFixture):
    """The others ring all the same."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    timers = Timers(0.001)

    def fail() -> None:
        raise RuntimeError("on purpose")

    timers.set(fail)
    timers.set(lambda: heard.put_nowait("b"))
    assert await rung(heard) == "b"
    assert "what was due after 0.001 s failed" in caplog.text
    assert "on purpose" in caplog.text


async def test_they_ring_on_nobodys_behalf():
    """Who has set the first is not who the others are about."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    timers = Timers(0.001)
    WHO.set("ann")
    timers.set(lambda: heard.put_nowait(WHO.get()))
    timers.set(lambda: (heard.put_nowait(WHO.get()), timers.set(lambda: heard.put_nowait(WHO.get()))))
    assert [await rung(heard) for _ in range(3)] == ["nobody"] * 3


async def test_nothing_is_left_in_the_loop_when_all_are_cancelled():
    """Also when those are cancelled by one that rings, and another is set."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    timers = Timers(0.001)
    timers.set(lambda: None).cancel()
    assert (timers._handle, timers.kept) == (None, 0)
    later = None

    def first() -> None:
        assert later is not None
        later.cancel()
        timers.set(lambda: heard.put_nowait("rung"))

    timers.set(first)
    later = timers.set(lambda: heard.put_nowait("never"))
    assert await rung(heard) == "rung"
    assert (timers._handle, timers.kept, timers._cancelled) == (None, 0, 0)
