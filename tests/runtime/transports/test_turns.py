"""What one client sends, one thing at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

import pytest

from palaver_runtime.transports.turns import Turns

_NOTED: ContextVar[str] = ContextVar("noted", default="")


class Recorded(Turns[str]):
    """Turns that are noted down; `go` lets one thing after the other be handled."""

    def __init__(self, limit: int = 10) -> None:
        super().__init__(limit)
        self.noted: list[str] = []
        self.go = asyncio.Semaphore(0)
        self.ended = asyncio.Event()

    @property
    def name(self) -> str:
        """What its task is called."""
        return "recorded"

    async def handle(self, item: str) -> None:
        """Note down when it begins and when it is over."""
        self.noted.append(item)
        await self.go.acquire()
        if item == "broken":
            raise RuntimeError(item)
        self.noted.append(f"{item} done")

    async def leave(self) -> None:
        """Note it down."""
        self.noted.append("leaving")
        await self.go.acquire()
        self.noted.append("left")

    def broken(self) -> None:
        """End."""
        self.noted.append("broken down")
        self.end(drop=True)

    def over(self) -> None:
        """Note it down, and tell."""
        self.noted.append("over")
        self.ended.set()

    async def finished(self) -> list[str]:
        """Let all be handled, wait until all is over, and give what happened."""
        for _ in range(20):
            self.go.release()
        async with asyncio.timeout(30):
            await self.ended.wait()
        return self.noted


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


async def finish(*waiting: Awaitable[object]) -> None:
    """Wait for what has to end."""
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting)


async def test_things_are_handled_one_at_a_time_and_in_order() -> None:
    """However long each takes; leave comes after all that waits, and `over` after that."""
    turns = Recorded()
    assert turns.idle
    for item in "abc":
        assert turns.put(item) is None
    assert not turns.idle
    await until(lambda: turns.noted)
    turns.end(drop=False)
    assert turns.noted == ["a"]
    assert await turns.finished() == ["a", "a done", "b", "b done", "c", "c done", "leaving", "left", "over"]


async def test_there_is_a_task_only_while_there_is_something_to_do() -> None:
    """Who is idle has none, and what comes next has a new one, which knows what was noted before."""
    turns = Recorded()

    async def note(item: str) -> None:
        turns.noted.append(f"{item} after {_NOTED.get()!r}")
        _NOTED.set(item)

    turns.handle = note  # type: ignore[method-assign]
    assert turns._task is None
    turns.put("a")
    await until(lambda: turns.noted and turns._task is None)
    assert turns.idle
    turns.put("b")
    await until(lambda: len(turns.noted) == 2 and turns._task is None)
    assert turns.noted == ["a after ''", "b after 'a'"]
    assert _NOTED.get() == ""


async def test_who_puts_waits_for_room() -> None:
    """From the last place on, until one is free; all who wait are told together, and who waits no longer is not."""
    turns = Recorded(2)
    assert turns.put("1") is None
    room = turns.put("2")
    assert room is not None
    assert turns.put("3") is room
    await until(lambda: turns.noted)
    assert not room.done()
    turns.go.release()
    await finish(room)
    assert turns.noted == ["1", "1 done", "2"]
    again = turns.put("4")
    assert again is not None
    assert again is not room
    again.cancel()
    turns.end(drop=False)
    assert (await turns.finished())[-5:] == ["4", "4 done", "leaving", "left", "over"]


async def test_a_turn_that_is_taken_holds_back_what_comes() -> None:
    """Nothing else is handled until it is given back."""
    turns = Recorded()
    turns.take()
    assert not turns.idle
    turns.put("a")
    turns.end(drop=False)
    assert turns._task is None
    turns.give()
    assert await turns.finished() == ["a", "a done", "leaving", "left", "over"]


async def test_a_turn_that_is_taken_as_the_task_ends_is_not_that_of_the_task() -> None:
    """Nothing is left to do for a task that is not quite gone: who comes then has the turn for as long as it takes."""
    turns = Recorded()

    async def handle(item: str) -> None:
        turns.noted.append(item)
        asyncio.get_running_loop().call_soon(turns.take)

    turns.handle = handle  # type: ignore[method-assign]
    turns.put("a")
    await until(lambda: turns.noted and turns._task is None)
    assert not turns.idle
    turns.put("b")
    assert turns._task is None
    turns.give()
    await until(lambda: turns.noted == ["a", "b"])


@pytest.mark.parametrize("taken", [True, False])
async def test_who_rests_handles_what_is_begun_and_nothing_more(taken: bool) -> None:
    """Also when the client leaves meanwhile, whose things would be handled else."""
    turns = Recorded()
    if taken:
        turns.take()
    else:
        turns.put("a")
        await until(lambda: turns.noted)
    turns.put("b")
    resting = asyncio.create_task(turns.rest())
    await asyncio.sleep(0)
    assert not resting.done()
    if taken:
        turns.give()
    else:
        turns.go.release()
    await finish(resting)
    assert not turns.idle
    turns.put("c")
    turns.end(drop=False)
    assert await turns.finished() == [*([] if taken else ["a", "a done"]), "leaving", "left", "over"]


async def test_rest_of_who_does_nothing_is_over_at_once() -> None:
    """Nobody is waited for."""
    await finish(Recorded().rest())


async def test_what_waits_can_be_dropped() -> None:
    """What is begun is finished."""
    turns = Recorded()
    turns.put("a")
    turns.put("b")
    await until(lambda: turns.noted)
    turns.end(drop=True)
    assert await turns.finished() == ["a", "a done", "leaving", "left", "over"]


async def test_what_fails_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """With a line in the log, and all that an end has."""
    turns = Recorded()
    turns.put("broken")
    turns.put("never")
    assert await turns.finished() == ["broken", "broken down", "leaving", "left", "over"]
    assert "recorded failed" in caplog.text


@pytest.mark.parametrize("early", [True, False])
async def test_what_lasts_too_long_can_be_cancelled(early: bool) -> None:
    """First what is handled, even before it has begun, then the leave; it is over then."""
    turns = Recorded()
    turns.put("a")
    if not early:
        await until(lambda: turns.noted)
    turns.end(drop=True)
    assert turns.cancel()
    await until(lambda: "leaving" in turns.noted)
    assert turns.cancel()
    await finish(turns.ended.wait())
    assert turns.noted == [*([] if early else ["a"]), "leaving", "over"]
    assert not turns.cancel()
